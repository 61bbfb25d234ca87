"""One head of hair from its look."""

import numpy as np

from panic3d.datagen.synth.catalogue import BACKS, FRINGES, SIDES
from panic3d.datagen.synth.hair.cap import cap_part
from panic3d.datagen.synth.hair.growth import direction, free, on_cranium
from panic3d.datagen.synth.hair.locks import Strands, lock_part, together, unit
from panic3d.datagen.synth.hair.look import HairLook
from panic3d.datagen.synth.meshes.mesh import Part


def hair_parts(look: HairLook, rng: np.random.Generator) -> list[Part]:
    """Cap and locks, in head units. Each region has its own random stream, so that one does not disturb another."""
    streams = rng.spawn(4)
    fringe = FRINGES[look.fringe].grow(look, streams[0])
    groups = [group.mirrored() if look.flip else group for group in fringe]
    groups += SIDES[look.side].grow(look, streams[1])
    groups += BACKS[look.back].grow(look, streams[2])
    long = [group for group in groups if group.path.shape[1] > 30]
    plain = [group for group in groups if group.path.shape[1] <= 30]
    if look.ahoge:
        plain.append(_ahoge(look, streams[3]))
    parts = [cap_part(0.008 + 0.7 * look.volume_m), lock_part(together(plain))]
    if long:  # braids and ringlets turn often
        parts.append(lock_part(together(long), rings=44))
    return parts


def _ahoge(look: HairLook, rng: np.random.Generator) -> Strands:
    """Single locks that rise from the crown and bend over."""
    count = look.ahoge
    s = np.linspace(0, 1, 14)
    foot = on_cranium(direction(rng.uniform(-180, 180, count), 7.0), 0.004 + look.volume_m)
    heading = rng.uniform(-1.3, 1.3, count)
    lean = np.stack([np.sin(heading), np.zeros(count), np.cos(heading)], axis=1)
    angle = 0.15 + rng.uniform(1.5, 2.6, (count, 1)) * s[None] ** 1.4
    way = np.sin(angle)[..., None] * lean[:, None] + np.cos(angle)[..., None] * np.array([0.0, 1.0, 0.0])
    path = foot[:, None] + np.cumsum(way, axis=1) * rng.uniform(0.07, 0.12, (count, 1, 1)) / len(s)
    return free(
        path,
        path - unit(np.array([0.0, 1.0, 0.0]) - 0.5 * lean)[:, None],
        half_width_m=0.0085,
        thickness_m=0.0045,
        root_width=0.7,
        taper=1.2,
        v_root=0.3,
    )
