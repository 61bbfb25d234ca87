"""Chains of bones along hair that hangs down."""

import numpy as np
from jaxtyping import Float, Int

from panic3d.avatar.parts.chains import SwingingPart, add_chain
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.vrm.model import SpringChain
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton
from panic3d.geometry.pieces import label_pieces_by_place

SECTORS = 8
"""Directions about the head; pieces of hair of one direction swing together."""
SEGMENTS = 3
"""Bones of a chain that move vertices."""
MIN_LENGTH_M = 0.06
"""Hair that hangs down less than this below the chin does not swing."""
ROOT_RISE_M = 0.03
"""How far above the chin chains begin."""


def add_hair_springs(hair: MeshPart, skeleton: HumanoidSkeleton, chin_y_m: float) -> SwingingPart:
    """Give long hair chains of bones below the head; short hair stays as it is.

    Each connected piece of hair belongs to one chain, so that none is torn.
    """
    xyz = hair.xyz_head_m
    root_y = chin_y_m + ROOT_RISE_M
    sector = _find_sectors(hair, skeleton.positions_head_m["head"])
    found = SwingingPart(hair, skeleton)
    for index in range(SECTORS):
        below = (sector == index) & (xyz[:, 1] < root_y)
        if not below.any() or chin_y_m - xyz[below, 1].min() < MIN_LENGTH_M:
            continue
        heights = np.linspace(root_y, xyz[below, 1].min(), SEGMENTS + 1)
        joints = []
        for y in heights:
            near = below & (np.abs(xyz[:, 1] - y) < (root_y - heights[-1]) / SEGMENTS)
            middle = xyz[near if near.any() else below].mean(0)
            joints.append([middle[0], y, middle[2]])
        along = SEGMENTS * (root_y - xyz[below, 1]) / (root_y - heights[-1])
        bones = tuple(f"hair_{index + 1}_{k + 1}" for k in range(SEGMENTS + 1))
        found = add_chain(found, SpringChain(f"hair {index + 1}", bones), np.array(joints), below, along)
    return found


def _find_sectors(hair: MeshPart, head_m: Float[np.ndarray, "3"]) -> Int[np.ndarray, " V"]:
    """Return the direction of each vertex's piece of hair, seen from the axis of the head at its lowest point."""
    label = label_pieces_by_place(hair.xyz_head_m, hair.faces)
    order = np.lexsort((hair.xyz_head_m[:, 1], label))
    _, first = np.unique(label[order], return_index=True)
    lowest = hair.xyz_head_m[order[first]] - head_m
    angle = np.arctan2(lowest[:, 0], lowest[:, 2]) / (2 * np.pi) + 0.5
    sector = np.minimum((angle * SECTORS).astype(int), SECTORS - 1)
    found: Int[np.ndarray, " V"] = sector[label]
    return found
