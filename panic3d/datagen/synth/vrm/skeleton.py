"""The humanoid skeleton in T-pose, in the head frame, in metres; all rotations are the identity."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

NECK_BASE_M = np.array([0.0, -0.165, -0.016])
"""The neck's base of the body as it is modelled; the body is scaled about this point and then raised."""
NECK_RISE_M = 0.038

# bone: parent, position of an unscaled body (character's left for paired bones)
BONES: dict[str, tuple[str | None, tuple[float, float, float]]] = {
    "hips": (None, (0.0, -0.500, -0.005)),
    "spine": ("hips", (0.0, -0.420, -0.005)),
    "chest": ("spine", (0.0, -0.320, -0.008)),
    "upperChest": ("chest", (0.0, -0.240, -0.010)),
    "neck": ("upperChest", (0.0, -0.165, -0.016)),
    "head": ("neck", (0.0, -0.100, 0.0)),
    "leftEye": ("head", (0.036, -0.004, 0.060)),
    "leftShoulder": ("upperChest", (0.025, -0.200, -0.012)),
    "leftUpperArm": ("leftShoulder", (0.092, -0.212, -0.012)),
    "leftLowerArm": ("leftUpperArm", (0.300, -0.212, -0.012)),
    "leftHand": ("leftLowerArm", (0.500, -0.212, -0.012)),
    "leftUpperLeg": ("hips", (0.070, -0.550, -0.005)),
    "leftLowerLeg": ("leftUpperLeg", (0.070, -0.940, -0.005)),
    "leftFoot": ("leftLowerLeg", (0.070, -1.420, -0.020)),
    "leftToes": ("leftFoot", (0.070, -1.480, 0.060)),
}
HUMANOID_BONES = frozenset(BONES) | {bone.replace("left", "right") for bone in BONES if bone.startswith("left")}
"""Bones that VRM knows; others swing."""
ARM_BONES = ("leftUpperArm", "leftLowerArm", "leftHand")
SOLE_Y_M = -1.5


@dataclass(frozen=True)
class HumanoidSkeleton:
    """Bones in the head frame; parents come before children."""

    parents: dict[str, str | None]
    positions_head_m: dict[str, Float[np.ndarray, " 3"]]
    ground_y_m: float
    """The height of the soles, in the head frame."""


def place_on_body(
    xyz: Float[np.ndarray, "*any 3"], body_scale: float, neck_length_m: float = 0.0
) -> Float[np.ndarray, "*any 3"]:
    """Convert points of an unscaled body to metres in the head frame; a longer neck lowers the body."""
    return NECK_BASE_M + [0.0, NECK_RISE_M - neck_length_m, 0.0] + (xyz - NECK_BASE_M) * body_scale


def build_humanoid_skeleton(
    body_scale: float, head_scale: float, neck_length_m: float = 0.0, shoulder_shift_m: tuple[float, float] = (0.0, 0.0)
) -> HumanoidSkeleton:
    """Build the skeleton of a body and a head of these scales; the head bone stays at (0, -0.1, 0).

    `shoulder_shift_m` moves the left arm in x and y of the unscaled body, and the right arm symmetrically.
    """
    parents: dict[str, str | None] = {}
    positions: dict[str, np.ndarray] = {}
    head = np.array(BONES["head"][1])
    for bone, (parent, place) in BONES.items():
        point = np.array(place)
        if bone in ARM_BONES:
            point = point + np.append(shoulder_shift_m, 0.0)
        if bone == "leftEye":
            point = head + (point - head) * head_scale
        elif bone != "head":
            point = place_on_body(point, body_scale, neck_length_m)
        parents[bone], positions[bone] = parent, point
        if bone.startswith("left"):
            other = bone.replace("left", "right")
            parents[other] = parent.replace("left", "right") if parent else None
            positions[other] = point * [-1.0, 1.0, 1.0]
    ground = float(place_on_body(np.array([0.0, SOLE_Y_M, 0.0]), body_scale, neck_length_m)[1])
    return HumanoidSkeleton(parents, positions, ground)
