"""Chains of bones that carry vertices of a part, and the spheres that they do not enter."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.vrm.model import SphereCollider, SpringChain
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton

FIXED = 0.5
"""Length of the root of a chain, in bones, along which vertices pass from the head to the chain."""
COLLIDERS = {
    "head": ((0.0, 0.08, 0.0), 0.085),
    "neck": ((0.0, 0.02, 0.0), 0.045),
    "upperChest": ((0.0, 0.0, 0.0), 0.10),
}
"""Offset and greatest radius of a sphere at a bone; it is smaller where a joint lies nearer."""
CLEARANCE = 0.9
"""Radius of a sphere, in distances to the nearest joint that may touch it."""
MIN_RADIUS_M = 0.02


@dataclass(frozen=True)
class SwingingPart:
    """A part with bones of its own; without chains it is as it was."""

    part: MeshPart
    skeleton: HumanoidSkeleton
    springs: tuple[SpringChain, ...] = ()


def add_chain(
    swinging: SwingingPart,
    spring: SpringChain,
    joints_head_m: Float[np.ndarray, "J 3"],
    chosen: Bool[np.ndarray, " V"],
    along: Float[np.ndarray, " N"],
) -> SwingingPart:
    """Hang a chain on the head and let it carry the chosen N vertices of the part.

    `along` is the place of each of them along the chain, in bones: 0 at the root, J - 1 at the tip.
    """
    parents, positions = dict(swinging.skeleton.parents), dict(swinging.skeleton.positions_head_m)
    for bone, above, place in zip(spring.bones, ("head", *spring.bones), joints_head_m, strict=False):
        parents[bone], positions[bone] = above, place
    weights = {bone: weight.copy() for bone, weight in swinging.part.weights.items()}
    free = np.clip(along / FIXED, 0, 1)
    for weight in weights.values():
        weight[chosen] *= 1 - free
    for bone, share in zip(spring.bones, _share_along(along, len(spring.bones) - 1).T, strict=False):
        weights[bone] = np.zeros(len(chosen))
        weights[bone][chosen] = share * free
    return SwingingPart(
        replace(swinging.part, weights=weights),
        HumanoidSkeleton(parents, positions, swinging.skeleton.ground_y_m),
        (*swinging.springs, spring),
    )


def _share_along(along: Float[np.ndarray, " N"], count: int) -> Float[np.ndarray, "N K"]:
    """Return the share of each bone at places along a chain, in bones; neighbours mix about the joints."""
    centres = np.arange(count) + 0.5
    share = np.clip(1 - np.abs(np.clip(along, 0.5, count - 0.5)[:, None] - centres), 0, 1)
    return share / share.sum(1, keepdims=True)


def fit_colliders(skeleton: HumanoidSkeleton, springs: Iterable[SpringChain]) -> tuple[SphereCollider, ...]:
    """Return spheres in head, neck and chest that no joint enters at rest; without chains there are none."""
    touching = [(skeleton.positions_head_m[bone], s.hit_radius_m) for s in springs for bone in s.bones[1:]]
    found = []
    for bone, (offset, radius) in COLLIDERS.items() if touching else ():
        centre = skeleton.positions_head_m[bone] + offset
        free = [CLEARANCE * float(np.linalg.norm(joint - centre)) - hit for joint, hit in touching]
        fitting = min(radius, *free)
        if fitting >= MIN_RADIUS_M:
            found.append(SphereCollider(bone, offset, fitting))
    return tuple(found)
