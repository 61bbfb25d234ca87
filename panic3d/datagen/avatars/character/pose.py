"""The pose that every avatar is rendered in: rest, with the arms lowered."""

import math

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.character.skeleton import Skeleton

ARM_BELOW_HORIZON_DEG = 60.0


def arm_turns(
    joint_m: Float[np.ndarray, "nodes 3"], skeleton: Skeleton, below_horizon_deg: float = ARM_BELOW_HORIZON_DEG
) -> dict[int, float]:
    """The angle about z, in radians, by which each upper arm must turn to point so far below the horizontal.

    The character faces +z or -z. An arm that has no length in the x-y plane is left as it is.
    """
    turns = {}
    for node in skeleton.upper_arms.values():
        along = _arm_tip(joint_m, skeleton, node) - joint_m[node]
        if math.hypot(along[0], along[1]) < 1e-6:
            continue
        side = 1.0 if along[0] >= 0 else -1.0
        below = math.radians(below_horizon_deg)
        target = math.atan2(-math.sin(below), side * math.cos(below))
        turns[node] = target - math.atan2(along[1], along[0])
    return turns


def lower_arms(world_from_node: Float[np.ndarray, "nodes 4 4"], skeleton: Skeleton) -> Float[np.ndarray, "nodes 4 4"]:
    """Turns each upper arm, and what hangs on it."""
    posed = world_from_node.copy()
    for node, angle in arm_turns(world_from_node[:, :3, 3], skeleton).items():
        moved = skeleton.below(node)
        posed[moved] = turn_about_z(angle, world_from_node[node, :3, 3]) @ posed[moved]
    return posed


def turn_about_z(angle: float, centre: Float[np.ndarray, "3"]) -> Float[np.ndarray, "4 4"]:
    """The turn by an angle in radians about the parallel to z through `centre`."""
    turn = np.eye(4)
    turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    turn[:3, 3] = centre - turn[:3, :3] @ centre
    return turn


def _arm_tip(joint_m: Float[np.ndarray, "nodes 3"], skeleton: Skeleton, upper_arm: int) -> Float[np.ndarray, "3"]:
    """The end of the arm's first bone: the child on the way to the hand, else the farthest child."""
    children = skeleton.children[upper_arm]
    for hand in skeleton.hands.values():
        on_the_way = [child for child in children if skeleton.below(child)[hand]]
        if on_the_way:
            return joint_m[on_the_way[0]]
    shoulder = joint_m[upper_arm]
    return max(
        (joint_m[child] for child in children), key=lambda tip: float(np.linalg.norm(tip - shoulder)), default=shoulder
    )
