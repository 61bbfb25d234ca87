"""Cut away what a character shows outside the portrait's outline: the portrait says that there is nothing."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.ndimage import distance_transform_edt

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.geometry.pieces import label_pieces
from panic3d.geometry.textured_mesh import TexturedMesh, interpolate_corners, subdivide
from panic3d.models.character.fitting.shape.pixel_mesh import sample_points
from panic3d.shards.schema import PARTS

KEPT_PARTS = (PARTS["face"], PARTS["eye"], PARTS["other"])
"""Skin and eyes stay whole."""
TOLERANCE_M = 0.0015
"""How far outside the outline things may reach."""
BORDER_M = 0.02
"""How far beyond the picture the outline at its border holds."""
EDGE_M = 0.003
"""Longest edge of triangles along the cut."""
MIN_AREA_M2 = 1e-10
MERGED_DECIMALS = 6
"""Vertices that agree in so many decimals of a metre are one."""
MIDDLE_HEAD_M = np.array([0.0, 0.05, 0.0])
"""Of several pieces of what was in one piece, the one nearest to this place is kept; the others would float."""


def carve_outside(mesh: TexturedMesh, mask: Bool[np.ndarray, "S S"]) -> TexturedMesh:
    """Return the mesh without hair, clothes and accessories outside a portrait's mask; triangles there are cut.

    What lies well beyond the border of the picture stays.
    """
    if not mask.any():
        return mesh
    outside_m = distance_transform_edt(~mask) * (BOX_SIDE_M / len(mask))
    parts = np.array([material.part for material in mesh.materials])
    corners = mesh.vertices_head_m[mesh.triangles].astype(float)
    far = (
        _find_outside(mesh.vertices_head_m, outside_m)[mesh.triangles]
        & ~np.isin(parts, KEPT_PARTS)[mesh.material, None]
    )
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    long = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(1) > EDGE_M
    cut = far.any(1) & ~far.all(1)
    divided = np.flatnonzero(cut & long & (areas > MIN_AREA_M2))
    kept = ~far.all(1)
    kept[divided] = False
    kept[cut & ~long] = far[cut & ~long].sum(1) < 2
    origin = np.flatnonzero(kept)
    found = replace(mesh, triangles=mesh.triangles[kept], material=mesh.material[kept])
    if not len(divided):
        return _drop_loose_pieces(found, mesh, origin)
    fine = subdivide(mesh, divided, EDGE_M)
    inside = _find_outside(fine.vertices_head_m, outside_m)[fine.triangles].sum(1) < 2
    start = len(mesh.vertices_head_m)
    cut_from = fine.origin[fine.triangles[inside, 0]]
    found = replace(
        found,
        vertices_head_m=np.concatenate([mesh.vertices_head_m, fine.vertices_head_m.astype(np.float32)]),
        triangles=np.concatenate([found.triangles, fine.triangles[inside] + start]),
        uv=np.concatenate(
            [mesh.uv, interpolate_corners(mesh.uv[mesh.triangles[fine.origin]], fine.barycentric).astype(np.float32)]
        ),
        material=np.concatenate([found.material, mesh.material[cut_from]]),
    )
    return _drop_loose_pieces(found, mesh, np.concatenate([origin, cut_from]))


def _drop_loose_pieces(cut: TexturedMesh, whole: TexturedMesh, origin: Int[np.ndarray, " T"]) -> TexturedMesh:
    """Return the cut mesh with one piece of each that was in one piece; `origin`: the triangles that its own are of."""
    before, after = _label_pieces(whole)[origin], _label_pieces(cut)
    away = np.linalg.norm(cut.vertices_head_m - MIDDLE_HEAD_M, axis=1)[cut.triangles].min(1)
    nearest_before, nearest_after = (np.full(int(label.max(initial=0)) + 1, np.inf) for label in (before, after))
    np.minimum.at(nearest_before, before, away)
    np.minimum.at(nearest_after, after, away)
    kept = nearest_after[after] <= nearest_before[before]
    return replace(cut, triangles=cut.triangles[kept], material=cut.material[kept])


def _label_pieces(mesh: TexturedMesh) -> Int[np.ndarray, " T"]:
    """Return the number of the connected piece of each triangle."""
    _, merged = np.unique(mesh.vertices_head_m.round(MERGED_DECIMALS), axis=0, return_inverse=True)
    corners = merged.reshape(-1)[mesh.triangles]
    label = label_pieces(corners, int(corners.max(initial=0)) + 1)
    return label[corners[:, 0]]


def _find_outside(xyz_head_m: Float[np.ndarray, "V 3"], outside_m: Float[np.ndarray, "S S"]) -> Bool[np.ndarray, " V"]:
    """Return which points lie far outside the outline, in the picture or near its border."""
    in_frame = (np.abs(xyz_head_m[:, :2]) < BOX_SIDE_M / 2 + BORDER_M).all(1)
    return in_frame & (sample_points(outside_m, xyz_head_m[:, :2]) > TOLERANCE_M)
