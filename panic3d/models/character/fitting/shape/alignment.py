"""Turn, scale and move a character so that its landmarks lie on the portrait's."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.head_pose import FRONTAL
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.models.character.fitting.evidence import PortraitEvidence
from panic3d.models.character.fitting.head_turn import UNTURNED, HeadTurn

SCALE_RANGE = (0.8, 1.25)


def align_by_landmarks(
    mesh: TexturedMesh, landmarks_head_m: Float[np.ndarray, "28 3"], evidence: PortraitEvidence
) -> tuple[TexturedMesh, Float[np.ndarray, "28 3"], HeadTurn]:
    """Return mesh and landmarks turned, scaled in all directions and moved in the plane, and what was done.

    Without a face they stay as they are.
    """
    targets = evidence.landmarks_head_m
    if targets is None:
        return mesh, landmarks_head_m, UNTURNED
    pose = evidence.pose or FRONTAL
    turned = pose.apply(landmarks_head_m)
    scale, shift_m = fit_scale_and_shift(turned[:, :2], targets)
    offset_m = np.array([*shift_m, 0.0])
    posed = pose.apply(mesh.vertices_head_m)
    aligned = mesh.with_vertices((scale * posed + offset_m).astype(np.float32))
    front_shift_m = targets.mean(axis=0) - scale * landmarks_head_m[:, :2].mean(axis=0)
    turn = HeadTurn(pose, scale, (shift_m[0], shift_m[1]), (front_shift_m[0], front_shift_m[1]))
    return aligned, scale * turned + offset_m, turn


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
