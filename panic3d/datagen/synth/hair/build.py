"""One head of hair from its look."""

import numpy as np

from panic3d.datagen.synth.hair.backs import BACKS
from panic3d.datagen.synth.hair.cap import cap_part
from panic3d.datagen.synth.hair.fringes import FRINGES
from panic3d.datagen.synth.hair.growth import direction, grown
from panic3d.datagen.synth.hair.locks import Strands, lock_part, together
from panic3d.datagen.synth.hair.look import HairLook
from panic3d.datagen.synth.hair.sides import SIDES
from panic3d.datagen.synth.mesh import Part


def hair_parts(look: HairLook, rng: np.random.Generator) -> list[Part]:
    """Cap and locks, in head units. Each region has its own random stream, so that one does not disturb another."""
    streams = rng.spawn(4)
    fringe = FRINGES[look.fringe].grow(look, streams[0])
    groups = [group.mirrored() if look.flip else group for group in fringe]
    groups += SIDES[look.side].grow(look, streams[1])
    groups += BACKS[look.back].grow(look, streams[2])
    if look.ahoge:
        groups.append(_ahoge(look, streams[3]))
    return [cap_part(), lock_part(together(groups))]


def _ahoge(look: HairLook, rng: np.random.Generator) -> Strands:
    """Single hairs that stand up from the crown."""
    count = look.ahoge
    azimuth = rng.uniform(-50, 50, count)
    start = direction(azimuth, rng.uniform(5, 16, count))
    return grown(
        direction(azimuth + 180, np.full(count, 12.0)),
        start,
        lift_m=0.016 + look.volume_m,
        fall_m=rng.uniform(0.06, 0.10, count),
        half_width_m=0.0055,
        thickness_m=0.004,
        aim=direction(azimuth, 55.0) + np.array([0.0, 1.1, 0.0]),
        turn=0.2,
        curl=-rng.uniform(1.2, 2.2, count),
        taper=1.3,
        root_width=0.6,
        root_lift_m=0.010,
    )
