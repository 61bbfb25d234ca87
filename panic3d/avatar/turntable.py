"""Turntables: a head that turns once, as WebP or MP4."""

import io
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from panic3d.cameras.axes import PERSPECTIVE_FOV_DEG
from panic3d.cameras.camera import Camera
from panic3d.cameras.view import RenderedView
from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import require_library
from panic3d.runtime.files import write_atomically

FRAMES, SIZE_PX, FRAMES_PER_SECOND = 72, 512, 24
QUALITY = 80


def save_turntable(path: Path, render: Callable[[Camera], RenderedView]) -> Path:
    """Render 72 views about the head, once around in 3 s, and write them as .webp or .mp4.

    Raises UserError for another suffix, and for .mp4 where imageio-ffmpeg is not installed.
    """
    if path.suffix not in (".webp", ".mp4"):
        raise UserError(f"{path}: a turntable is a .webp or an .mp4")
    if path.suffix == ".mp4":
        require_library("imageio_ffmpeg", "writing an MP4")
    frames = (_render_frame(render, 360.0 * index / FRAMES) for index in range(FRAMES))
    if path.suffix == ".webp":
        write_atomically(path, encode_webp(frames))
    else:
        with tempfile.TemporaryDirectory() as folder:
            found = Path(folder) / "turntable.mp4"
            write_mp4(found, frames)
            write_atomically(path, found.read_bytes())
    return path


def encode_webp(frames: Iterable[UInt8[np.ndarray, "H W 3"]]) -> bytes:
    """Encode frames as a WebP that repeats for ever."""
    first, *others = (Image.fromarray(frame) for frame in frames)
    stream = io.BytesIO()
    duration_ms = round(1000 / FRAMES_PER_SECOND)
    first.save(stream, "WEBP", save_all=True, append_images=others, duration=duration_ms, loop=0, quality=QUALITY)
    return stream.getvalue()


def write_mp4(path: Path, frames: Iterable[UInt8[np.ndarray, "H W 3"]]) -> None:
    """Write frames of even size as H.264."""
    import imageio_ffmpeg

    writer = None
    for frame in frames:
        if writer is None:
            size = (frame.shape[1], frame.shape[0])
            writer = imageio_ffmpeg.write_frames(str(path), size, fps=FRAMES_PER_SECOND, quality=8, macro_block_size=2)
            writer.send(None)
        writer.send(np.ascontiguousarray(frame))
    if writer is not None:
        writer.close()


def _render_frame(render: Callable[[Camera], RenderedView], azimuth_deg: float) -> UInt8[np.ndarray, "H W 3"]:
    view = render(Camera("persp", azimuth_deg, 0.0, fov_deg=PERSPECTIVE_FOV_DEG))
    frame: UInt8[np.ndarray, "H W 3"] = np.round(view.rgb.clip(0, 1) * 255).astype(np.uint8)
    return frame
