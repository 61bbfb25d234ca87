"""Unlit materials and textures, and their colour and opacity at points of a surface."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.colour import linear_from_srgb

Wrap = Literal["repeat", "clamp", "mirror"]
AlphaMode = Literal["OPAQUE", "MASK", "BLEND"]
MIN_SURFACE_OPACITY = 0.5
"""Where the opacity of a BLEND texel is lower, there is no surface for silhouette, depth and mesh."""


@dataclass(frozen=True)
class Texture:
    """sRGB colour with straight alpha; row 0 is the top, at v = 0."""

    rgba: UInt8[np.ndarray, "H W 4"]
    wrap_u: Wrap = "repeat"
    wrap_v: Wrap = "repeat"
    nearest: bool = False


@dataclass(frozen=True)
class Material:
    """An unlit material: the base-colour texture times a factor, in linear light."""

    name: str = ""
    alpha_mode: AlphaMode = "OPAQUE"
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    factor_linear: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    texture: Texture | None = None
    holdout: bool = False
    """The surface is invisible, but occludes what lies behind it."""


def sample_texture(texture: Texture, uv: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 4"]:
    """Return the nearest texel at each coordinate as linear colour and alpha."""
    uv = np.stack([_wrap_coordinate(uv[:, 0], texture.wrap_u), _wrap_coordinate(uv[:, 1], texture.wrap_v)], axis=1)
    height, width = texture.rgba.shape[:2]
    size = np.array([width, height])
    column, row = np.clip((uv * size).astype(int), 0, size - 1).T
    texel = texture.rgba[row, column] / 255.0
    return np.concatenate([linear_from_srgb(texel[:, :3]), texel[:, 3:]], axis=1)


def _wrap_coordinate(coordinate: Float[np.ndarray, "N"], wrap: Wrap) -> Float[np.ndarray, "N"]:
    if wrap == "repeat":
        return coordinate - np.floor(coordinate)
    if wrap == "mirror":
        return 1 - np.abs(np.mod(coordinate, 2) - 1)
    return np.clip(coordinate, 0, 1)


def shade_points(
    material: Material, uv: Float[np.ndarray, "N 2"], colour_linear: Float[np.ndarray, "N 4"]
) -> Float[np.ndarray, "N 4"]:
    """Return linear colour and opacity (after the alpha mode) of points with these coordinates and vertex colours."""
    rgba = colour_linear * np.array(material.factor_linear)
    if material.texture is not None:
        rgba = rgba * sample_texture(material.texture, uv)
    if material.alpha_mode == "OPAQUE":
        rgba[:, 3] = 1.0
    elif material.alpha_mode == "MASK":
        rgba[:, 3] = rgba[:, 3] >= material.alpha_cutoff
    return rgba
