"""Deform the hair in front of a face until its edges against the skin are the portrait's."""

import numpy as np
from jaxtyping import Bool, Float

from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.evidence import OUTLINE_SIZE
from panic3d.models.character.fitting.objective import SKIN, group_parts
from panic3d.models.character.fitting.outlines import match_outlines, trace_outline
from panic3d.models.character.fitting.shape.lattice import fit_deformation
from panic3d.models.character.fitting.shape.regions import HAIR, PaintedRegions
from panic3d.models.character.fitting.shape.skin import SkinSurface

CELLS = 24
"""Cells of the lattice along a side of the box; a cell has 29 mm."""
STEPS = ((0.035, 4.0), (0.03, 1.0), (0.02, 0.3))
"""Of each iteration: how far edges are matched, in metres, and the stiffness of the lattice."""
FRONT_DEPTH_M = 0.08
"""How far behind the foremost skin hair still moves; half as far it moves half as much."""
CLEARANCE_M = 0.0015
"""Hair that lay in front of the skin stays so far in front of it."""


def deform_hair(mesh: TexturedMesh, regions: PaintedRegions, skin: SkinSurface) -> TexturedMesh:
    """Return the mesh with its front hair moved in the plane of the front view; the rest stays."""
    camera = make_view_camera("front")
    is_hair = _find_hair_vertices(mesh)
    start = mesh.vertices_head_m.astype(float)
    nearness = (start[:, 2] - skin.foremost_m) / FRONT_DEPTH_M + 1
    share = np.where(is_hair, _smooth_step(nearness), 0.0)
    in_front = (share > 0) & (start[:, 2] > skin.sample(start[:, :2]))
    for reach_m, stiffness in STEPS:
        grouped = group_parts(TexturedScene(mesh).render_parts(camera, OUTLINE_SIZE))
        zone = np.isin(grouped, (HAIR, SKIN)) & (regions.rather_hair | regions.skin)
        moving = trace_outline((grouped == HAIR) & zone)
        matched, targets, weights = match_outlines(moving, trace_outline(regions.rather_hair & zone), reach_m)
        deformation = fit_deformation(moving.xy_head_m[matched], targets, weights, stiffness, CELLS)
        before = mesh.vertices_head_m.astype(float)
        moved = before + share[:, None] * (deformation.apply(before) - before)
        least_z_m = skin.sample(moved[:, :2]) + CLEARANCE_M
        moved[:, 2] = np.where(in_front, np.maximum(moved[:, 2], least_z_m), moved[:, 2])
        mesh = mesh.with_vertices(moved.astype(np.float32))
    return mesh


def _find_hair_vertices(mesh: TexturedMesh) -> Bool[np.ndarray, " V"]:
    parts = np.array([material.part for material in mesh.materials])
    found = np.zeros(len(mesh.vertices_head_m), bool)
    found[mesh.triangles[parts[mesh.material] == HAIR]] = True
    return found


def _smooth_step(value: Float[np.ndarray, " V"]) -> Float[np.ndarray, " V"]:
    clipped = np.clip(value, 0, 1)
    return clipped * clipped * (3 - 2 * clipped)
