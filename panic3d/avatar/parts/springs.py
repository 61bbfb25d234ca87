"""Chains of bones along hair that hangs down, and the spheres that it does not enter."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.vrm.model import SphereCollider, SpringChain
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton
from panic3d.geometry.pieces import label_pieces

SECTORS = 8
"""Directions about the head; pieces of hair of one direction swing together."""
SEGMENTS = 3
"""Bones of a chain that move vertices."""
MIN_LENGTH_M = 0.06
"""Hair that hangs down less than this below the chin does not swing."""
ROOT_RISE_M = 0.03
"""How far above the chin chains begin."""
COLLIDERS = {
    "head": ((0.0, 0.08, 0.0), 0.085),
    "neck": ((0.0, 0.02, 0.0), 0.045),
    "upperChest": ((0.0, 0.0, 0.0), 0.10),
}
"""Offset and greatest radius of a sphere at a bone; it is smaller where hair lies nearer."""
CLEARANCE = 0.9
"""Radius of a sphere, in distances to the nearest joint that may touch it."""
MIN_RADIUS_M = 0.02


@dataclass(frozen=True)
class SwingingHair:
    """Hair with its own bones."""

    part: MeshPart
    skeleton: HumanoidSkeleton
    springs: tuple[SpringChain, ...]
    colliders: tuple[SphereCollider, ...]


def add_springs(hair: MeshPart, skeleton: HumanoidSkeleton, chin_y_m: float) -> SwingingHair:
    """Give long hair chains of bones below the head; short hair stays as it is.

    Each connected piece of hair belongs to one chain, so that none is torn.
    """
    xyz = hair.xyz_head_m
    root_y = chin_y_m + ROOT_RISE_M
    sector = _find_sectors(hair, skeleton.positions_head_m["head"])
    parents, positions = dict(skeleton.parents), dict(skeleton.positions_head_m)
    weights = {bone: weight.copy() for bone, weight in hair.weights.items()}
    springs = []
    for index in range(SECTORS):
        below = (sector == index) & (xyz[:, 1] < root_y)
        if not below.any() or chin_y_m - xyz[below, 1].min() < MIN_LENGTH_M:
            continue
        bones = tuple(f"hair_{index + 1}_{k + 1}" for k in range(SEGMENTS + 1))
        heights = np.linspace(root_y, xyz[below, 1].min(), SEGMENTS + 1)
        for k, (bone, y) in enumerate(zip(bones, heights, strict=True)):
            near = below & (np.abs(xyz[:, 1] - y) < (root_y - heights[-1]) / SEGMENTS)
            middle = xyz[near if near.any() else below].mean(0)
            parents[bone], positions[bone] = (bones[k - 1] if k else "head"), np.array([middle[0], y, middle[2]])
        along = SEGMENTS * (root_y - xyz[below, 1]) / (root_y - heights[-1])
        shares = _share_along(along)
        free = 1 - np.clip(along / 0.5, 0, 1)
        for bone in weights:
            weights[bone][below] *= free
        for k, bone in enumerate(bones[:-1]):
            weights[bone] = np.zeros(len(xyz))
            weights[bone][below] = shares[:, k] * (1 - free)
        springs.append(SpringChain(f"hair {index + 1}", bones))
    if not springs:
        return SwingingHair(hair, skeleton, (), ())
    moved = HumanoidSkeleton(parents, positions, skeleton.ground_y_m)
    joints = np.array([positions[bone] for spring in springs for bone in spring.bones[1:]])
    return SwingingHair(replace(hair, weights=weights), moved, tuple(springs), _fit_colliders(moved, joints))


def _share_along(along: Float[np.ndarray, " N"]) -> Float[np.ndarray, "N K"]:
    """Return the share of each bone at places along a chain, in bones; neighbours mix about the joints."""
    centres = np.arange(SEGMENTS) + 0.5
    share = np.clip(1 - np.abs(np.clip(along, 0.5, SEGMENTS - 0.5)[:, None] - centres), 0, 1)
    return share / share.sum(1, keepdims=True)


def _find_sectors(hair: MeshPart, head_m: Float[np.ndarray, "3"]) -> Int[np.ndarray, " V"]:
    """Return the direction of each vertex's piece of hair, seen from the axis of the head at its lowest point."""
    label = label_pieces(hair.faces, len(hair.xyz_head_m))
    order = np.lexsort((hair.xyz_head_m[:, 1], label))
    _, first = np.unique(label[order], return_index=True)
    lowest = hair.xyz_head_m[order[first]] - head_m
    angle = np.arctan2(lowest[:, 0], lowest[:, 2]) / (2 * np.pi) + 0.5
    sector = np.minimum((angle * SECTORS).astype(int), SECTORS - 1)
    found: Int[np.ndarray, " V"] = sector[label]
    return found


def _fit_colliders(skeleton: HumanoidSkeleton, joints: Float[np.ndarray, "J 3"]) -> tuple[SphereCollider, ...]:
    found = []
    for bone, (offset, radius) in COLLIDERS.items():
        centre = skeleton.positions_head_m[bone] + offset
        hit = SpringChain("", ()).hit_radius_m
        fitting = min(radius, CLEARANCE * float(np.linalg.norm(joints - centre, axis=1).min()) - hit)
        if fitting >= MIN_RADIUS_M:
            found.append(SphereCollider(bone, offset, fitting))
    return tuple(found)
