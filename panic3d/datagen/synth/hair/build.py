"""Build all hair of a character from its parameters."""

import numpy as np

from panic3d.datagen.synth.hair.growth import shape_free_locks
from panic3d.datagen.synth.hair.locks import HairLocks, build_lock_mesh, merge_locks
from panic3d.datagen.synth.hair.params import GUIDED, HairParams
from panic3d.datagen.synth.hair.scalp import build_scalp
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES
from panic3d.datagen.synth.hair.surfaces.cloud import build_cloud, compute_cloud_lift
from panic3d.datagen.synth.hair.surfaces.rounded_locks import build_rounded_locks, choose_ring_counts
from panic3d.datagen.synth.hair.surfaces.smooth_scalp import build_smooth_scalp
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.vectors import normalize

STEPS_OF_PLAIN_LOCKS = 30
"""Locks with more points are braids and ringlets."""
TWISTED_RINGS = 44
MOST_AHOGE = 2
"""Single locks that rise from the crown."""
MOST_TRIANGLES = 12_000
"""Triangles of the plain rounded locks of a character."""


def build_hair(params: HairParams, rng: np.random.Generator) -> list[MeshPart]:
    """Build scalp and locks in head units.

    Each region has its own random stream, so that a change of one style does not alter the others.
    """
    streams = rng.spawn(4)
    fringe = FRINGES[params.fringe].grow(params, streams[0])
    groups = [group.mirror() if params.flip else group for group in fringe]
    groups += SIDES[params.side].grow(params, streams[1])
    groups += BACKS[params.back].grow(params, streams[2])
    long = [group for group in groups if group.path.shape[1] > STEPS_OF_PLAIN_LOCKS]
    plain = [group for group in groups if group.path.shape[1] <= STEPS_OF_PLAIN_LOCKS]
    if params.ahoge and plain:
        plain.append(_grow_ahoge(params, streams[3]))
    if params.smooth:
        return _build_smooth_hair(params, plain, long, streams[3])
    parts = [build_scalp(0.008 + 0.7 * params.volume_m), build_lock_mesh(merge_locks(plain))]
    if long:  # braids and ringlets need more rings, since they turn often
        parts.append(build_lock_mesh(merge_locks(long), rings=TWISTED_RINGS))
    return parts


def _build_smooth_hair(
    params: HairParams, plain: list[HairLocks], long: list[HairLocks], rng: np.random.Generator
) -> list[MeshPart]:
    """Build a smooth scalp, or a ball of curls, and rounded locks; `long` are braids and ringlets, which turn often."""
    back = BACKS[params.back]
    parts: list[MeshPart] = []
    if back.cloud_m:
        parts.append(build_cloud(compute_cloud_lift(back.cloud_m, params), rng))
    elif not back.bald:
        parts += build_smooth_scalp(0.0115 + 0.7 * params.volume_m, _find_shaved_deg(params), back.clipped)
    for groups, share in ((plain, 0.72 if long else 1.0), (long, 1.0)):
        groups = [group for group in groups if len(group.path)]
        if groups:
            locks = merge_locks(groups)
            counts = (
                np.full(len(locks.path), TWISTED_RINGS)
                if groups[0].path.shape[1] > STEPS_OF_PLAIN_LOCKS
                else choose_ring_counts(locks, int(share * MOST_TRIANGLES))
            )
            parts += [build_rounded_locks(locks.select(counts == rings), int(rings)) for rings in np.unique(counts)]
    return parts


def _find_shaved_deg(params: HairParams) -> float:
    """Return the polar angle below which sides and back are shaved; 180: nowhere."""
    if params.back == GUIDED and params.guides.shaved:
        return params.guides.shaved_deg
    return BACKS[params.back].shaved_above_deg


def _grow_ahoge(params: HairParams, rng: np.random.Generator) -> HairLocks:
    """Grow single locks that rise from the crown and bend over."""
    count = params.ahoge
    s = np.linspace(0, 1, 14)
    foot = place_above_cranium(direction_from_angles(rng.uniform(-180, 180, count), 7.0), 0.004 + params.volume_m)
    heading = rng.uniform(-1.3, 1.3, count)
    lean = np.stack([np.sin(heading), np.zeros(count), np.cos(heading)], axis=1)
    angle = 0.15 + rng.uniform(1.5, 2.6, (count, 1)) * s[None] ** 1.4
    direction = np.sin(angle)[..., None] * lean[:, None] + np.cos(angle)[..., None] * np.array([0.0, 1.0, 0.0])
    path = foot[:, None] + np.cumsum(direction, axis=1) * rng.uniform(0.07, 0.12, (count, 1, 1)) / len(s)
    return shape_free_locks(
        path,
        path - normalize(np.array([0.0, 1.0, 0.0]) - 0.5 * lean)[:, None],
        half_width_m=0.0085,
        thickness_m=0.0045,
        root_width=0.7,
        taper=1.2,
        v_root=0.45 if params.smooth else 0.3,  # no highlight at the foot, which would seem to float
    )
