"""Strands that a portrait shows on skin where the character has none: a thin layer of hair in front of the skin."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.ndimage import binary_dilation, distance_transform_edt, gaussian_filter, map_coordinates
from scipy.spatial import cKDTree
from skimage.morphology import remove_small_objects

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.models.character.fitting.regions import HAIR, PaintedRegions
from panic3d.models.character.fitting.skin import SkinSurface

LARGEST_SPECK_PIXELS = 40
"""Of pixels that the portrait shows as hair; larger ones are strands."""
JOIN_PIXELS = 4
"""How far strands go on below the character's own hair, so that no gap is seen between them."""
EDGE_LIFT_M, MIDDLE_LIFT_M = 0.001, 0.006
LIFT_WIDTH_M = 0.006
"""Distance from the edge at which a strand has 63% of its greatest height."""
SMOOTHING_PIXELS = 1.0
STEEPEST = 1.2
"""Metres of depth per metre of the front view."""


def lift_strands(
    mesh: TexturedMesh,
    regions: PaintedRegions,
    skin: SkinSurface,
    is_skin: Bool[np.ndarray, "S S"],
    chin_y_m: float,
) -> TexturedMesh:
    """Return the mesh with a layer of hair where the front view shows skin and the portrait clearly hair.

    `is_skin`: where the front view shows skin, at the size of the regions. Below the chin and where the skin is steep,
    dark colours are shadows more often than strands.
    """
    size = len(is_skin)
    is_face = is_skin & ~skin.find_steep(STEEPEST)
    is_face[round((0.5 - chin_y_m / BOX_SIDE_M) * size) :] = False
    seeds = remove_small_objects(regions.hair & is_face, max_size=LARGEST_SPECK_PIXELS, connectivity=2)
    place = binary_dilation(seeds, iterations=JOIN_PIXELS, mask=regions.hair & ~(is_skin & ~is_face))
    if not place.any():
        return mesh
    column_row, cells = _triangulate(place)
    metre_px = BOX_SIDE_M / size
    depth = distance_transform_edt(place) * metre_px
    lift_m = EDGE_LIFT_M + (MIDDLE_LIFT_M - EDGE_LIFT_M) * (1 - np.exp(-depth / LIFT_WIDTH_M))
    xy_m = (column_row + 0.5 - size / 2) * [metre_px, -metre_px]
    z_m = skin.sample(xy_m) + _sample(lift_m, column_row)
    hair = np.unique(mesh.triangles[np.array([m.part == HAIR for m in mesh.materials])[mesh.material]])
    nearest = hair[cKDTree(mesh.vertices_head_m[hair, :2]).query(xy_m)[1]]
    material = int(mesh.material[np.isin(mesh.triangles, nearest[:1]).any(1)][0])
    return replace(
        mesh,
        vertices_head_m=np.concatenate([mesh.vertices_head_m, np.column_stack([xy_m, z_m]).astype(np.float32)]),
        triangles=np.concatenate([mesh.triangles, cells + len(mesh.vertices_head_m)]),
        uv=np.concatenate([mesh.uv, mesh.uv[nearest]]),
        material=np.concatenate([mesh.material, np.full(len(cells), material)]),
    )


def _triangulate(mask: Bool[np.ndarray, "S S"]) -> tuple[Float[np.ndarray, "V 2"], Int[np.ndarray, "T 3"]]:
    """Return columns and rows of vertices, and counter-clockwise triangles, of a mask whose outline is smoothed.

    Vertices are pixels; those outside, at the corner of a cell of which at least half is inside, lie on the outline.
    """
    smooth = gaussian_filter(mask.astype(float), SMOOTHING_PIXELS)
    inside = smooth >= 0.5
    corners = np.stack([inside[:-1, :-1], inside[1:, :-1], inside[1:, 1:], inside[:-1, 1:]])
    row, column = np.nonzero(corners.sum(0) >= 2)
    size = mask.shape[1]
    first = row * size + column
    squares = np.stack([first, first + size, first + size + 1, first + 1], axis=1)
    used, index = np.unique(squares, return_inverse=True)
    index = index.reshape(squares.shape)
    row, column = np.divmod(used, size)
    down, across = np.gradient(smooth)
    steep = np.maximum(down**2 + across**2, 1e-4)
    step = np.where(inside, 0, (0.5 - smooth) / steep)[row, column]
    step = np.clip(step[:, None] * np.stack([across, down], axis=2)[row, column], -1, 1)
    return np.column_stack([column, row]) + step, np.concatenate([index[:, [0, 1, 2]], index[:, [0, 2, 3]]])


def _sample(values: Float[np.ndarray, "S S"], column_row: Float[np.ndarray, "V 2"]) -> Float[np.ndarray, " V"]:
    found: Float[np.ndarray, " V"] = map_coordinates(values, column_row[:, ::-1].T, order=1, mode="nearest")
    return found
