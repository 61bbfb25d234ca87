"""The pose that every avatar is rendered in: rest, with the arms lowered."""

import math

import numpy as np
from jaxtyping import Float

from panic3d.datagen.skeleton import Skeleton

ARM_BELOW_HORIZON_DEG = 60.0


def lower_arms(
    world_from_node: Float[np.ndarray, "nodes 4 4"],
    skeleton: Skeleton,
    below_horizon_deg: float = ARM_BELOW_HORIZON_DEG,
) -> Float[np.ndarray, "nodes 4 4"]:
    """Turns each upper arm, and what hangs on it, about z until it points so far below the horizontal.

    The character faces +z or -z. An arm that has no length in the x-y plane is left as it is.
    """
    posed = world_from_node.copy()
    for node in skeleton.upper_arms.values():
        shoulder = world_from_node[node, :3, 3]
        tip = _arm_tip(world_from_node, skeleton, node)
        along = tip - shoulder
        if math.hypot(along[0], along[1]) < 1e-6:
            continue
        side = 1.0 if along[0] >= 0 else -1.0
        target = math.atan2(
            -math.sin(math.radians(below_horizon_deg)), side * math.cos(math.radians(below_horizon_deg))
        )
        angle = target - math.atan2(along[1], along[0])
        turn = np.eye(4)
        turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
        turn[:3, 3] = shoulder - turn[:3, :3] @ shoulder
        posed[skeleton.below(node)] = turn @ posed[skeleton.below(node)]
    return posed


def _arm_tip(
    world_from_node: Float[np.ndarray, "nodes 4 4"], skeleton: Skeleton, upper_arm: int
) -> Float[np.ndarray, "3"]:
    """The end of the arm's first bone: the child on the way to the hand, else the farthest child."""
    shoulder = world_from_node[upper_arm, :3, 3]
    children = skeleton.children[upper_arm]
    for hand in skeleton.hands.values():
        on_the_way = [child for child in children if skeleton.below(child)[hand]]
        if on_the_way:
            return world_from_node[on_the_way[0], :3, 3]
    if not children:
        return shoulder
    return max(
        (world_from_node[child, :3, 3] for child in children), key=lambda tip: float(np.linalg.norm(tip - shoulder))
    )
