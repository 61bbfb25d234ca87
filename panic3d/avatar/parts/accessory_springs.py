"""Short chains of bones in animal ears, ribbons and bows."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from panic3d.avatar.parts.chains import SwingingPart, add_chain
from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.head.cranium import CRANIUM_CENTRE_M
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.vrm.model import SpringChain
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton
from panic3d.geometry.pieces import label_pieces_by_place

PAIRED_TAGS = frozenset({"animal_ears", "twin_ribbons"})
"""Accessories with one swinging thing on each side of the head, by their tags."""
RIGID_TAGS = frozenset({"horns"})
"""Accessories that do not swing whatever else they are: horns stand beside a cow's ears."""
BOWS = frozenset({"hair_ribbon", "back_bow"})
"""Accessories that are a knot with loops and tails, each of which swings."""
SEGMENTS = 2
"""Bones of a chain that move vertices."""
MIN_LENGTH_M = 0.03
"""What is shorter does not swing."""
ROOT_SHARE, TIP_SHARE = 0.1, 0.05
"""Shares of the vertices, the nearest and the farthest, whose means are the ends of a chain."""
STIFFNESS_PER_M, DRAG, HIT_RADIUS_M = 12.0, 0.5, 0.006
"""The stiffness of VRM draws the end of a bone so many metres per second towards its rest, whatever its length; it is
given here per metre of a bone. Ears spring back in half the time that hair of 40 cm takes."""


def can_swing(accessory: str) -> bool:
    """Return whether an accessory of the generator has parts that swing."""
    return accessory in BOWS or _is_paired(accessory)


def _is_paired(accessory: str) -> bool:
    tags = frozenset(ACCESSORIES[accessory].tags)
    return bool(tags & PAIRED_TAGS) and not tags & RIGID_TAGS


def add_accessory_springs(part: MeshPart, skeleton: HumanoidSkeleton, accessories: Sequence[str]) -> SwingingPart:
    """Give animal ears, ribbons and bows chains of bones that hang on the head.

    `accessories` names the accessory of each vertex of `part`, or nothing. Each connected piece belongs to one chain.
    """
    label = label_pieces_by_place(part.xyz_head_m, part.faces)
    pieces: dict[str, list[Bool[np.ndarray, " V"]]] = {}
    for index in np.unique(label):
        chosen = label == index
        name = Counter(accessories[i] for i in np.flatnonzero(chosen)).most_common(1)[0][0]
        if name and can_swing(name):
            pieces.setdefault(name, []).append(chosen)
    found = SwingingPart(part, skeleton)
    for name, of_accessory in pieces.items():
        for key, (chosen, anchor) in _group(name, of_accessory, part.xyz_head_m).items():
            found = _add_one(found, f"{name}_{key}", chosen, anchor)
    return found


def _group(
    name: str, pieces: list[Bool[np.ndarray, " V"]], xyz_head_m: Float[np.ndarray, "V 3"]
) -> dict[str, tuple[Bool[np.ndarray, " V"], Float[np.ndarray, "3"]]]:
    """Return what swings of an accessory: its vertices, and the point towards which its root lies."""
    if _is_paired(name):
        sides: dict[str, Bool[np.ndarray, " V"]] = {}
        for piece in pieces:
            side = "left" if xyz_head_m[piece, 0].mean() > 0 else "right"
            sides[side] = sides.get(side, np.zeros(len(xyz_head_m), bool)) | piece
        return {side: (chosen, CRANIUM_CENTRE_M) for side, chosen in sides.items()}
    knot = min(pieces, key=lambda piece: float(np.ptp(xyz_head_m[piece], axis=0).max()))
    centre = xyz_head_m[knot].mean(0)
    return {str(i + 1): (piece, centre) for i, piece in enumerate(p for p in pieces if p is not knot)}


def _add_one(
    swinging: SwingingPart, name: str, chosen: Bool[np.ndarray, " V"], anchor: Float[np.ndarray, "3"]
) -> SwingingPart:
    xyz = swinging.part.xyz_head_m[chosen]
    away = np.linalg.norm(xyz - anchor, axis=1)
    root = xyz[away <= np.quantile(away, ROOT_SHARE)].mean(0)
    reach = np.linalg.norm(xyz - root, axis=1)
    length = float(reach.max())
    if length < MIN_LENGTH_M:
        return swinging
    tip = xyz[reach >= np.quantile(reach, 1 - TIP_SHARE)].mean(0)
    along = SEGMENTS * reach / length
    middle = [_find_middle(xyz, along, k) for k in range(1, SEGMENTS)]
    bones = tuple(f"{name}_{k + 1}" for k in range(SEGMENTS + 1))
    stiffness = STIFFNESS_PER_M * length / SEGMENTS
    spring = SpringChain(name.replace("_", " "), bones, stiffness, DRAG, HIT_RADIUS_M)
    return add_chain(swinging, spring, np.array([root, *middle, tip]), chosen, along)


def _find_middle(xyz: Float[np.ndarray, "N 3"], along: Float[np.ndarray, " N"], place: int) -> Float[np.ndarray, "3"]:
    away = np.abs(along - place)
    found: Float[np.ndarray, 3] = xyz[away <= max(0.5, float(away.min()))].mean(0)
    return found
