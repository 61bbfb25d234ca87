"""The members of a sample and how arrays become files (FORMATS: a dataset folder)."""

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8, UInt16
from PIL import Image

from panic3d.conventions import NEAR_M, Camera

SCHEMA = 1
DEPTH_QUANTA_PER_M = 65534
PNG_COMPRESSION = 3  # a third of the time of the default level at a few per cent more bytes


def key_of(path: Path) -> str:
    """The sample key of a source file: its stem made plain, and the first 8 hex digits of its sha256."""
    return f"{re.sub(r'[^a-z0-9_-]', '_', path.stem.lower())}-{sha256_of(path)[:8]}"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def encode_depth(depth_m: Float[np.ndarray, "H W"]) -> UInt16[np.ndarray, "H W"]:
    """Plane depth in metres to 16-bit grey; 0 where there is no surface (NaN, infinity, or out of 0.5 to 1.5 m)."""
    quanta = np.round((depth_m - NEAR_M) * DEPTH_QUANTA_PER_M)
    there = np.isfinite(quanta) & (quanta >= 0) & (quanta <= DEPTH_QUANTA_PER_M)
    return np.where(there, 1 + np.where(there, quanta, 0), 0).astype(np.uint16)


def decode_depth(grey: UInt16[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    """16-bit grey to plane depth in metres (float32); NaN where there is no surface."""
    depth_m = NEAR_M + (grey.astype(np.float64) - 1) / DEPTH_QUANTA_PER_M
    return np.where(grey > 0, depth_m, np.nan).astype(np.float32)


def png_bytes(pixels: UInt8[np.ndarray, "..."] | UInt16[np.ndarray, "H W"]) -> bytes:
    """An 8-bit (grey, RGB, RGBA) or 16-bit grey picture as PNG, the same bytes every time."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=PNG_COMPRESSION)
    return buffer.getvalue()


def read_png(data: bytes) -> np.ndarray:
    """A PNG's pixels: uint16 for 16-bit grey, else uint8."""
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image)
    return pixels.astype(np.uint16) if pixels.dtype == np.int32 else pixels


def json_bytes(record: dict[str, Any]) -> bytes:
    """A JSON document with sorted keys, the same bytes every time."""
    return (json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def camera_record(camera: Camera, size: int) -> dict[str, Any]:
    """A view's entry in `meta.json`."""
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
