"""The pose in which every avatar is rendered: the rest pose with lowered arms."""

import math

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.character.skeleton import Skeleton

ARM_LOWERING_DEG = 60.0
MIN_ARM_DISTANCE_M = 0.01
"""Upper arms that are nearer to each other along x do not say which way a character faces."""


def compute_arm_rotations(
    joint_m: Float[np.ndarray, "nodes 3"], skeleton: Skeleton, lowering_deg: float = ARM_LOWERING_DEG
) -> dict[int, float]:
    """Compute the angle about z that brings each upper arm to `lowering_deg` below the horizontal.

    Angles are in radians. `joint_m` are the positions of the nodes; the character faces +z or -z. Returns angles by
    node. An arm without length in the x-y plane is left out.
    """
    rotations = {}
    for node in skeleton.upper_arms.values():
        along = _find_arm_tip(joint_m, skeleton, node) - joint_m[node]
        if math.hypot(along[0], along[1]) < 1e-6:
            continue
        side = 1.0 if along[0] >= 0 else -1.0
        below = math.radians(lowering_deg)
        target = math.atan2(-math.sin(below), side * math.cos(below))
        rotations[node] = target - math.atan2(along[1], along[0])
    return rotations


def lower_upper_arms(
    world_from_node: Float[np.ndarray, "nodes 4 4"], skeleton: Skeleton
) -> Float[np.ndarray, "nodes 4 4"]:
    """Return the node transforms with each upper arm, and all of its descendants, rotated downwards."""
    posed = world_from_node.copy()
    for node, angle in compute_arm_rotations(world_from_node[:, :3, 3], skeleton).items():
        moved = skeleton.select_descendants(node)
        posed[moved] = rotate_about_z(angle, world_from_node[node, :3, 3]) @ posed[moved]
    return posed


def rotate_about_z(angle_rad: float, centre: Float[np.ndarray, "3"]) -> Float[np.ndarray, "4 4"]:
    """Return the rotation by an angle about the line through `centre` that is parallel to z."""
    rotation = np.eye(4)
    rotation[:2, :2] = [[math.cos(angle_rad), -math.sin(angle_rad)], [math.sin(angle_rad), math.cos(angle_rad)]]
    rotation[:3, 3] = centre - rotation[:3, :3] @ centre
    return rotation


def _find_arm_tip(joint_m: Float[np.ndarray, "nodes 3"], skeleton: Skeleton, upper_arm: int) -> Float[np.ndarray, "3"]:
    """Find the end of the arm's first bone: the child towards the hand, else the farthest child."""
    children = skeleton.children[upper_arm]
    for hand in skeleton.hands.values():
        on_the_way = [child for child in children if skeleton.select_descendants(child)[hand]]
        if on_the_way:
            return joint_m[on_the_way[0]]
    shoulder = joint_m[upper_arm]
    return max(
        (joint_m[child] for child in children), key=lambda tip: float(np.linalg.norm(tip - shoulder)), default=shoulder
    )


def has_arms_of_facing_back(world_from_node: Float[np.ndarray, "nodes 4 4"], skeleton: Skeleton) -> bool:
    """Return whether the left upper arm lies on the right side of a character that faces +z."""
    arms = skeleton.upper_arms
    if not {"left", "right"} <= arms.keys():
        return False
    left_x_m, right_x_m = (float(world_from_node[arms[side], 0, 3]) for side in ("left", "right"))
    return left_x_m < right_x_m - MIN_ARM_DISTANCE_M
