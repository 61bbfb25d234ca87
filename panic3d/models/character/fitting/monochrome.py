"""Portraits in black and white or in one tint: a character's textures take the only colours that there are."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.axes import MASK_ALPHA
from panic3d.geometry.textured_mesh import TexturedMesh

LUMA = np.array([0.299, 0.587, 0.114])
DEGREE = 2
"""Of the polynomials that give red, green and blue from the luma."""
MAX_DEVIATION = 0.02
"""Root mean square of the deviation from one tint, in sRGB; eyes in colour alone are more."""


def match_monochrome(mesh: TexturedMesh, rgba: UInt8[np.ndarray, "S S 4"]) -> TexturedMesh:
    """Return the mesh with textures in the tint of a portrait that has only one; others leave it as it is."""
    tint = find_tint(rgba)
    if tint is None:
        return mesh
    return mesh.with_materials(tuple(replace(m, texture=_apply(tint, m.texture)) for m in mesh.materials))


def find_tint(rgba: UInt8[np.ndarray, "S S 4"]) -> Float[np.ndarray, "3 3"] | None:
    """Return the coefficients of red, green and blue as polynomials of the luma; None for a portrait in colours."""
    rgb = rgba[rgba[..., 3] > MASK_ALPHA * 255][:, :3] / 255
    if not len(rgb):
        return None
    powers = _compute_powers(rgb @ LUMA)
    coefficients: Float[np.ndarray, "3 3"] = np.linalg.lstsq(powers, rgb, rcond=None)[0]
    deviation = np.sqrt(((rgb - powers @ coefficients) ** 2).mean())
    return coefficients if deviation < MAX_DEVIATION else None


def _apply(tint: Float[np.ndarray, "3 3"], texture: UInt8[np.ndarray, "H W 4"]) -> UInt8[np.ndarray, "H W 4"]:
    luma = texture[..., :3].reshape(-1, 3) @ (LUMA / 255)
    changed = texture.copy()
    changed[..., :3] = np.round((_compute_powers(luma) @ tint).clip(0, 1) * 255).reshape(changed[..., :3].shape)
    return changed


def _compute_powers(luma: Float[np.ndarray, " N"]) -> Float[np.ndarray, "N 3"]:
    return np.vander(luma, DEGREE + 1)
