"""Turntables are read back by Pillow and by ffmpeg."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.requirements import require_package
from panic3d.avatar.turntable import FRAMES, save_turntable
from panic3d.cameras.camera import Camera
from panic3d.cameras.view import RenderedView
from panic3d.runtime.errors import UserError


def render(camera: Camera) -> RenderedView:
    """A white picture with a black bar whose place tells the azimuth."""
    size = 2 * FRAMES
    rgb = np.ones((size, size, 3), np.float32)
    left = round(camera.azimuth_deg / 360 * size)
    rgb[:, left : left + 2] = 0
    return RenderedView(rgb, np.ones((size, size), np.float32), np.ones((size, size), np.float32))


def test_a_webp_has_every_frame_once_around(tmp_path: Path) -> None:
    with Image.open(save_turntable(tmp_path / "a.webp", render)) as image:
        assert image.n_frames == FRAMES
        bars = []
        for index in range(FRAMES):
            image.seek(index)
            bars.append(int(np.asarray(image.convert("L")).mean(0).argmin()) // 2)
    assert bars == list(range(FRAMES))


def test_an_mp4_has_as_many_frames(tmp_path: Path) -> None:
    require_package("imageio_ffmpeg")
    import imageio_ffmpeg

    path = save_turntable(tmp_path / "a.mp4", render)
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert frames == FRAMES and seconds == pytest.approx(3.0, abs=0.1)


def test_another_suffix_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a turntable is a \.webp or an \.mp4"):
        save_turntable(tmp_path / "a.gif", render)
