"""The members of a sample and how arrays are encoded in them (see docs/reference/formats.md)."""

import hashlib
import io
import json
import math
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8, UInt16
from PIL import Image

from panic3d.cameras.axes import NEAR_M
from panic3d.cameras.camera import Camera
from panic3d.runtime.pictures import check_pixels, open_picture

SCHEMA = 1
DEPTH_QUANTA_PER_M = 65534
"""Encoded depth is 1 + round((depth_m - 0.5) * 65534), 0 = no surface."""
NORMAL_QUANTA = 65535
"""Encoded normals are round((n + 1) / 2 * 65535)."""
PARTS = {"none": 0, "face": 1, "eye": 2, "hair": 3, "accessory": 4, "cloth": 5, "other": 6}
"""The ids in `KEY.V.part.png`."""
CAMERA_NUMBERS = ("azimuth_deg", "elevation_deg", "distance_m", "near_m", "far_m")
POSE_TOLERANCE = 1e-3
"""Largest difference of a camera's stored pose from that of its angles, in metres and in parts of a unit vector."""
PNG_COMPRESSION = 3
"""A third of the time of the default level, for a few per cent more bytes."""
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_CHUNK_BYTES = 12
"""Length, type and checksum of a chunk."""
PNG_KINDS = {b"\x08\x06": "8-bit RGBA", b"\x10\x00": "16-bit grey", b"\x10\x02": "16-bit RGB"}
"""The kinds of PNG in shards, by the bit depth and colour type in the header."""


def make_source_key(path: Path) -> str:
    """Return the sample key of a source file: `make_plain_stem`, and the first 8 hex digits of its sha256."""
    return f"{make_plain_stem(path)}-{compute_sha256(path)[:8]}"


def make_plain_stem(path: Path) -> str:
    """Return a file's stem in lower case, with only letters, digits, `_` and `-`."""
    return re.sub(r"[^a-z0-9_-]", "_", path.stem.lower())


def compute_sha256(path: Path) -> str:
    """Return the sha256 of a file, as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def encode_depth(depth_m: Float[np.ndarray, "H W"]) -> UInt16[np.ndarray, "H W"]:
    """Encode plane depth in metres as 16-bit grey; 0 where there is no surface (not finite, or out of 0.5 to 1.5 m)."""
    quanta = np.round((depth_m - NEAR_M) * DEPTH_QUANTA_PER_M)
    there = np.isfinite(quanta) & (quanta >= 0) & (quanta <= DEPTH_QUANTA_PER_M)
    return np.where(there, 1 + np.where(there, quanta, 0), 0).astype(np.uint16)


def decode_depth(grey: UInt16[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    """Decode 16-bit grey to plane depth in metres (float32); NaN where there is no surface."""
    depth_m = NEAR_M + (grey.astype(np.float64) - 1) / DEPTH_QUANTA_PER_M
    return np.where(grey > 0, depth_m, np.nan).astype(np.float32)


def encode_normal(normal_head: Float[np.ndarray, "H W 3"]) -> UInt16[np.ndarray, "H W 3"]:
    """Encode unit normals as 16-bit RGB. Zero vectors (no surface) become (0, 0, 0), which no unit vector does."""
    quanta = np.round((normal_head.astype(np.float64) + 1) / 2 * NORMAL_QUANTA)
    return np.where(normal_head.any(axis=-1, keepdims=True), quanta, 0).astype(np.uint16)


def decode_normal(rgb: UInt16[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W 3"]:
    """Decode 16-bit RGB to normals (float32); zero vectors where there is no surface."""
    normal = rgb.astype(np.float64) / NORMAL_QUANTA * 2 - 1
    return np.where(rgb.any(axis=-1, keepdims=True), normal, 0).astype(np.float32)


def encode_png(pixels: UInt8[np.ndarray, "..."] | UInt16[np.ndarray, "H W"] | UInt16[np.ndarray, "H W 3"]) -> bytes:
    """Encode an 8-bit (grey, RGB, RGBA) or 16-bit (grey, RGB) picture as PNG, the same bytes every time."""
    if pixels.dtype == np.uint16 and pixels.ndim == 3:  # Pillow has no 16-bit RGB
        import cv2

        return bytes(cv2.imencode(".png", pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, PNG_COMPRESSION])[1])
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=PNG_COMPRESSION)
    return buffer.getvalue()


def read_png(data: bytes) -> np.ndarray:
    """Decode a PNG: uint16 for 16-bit grey and 16-bit RGB, else uint8.

    Raises OSError or ValueError where it is broken or has too many pixels.

    OpenCV reads the kinds in shards, faster than Pillow, which also cuts 16-bit RGB to 8 bits; Pillow reads all others.
    """
    if data[:8] == PNG_SIGNATURE and data[24:26] in PNG_KINDS:
        import cv2

        check_pixels(*struct.unpack(">II", data[16:24]))
        _check_png_chunks(data, PNG_KINDS[data[24:26]])
        try:
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error as error:
            raise OSError(f"broken PNG ({PNG_KINDS[data[24:26]]})") from error
        if decoded is None:
            raise OSError(f"broken PNG ({PNG_KINDS[data[24:26]]})")
        if decoded.ndim == 2:
            return decoded
        return cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGB)
    try:
        with open_picture(data) as image:
            pixels = np.asarray(image)
    except SyntaxError as error:  # Pillow's for chunks that are broken
        raise OSError(f"broken PNG ({error})") from error
    return pixels.astype(np.uint16) if pixels.dtype == np.int32 else pixels


def _check_png_chunks(data: bytes, kind_of_png: str) -> None:
    """Raise OSError where a chunk claims more bytes than there are, for which OpenCV takes memory, or is a 2nd header.

    What follows the end chunk is not read.
    """
    start, kind = len(PNG_SIGNATURE), b""
    while kind != b"IEND":
        if start + PNG_CHUNK_BYTES > len(data):
            raise OSError(f"broken PNG ({kind_of_png}: it has no end)")
        length, kind = struct.unpack_from(">I4s", data, start)
        if length > len(data) - start - PNG_CHUNK_BYTES:
            raise OSError(f"broken PNG ({kind_of_png}: a part of it claims more bytes than there are)")
        if kind == b"IHDR" and start > len(PNG_SIGNATURE):
            raise OSError(f"broken PNG ({kind_of_png}: it has two headers)")
        start += PNG_CHUNK_BYTES + length


def encode_json(record: dict[str, Any]) -> bytes:
    """Encode a JSON document with sorted keys, the same bytes every time.

    Characters that UTF-8 cannot encode, such as the bytes of a file name in another encoding, become JSON's escapes.
    """
    return (json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode(errors="backslashreplace")


def make_camera_record(camera: Camera, size: int) -> dict[str, Any]:
    """Return a view's entry in `meta.json`."""
    return {
        "kind": camera.kind,
        "azimuth_deg": camera.azimuth_deg,
        "elevation_deg": camera.elevation_deg,
        "distance_m": camera.distance_m,
        "fov_deg": camera.fov_deg,
        "near_m": camera.near_m,
        "far_m": camera.far_m,
        "size": size,
        "head_from_camera": camera.head_from_camera().tolist(),
    }


def parse_camera_record(record: Mapping[str, Any], what: str) -> Camera:
    """Return the camera of a view's entry in `meta.json`.

    Raises ValueError, which names the camera by `what`, where a number is missing or is none, and where the pose beside
    the angles, if any, is another one: a camera that does not look at the origin of the head frame.
    """
    try:
        numbers = {name: float(record[name]) for name in CAMERA_NUMBERS}
        fov_deg = None if record["fov_deg"] is None else float(record["fov_deg"])
        if not all(map(math.isfinite, (*numbers.values(), 0.0 if fov_deg is None else fov_deg))):
            raise ValueError("a number is not finite")
        camera = Camera(record["kind"], fov_deg=fov_deg, **numbers)
        pose = np.array(record.get("head_from_camera", camera.head_from_camera()), np.float64)
        if pose.shape != (4, 4) or np.abs(pose - camera.head_from_camera()).max() > POSE_TOLERANCE:
            raise ValueError("head_from_camera is not the pose of its angles and distance")
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"{what} in meta.json is damaged ({type(error).__name__}: {error})") from error
    if camera.kind not in ("ortho", "persp"):
        raise ValueError(f"{what} in meta.json is damaged (kind {camera.kind!r:.40})")
    return camera
