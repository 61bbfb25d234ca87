"""Rendered pictures: the passes of an engine, and the views of a reconstruction."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from panic3d.cameras.camera import Camera


@dataclass(frozen=True)
class View:
    """One picture, row 0 on top; the optional passes are None unless they were rendered.

    Depth, normals and parts are of one surface: the nearest of opacity >= 0.5 at the pixel's centre.
    """

    rgba: UInt8[np.ndarray, "H W 4"]
    """Straight-alpha sRGB; alpha is coverage over the pixel's box."""
    depth_m: Float[np.ndarray, "H W"]
    """Plane depth; NaN where there is no surface."""
    normal_head: Float[np.ndarray, "H W 3"] | None = None
    """Unit normals of the triangles in the head frame, turned towards the camera; zero where there is no surface."""
    part: UInt8[np.ndarray, "H W"] | None = None
    """Part ids (docs/reference/formats.md, `KEY.V.part.png`); 0 where there is no surface."""


@dataclass(frozen=True)
class RenderedView:
    """A picture of a reconstruction: RGB on white in [0, 1], alpha in [0, 1], plane depth in metres (NaN: none)."""

    rgb: Float[np.ndarray, "H W 3"]
    alpha: Float[np.ndarray, "H W"]
    depth_m: Float[np.ndarray, "H W"]

    def to_image(self) -> Image.Image:
        """Return the picture on white with 8 bits per channel, H x W, as a Pillow image."""
        return Image.fromarray(np.round(255 * np.clip(self.rgb, 0, 1)).astype(np.uint8))


def turn_towards_camera(normal_head: Float[np.ndarray, "H W 3"], camera: Camera) -> Float[np.ndarray, "H W 3"]:
    """Return unit normals, each turned towards the camera; zero vectors stay zero."""
    _, directions = camera.rays(normal_head.shape[0])
    away = np.einsum("hwc,hwc->hw", normal_head, directions) > 0
    length = np.linalg.norm(normal_head, axis=-1, keepdims=True)
    unit = normal_head / np.maximum(length, 1e-12)
    return np.where(away[..., None], -unit, unit).astype(np.float32)
