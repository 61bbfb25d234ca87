"""From the rendered pose, in which figure and garments are modelled, to the T-pose of the file."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.clothing.figure.figure import LOWERING_DEG, Figure
from panic3d.datagen.synth.meshes.mesh import MeshPart

ELBOW_M, WRIST_M = 0.208, 0.408
"""Distances of the joints of the arm from the shoulder."""


def compute_arm_share(figure: Figure, xyz: Float[np.ndarray, "V 3"]) -> Float[np.ndarray, " V"]:
    """Compute how much points of the torso follow the upper arm of their side."""
    outer = figure.joint_m[0]
    beside = smoothstep(outer - 0.030, outer + 0.030, np.abs(xyz[:, 0]))
    return beside * (1 - smoothstep(0.055, 0.110, figure.joint_m[1] - xyz[:, 1]))


def bind_to_bones(
    figure: Figure, part: MeshPart, arm: float = 0.0, along_m: Float[np.ndarray, " V"] | None = None
) -> MeshPart:
    """Return a part of the rendered pose in T-pose, with skin weights.

    Args:
        figure: the body.
        part: its points are in body units, with lowered arms.
        arm: 1.0 and -1.0 for parts about the left and right arm, 0.0 for the rest.
        along_m: distance of each vertex from the shoulder along the arm, for arms.
    """
    xyz = part.xyz_head_m
    y = xyz[:, 1]
    upper = compute_arm_share(figure, xyz) if along_m is None else smoothstep(-0.034, 0.022, along_m)
    sign = np.full(len(xyz), arm) if arm else np.where(xyz[:, 0] >= 0, 1.0, -1.0)
    along = np.full(len(xyz), -1.0) if along_m is None else along_m
    lower, hand = smoothstep(ELBOW_M - 0.03, ELBOW_M + 0.03, along), smoothstep(WRIST_M - 0.015, WRIST_M + 0.015, along)
    rest = 1 - upper
    neck, chest, spine = smoothstep(-0.175, -0.140, y), smoothstep(-0.30, -0.22, y), smoothstep(-0.44, -0.36, y)
    hips = 1 - smoothstep(-0.50, -0.42, y)
    weights = {
        "neck": rest * neck,
        "upperChest": rest * np.maximum(chest - neck, 0),
        "chest": rest * np.maximum(spine - chest, 0),
        "spine": rest * np.maximum(1 - hips - spine, 0),
        "hips": rest * hips,
    }
    for side, own in (("left", 1.0), ("right", -1.0)):
        here = sign == own
        weights |= {
            f"{side}UpperArm": (upper - lower) * here,
            f"{side}LowerArm": (lower - hand) * here,
            f"{side}Hand": hand * here,
        }
    return MeshPart(part.material, _raise_arms(figure, xyz, upper, sign), part.faces, part.uv, weights, part.morphs)


def _raise_arms(
    figure: Figure, xyz: Float[np.ndarray, "V 3"], upper: Float[np.ndarray, " V"], sign: Float[np.ndarray, " V"]
) -> Float[np.ndarray, "V 3"]:
    """Invert linear blend skinning: the blend of no rotation and the rotation that lowers the arm."""
    angle = -np.radians(LOWERING_DEG)
    joint = figure.joint_m * np.stack([sign, np.ones_like(sign), np.ones_like(sign)], axis=1)
    offset = xyz - joint
    a, b = 1 + upper * (np.cos(angle) - 1), upper * np.sin(angle) * sign
    scale = a**2 + b**2
    x, y = (a * offset[:, 0] + b * offset[:, 1]) / scale, (-b * offset[:, 0] + a * offset[:, 1]) / scale
    return np.stack([x, y, offset[:, 2]], axis=1) + joint
