"""Strands that a portrait shows on skin where the character has none: a thin layer of hair in front of the skin."""

import numpy as np
from jaxtyping import Bool, UInt8
from scipy.ndimage import binary_dilation, distance_transform_edt
from skimage.morphology import remove_small_objects

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.models.character.fitting.shape.pixel_mesh import (
    add_portrait_triangles,
    place_pixels,
    sample_pixels,
    triangulate_mask,
)
from panic3d.models.character.fitting.shape.regions import HAIR, PaintedRegions
from panic3d.models.character.fitting.shape.skin import SkinSurface

LARGEST_SPECK_PIXELS = 40
"""Of pixels that the portrait shows as hair; larger ones are strands."""
JOIN_PIXELS = 4
"""How far strands go on below the character's own hair, so that no gap is seen between them."""
EDGE_LIFT_M, MIDDLE_LIFT_M = 0.001, 0.006
LIFT_WIDTH_M = 0.006
"""Distance from the edge at which a strand has 63% of its greatest height."""


def lift_strands(
    mesh: TexturedMesh,
    regions: PaintedRegions,
    skin: SkinSurface,
    is_skin: Bool[np.ndarray, "S S"],
    chin_y_m: float,
    rgba: UInt8[np.ndarray, "512 512 4"],
) -> TexturedMesh:
    """Return the mesh with a layer of hair where the front view shows skin and the portrait clearly hair.

    `is_skin`: where the front view shows skin, at the size of the regions. Below the chin dark colours are shadows more
    often than strands.
    """
    size = len(is_skin)
    is_face = is_skin.copy()
    is_face[round((0.5 - chin_y_m / BOX_SIDE_M) * size) :] = False
    seeds = remove_small_objects(regions.hair & is_face, max_size=LARGEST_SPECK_PIXELS, connectivity=2)
    place = binary_dilation(seeds, iterations=JOIN_PIXELS, mask=regions.hair & ~(is_skin & ~is_face))
    if not place.any():
        return mesh
    column_row, cells = triangulate_mask(place)
    edge_m = distance_transform_edt(place) * (BOX_SIDE_M / size)
    lift_m = EDGE_LIFT_M + (MIDDLE_LIFT_M - EDGE_LIFT_M) * (1 - np.exp(-edge_m / LIFT_WIDTH_M))
    xy_m = place_pixels(column_row, size)
    z_m = skin.sample(xy_m) + sample_pixels(lift_m, column_row)
    return add_portrait_triangles(mesh, np.column_stack([xy_m, z_m]), cells, HAIR, rgba)
