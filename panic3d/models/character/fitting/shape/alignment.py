"""Scale and move a character so that its landmarks lie on the portrait's."""

import numpy as np
from jaxtyping import Float

from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.models.character.fitting.evidence import PortraitEvidence

SCALE_RANGE = (0.8, 1.25)


def align_by_landmarks(
    mesh: TexturedMesh, landmarks_head_m: Float[np.ndarray, "28 3"], evidence: PortraitEvidence
) -> tuple[TexturedMesh, Float[np.ndarray, "28 3"]]:
    """Return the mesh and landmarks, scaled in all directions and moved in the plane; as they are without a face."""
    if evidence.landmarks_head_m is None:
        return mesh, landmarks_head_m
    scale, shift_m = fit_scale_and_shift(landmarks_head_m[:, :2], evidence.landmarks_head_m)
    offset_m = np.array([*shift_m, 0.0])
    aligned = mesh.with_vertices((scale * mesh.vertices_head_m + offset_m).astype(np.float32))
    return aligned, scale * landmarks_head_m + offset_m


def fit_scale_and_shift(
    points: Float[np.ndarray, "K 2"], targets: Float[np.ndarray, "K 2"]
) -> tuple[float, Float[np.ndarray, "2"]]:
    """Return the scale and then the shift that bring points nearest to their targets, by least squares.

    The scale is limited to `SCALE_RANGE`.
    """
    middle, target_middle = points.mean(axis=0), targets.mean(axis=0)
    centred = points - middle
    scale = float((centred * (targets - target_middle)).sum() / max(float((centred**2).sum()), 1e-12))
    scale = float(np.clip(scale, *SCALE_RANGE))
    return scale, target_middle - scale * middle
