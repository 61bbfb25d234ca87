"""Side locks: what frames the face in front of the ears."""

import numpy as np

from panic3d.datagen.synth.hair.growth import direction, grown, parting
from panic3d.datagen.synth.hair.locks import Strands
from panic3d.datagen.synth.hair.look import HairLook, Styles, variants
from panic3d.datagen.synth.hair.tails import braid, ringlet

SIDES = Styles()


def pair(
    look: HairLook,
    rng: np.random.Generator,
    azimuth_deg: list[float],
    fall_m: list[float],
    *,
    half_width_m: float = 0.015,
    taper: float = 1.5,
    curl: float = -0.2,
    lift_m: float = 0.012,
    wave_m: float = 0.0,
    waves: float = 1.6,
    polar_deg: float = 84.0,
    aim: tuple[float, float, float] = (0.02, -1.0, 0.0),
    turn: float = 0.5,
) -> list[Strands]:
    """The same kind of locks on both sides of the face; azimuths are those of the character's left."""
    azimuth, count, groups = np.array(azimuth_deg), len(azimuth_deg), []
    for mirrored in (False, True):
        jitter = rng.normal(0, look.messy, (3, count)).clip(-1.6, 1.6)
        group = grown(
            parting(azimuth, -look.part_deg if mirrored else look.part_deg),
            direction(azimuth + 2.5 * jitter[0], polar_deg),
            lift_m=lift_m + 0.6 * look.volume_m + 0.002 * jitter[1],
            fall_m=np.array(fall_m) * look.length * (1 + 0.08 * jitter[2]),
            half_width_m=half_width_m * look.lock_width,
            thickness_m=0.009,
            aim=aim,
            turn=turn,
            curl=curl,
            wave_m=wave_m + 0.5 * look.wave_m,
            waves=waves,
            phase=rng.random(count),
            taper=taper,
            column=variants(rng, count, look),
            root_lift_m=0.012 + 0.7 * look.volume_m,
            root_width=0.5,
        )
        groups.append(group.mirrored() if mirrored else group)
    return groups


@SIDES.add("short")
def short(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Locks to the cheek."""
    return pair(look, rng, [62.0, 74.0, 88.0], [0.085, 0.105, 0.095])


@SIDES.add("long", "sidelocks")
def long(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Locks to the chest."""
    locks = pair(look, rng, [64.0, 76.0], [0.235, 0.260], half_width_m=0.0155, curl=0.1, taper=1.9)
    return locks + pair(look, rng, [88.0], [0.11])


@SIDES.add("hime", "hime_cut", "sidelocks")
def hime(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Cut straight at the cheek."""
    return pair(
        look, rng, [60.0, 70.0, 80.0, 90.0], [0.108, 0.110, 0.112, 0.114], taper=9.0, half_width_m=0.013, curl=-0.1
    )


@SIDES.add("tucked", "hair_behind_ear")
def tucked(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Combed behind the ears; one thin strand stays in front."""
    behind = pair(
        look, rng, [84.0, 96.0, 106.0], [0.05, 0.06, 0.07], polar_deg=72.0, aim=(0.0, -0.5, -1.0), lift_m=0.009
    )
    return behind + pair(look, rng, [66.0], [0.095], half_width_m=0.006)


@SIDES.add("flicked", "flipped_hair")
def flicked(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Tips flick outwards at the jaw."""
    return pair(look, rng, [62.0, 75.0, 90.0], [0.125, 0.140, 0.130], curl=1.5, taper=1.4)


@SIDES.add("wavy", "sidelocks", "wavy_hair")
def wavy(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Waved locks to the collar-bone."""
    return pair(look, rng, [62.0, 74.0, 87.0], [0.19, 0.22, 0.18], wave_m=0.009, waves=2.2, half_width_m=0.014)


@SIDES.add("framing")
def framing(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Locks bend in under the chin and narrow the face."""
    return pair(look, rng, [54.0, 66.0, 80.0], [0.120, 0.135, 0.120], curl=-1.0, lift_m=0.016, half_width_m=0.016)


@SIDES.add("pointed")
def pointed(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Short, boyish points in front of the ears."""
    return pair(look, rng, [66.0, 80.0], [0.060, 0.055], half_width_m=0.016, taper=1.0, aim=(0.0, -1.0, 0.25))


@SIDES.add("ringlets", "drill_sidelocks", "drill_hair", family="heldout")
def ringlets(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A drill on each side."""
    return pair(look, rng, [62.0, 78.0], [0.045, 0.045]) + _hung(look, ringlet(look, rng, 0.17, 0.016))


@SIDES.add("braided", "side_braids", "braided_sidelocks", family="heldout")
def braided(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A thin braid on each side."""
    return pair(look, rng, [62.0, 80.0], [0.05, 0.06]) + _hung(look, braid(look, rng, 0.20, 0.011))


@SIDES.add("winged", "hair_flaps", family="heldout")
def winged(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Broad flaps that stand off like a dog's ears."""
    return pair(
        look, rng, [70.0, 84.0, 98.0], [0.10, 0.12, 0.10], polar_deg=62.0, aim=(0.9, -0.55, 0.0), turn=0.25, curl=-0.9,
        half_width_m=0.021, taper=1.2,
    )  # fmt: skip


def _hung(look: HairLook, hanging: Strands) -> list[Strands]:
    """A hanging thing at both temples."""
    foot = np.array([0.094 + 0.4 * look.volume_m, 0.020, 0.036])
    left = hanging.replaced(path=hanging.path + foot)
    return [left, left.mirrored()]
