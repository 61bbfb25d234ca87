"""Reliefs of what a portrait shows outside a character's outline, such as wings or hats that no character has."""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import binary_dilation, binary_propagation, distance_transform_edt, gaussian_filter

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.filling import fill_from_nearest
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.shape.pixel_mesh import (
    add_portrait_triangles,
    place_pixels,
    sample_pixels,
    triangulate_mask,
)
from panic3d.shards.schema import PARTS

GAP_M = 0.0015
"""Half the width from which what is missing becomes a relief."""
OVERLAP_M = 0.012
"""How far a relief goes on into the character."""
HALF_THICKNESS_M, ROUNDING_M = 0.018, 0.03
"""Greatest half of the thickness, reached at this distance from the outline."""
SMOOTHING_M = 0.012
"""Of the middle surface."""


def fill_missing(
    mesh: TexturedMesh, mask: Bool[np.ndarray, "S S"], rgba: UInt8[np.ndarray, "512 512 4"]
) -> TexturedMesh:
    """Return the mesh with rounded reliefs where the portrait's mask has something and the front view nothing.

    They lie about the middle of the character's depth at its nearest outline, and have the portrait's colours on both
    sides.
    """
    size = len(mask)
    metres = BOX_SIDE_M / size
    scene = TexturedScene(mesh)
    front, back = (scene.render([make_view_camera(view)], size, supersampling=1)[0] for view in ("front", "back"))
    covered = np.isfinite(front.depth_m)
    missing = mask & ~covered
    core = distance_transform_edt(missing) * metres > GAP_M
    gaps = binary_propagation(binary_dilation(core, iterations=round(GAP_M / metres)) & missing, mask=missing)
    if not gaps.any() or not covered.any():
        return mesh
    place = gaps | (binary_dilation(gaps, iterations=round(OVERLAP_M / metres)) & mask)
    # Both cameras are at the same distance from the middle of the head.
    middle_m = (back.depth_m[:, ::-1] - front.depth_m) / 2
    middle_m = _smooth(fill_from_nearest(middle_m[..., None], np.isnan(middle_m))[..., 0], SMOOTHING_M / metres)
    away = np.minimum(distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1] * metres / ROUNDING_M, 1)
    half_m = HALF_THICKNESS_M * np.sqrt(1 - (1 - away) ** 2)
    column_row, cells = triangulate_mask(place)
    xy_m = place_pixels(column_row, size)
    middle_m, half_m = (sample_pixels(values, column_row) for values in (middle_m, half_m))
    both = np.concatenate([np.column_stack([xy_m, middle_m + side * half_m]) for side in (1, -1)])
    faces = np.concatenate([cells, cells[:, ::-1] + len(xy_m)])
    return add_portrait_triangles(mesh, both, faces, PARTS["hair"], rgba)


def _smooth(values: Float[np.ndarray, "S S"], pixels: float) -> Float[np.ndarray, "S S"]:
    found: Float[np.ndarray, "S S"] = gaussian_filter(values, pixels)
    return found
