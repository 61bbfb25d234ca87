"""Side locks: what frames the face in front of the ears."""

import numpy as np

from panic3d.datagen.synth.hair.growth import direction, grown, parting
from panic3d.datagen.synth.hair.locks import Strands
from panic3d.datagen.synth.hair.look import HairLook, Styles, variants

SIDES = Styles()


def lock_group(
    look: HairLook,
    rng: np.random.Generator,
    azimuth_deg: np.ndarray,
    fall_m: np.ndarray | float,
    *,
    half_width_m: float = 0.014,
    taper: float = 1.5,
    curl: float = -0.2,
    lift_m: float = 0.012,
    wave_m: float = 0.0,
    polar_deg: float = 84.0,
    aim: tuple[float, float, float] = (0.02, -1.0, 0.0),
) -> list[Strands]:
    """The same kind of locks on both sides of the face; azimuths are those of the character's left."""
    groups = []
    for mirrored in (False, True):
        count = len(azimuth_deg)
        jitter = rng.normal(0, look.messy, (3, count))
        group = grown(
            parting(azimuth_deg, -look.part_deg if mirrored else look.part_deg),
            direction(azimuth_deg + 2.5 * jitter[0], polar_deg),
            lift_m=lift_m + 0.6 * look.volume_m + 0.002 * jitter[1],
            fall_m=np.asarray(fall_m) * look.length * (1 + 0.08 * jitter[2]),
            half_width_m=half_width_m * look.lock_width,
            thickness_m=0.008,
            aim=aim,
            turn=0.5,
            curl=curl,
            wave_m=wave_m + 0.5 * look.wave_m,
            waves=1.6,
            phase=rng.random(count),
            taper=taper,
            column=variants(rng, count, look),
            root_lift_m=0.008 + 0.5 * look.volume_m,
        )
        groups.append(group.mirrored() if mirrored else group)
    return groups


@SIDES.add("short")
def short(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Locks to the cheek."""
    return lock_group(look, rng, np.array([62.0, 74.0, 88.0]), np.array([0.085, 0.105, 0.095]))


@SIDES.add("long", "sidelocks")
def long(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Locks to the chest."""
    return [
        *lock_group(look, rng, np.array([64.0, 75.0]), np.array([0.235, 0.260]), half_width_m=0.013, curl=0.1),
        *lock_group(look, rng, np.array([86.0]), 0.10),
    ]
