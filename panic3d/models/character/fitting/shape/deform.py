"""Deform a character in the plane of the front view until its outline and landmarks are the portrait's."""

import numpy as np
from jaxtyping import Float

from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.evidence import OUTLINE_SIZE, PortraitEvidence
from panic3d.models.character.fitting.outlines import match_outlines, trace_outline
from panic3d.models.character.fitting.shape.lattice import Deformation, fit_deformation

STEPS = ((0.06, 30.0), (0.045, 6.0), (0.03, 1.5), (0.02, 0.5))
"""Of each iteration: how far outlines are matched, in metres, and the stiffness of the lattice."""
LANDMARK_WEIGHT = 6.0
"""A landmark counts as much as so many points of the outline, which are 3 mm apart."""


def deform_to_portrait(
    mesh: TexturedMesh, landmarks_head_m: Float[np.ndarray, "28 3"], evidence: PortraitEvidence
) -> tuple[TexturedMesh, Float[np.ndarray, "28 3"]]:
    """Return the deformed mesh and landmarks; depth does not change (non-rigid iterative closest points)."""
    camera = make_view_camera("front")
    for reach_m, stiffness in STEPS:
        mask = TexturedScene(mesh).find_materials(camera, OUTLINE_SIZE) >= 0
        moving = trace_outline(mask)
        matched, targets, weights = match_outlines(moving, evidence.outline, reach_m)
        points = moving.xy_head_m[matched]
        if evidence.landmarks_head_m is not None:
            points = np.concatenate([points, landmarks_head_m[:, :2]])
            targets = np.concatenate([targets, evidence.landmarks_head_m])
            weights = np.concatenate([weights, np.full(len(landmarks_head_m), LANDMARK_WEIGHT)])
        deformation: Deformation = fit_deformation(points, targets, weights, stiffness)
        mesh = mesh.with_vertices(deformation.apply(mesh.vertices_head_m.astype(float)).astype(np.float32))
        landmarks_head_m = deformation.apply(landmarks_head_m)
    return mesh, landmarks_head_m
