"""Side locks: the hair that frames the face in front of the ears."""

from dataclasses import replace

import numpy as np

from panic3d.datagen.synth.hair.braids import grow_braid, grow_ringlet
from panic3d.datagen.synth.hair.groups import grow_pair
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.hair.registry import HairStyleRegistry

SIDES = HairStyleRegistry()


@SIDES.register("short")
def grow_short(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow locks to the cheek."""
    return grow_pair(params, rng, [62.0, 74.0, 88.0], [0.085, 0.105, 0.095])


@SIDES.register("long", "sidelocks")
def grow_long(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow locks to the chest."""
    locks = grow_pair(params, rng, [64.0, 76.0], [0.235, 0.260], half_width_m=0.0155, curl=0.1, taper=1.9)
    return locks + grow_pair(params, rng, [88.0], [0.11])


@SIDES.register("hime", "hime_cut", "sidelocks")
def grow_hime(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow locks that are cut straight at the cheek."""
    return grow_pair(
        params, rng, [60.0, 70.0, 80.0, 90.0], [0.108, 0.110, 0.112, 0.114], taper=9.0, half_width_m=0.013, curl=-0.1
    )


@SIDES.register("tucked", "hair_behind_ear")
def grow_tucked(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair that is combed behind the ears, with one thin strand in front."""
    behind = grow_pair(
        params, rng, [84.0, 96.0, 106.0], [0.05, 0.06, 0.07], polar_deg=72.0, aim=(0.0, -0.5, -1.0), lift_m=0.009
    )
    return behind + grow_pair(params, rng, [66.0], [0.095], half_width_m=0.006)


@SIDES.register("flicked", "flipped_hair")
def grow_flicked(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow locks whose tips flick outwards at the jaw."""
    return grow_pair(params, rng, [62.0, 75.0, 90.0], [0.125, 0.140, 0.130], curl=1.5, taper=1.4)


@SIDES.register("wavy", "sidelocks", "wavy_hair")
def grow_wavy(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow wavy locks to the collar bone."""
    return grow_pair(params, rng, [62.0, 74.0, 87.0], [0.19, 0.22, 0.18], wave_m=0.009, waves=2.2, half_width_m=0.014)


@SIDES.register("framing")
def grow_framing(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow locks that bend in under the chin and narrow the face."""
    return grow_pair(
        params, rng, [54.0, 66.0, 80.0], [0.120, 0.135, 0.120], curl=-1.0, lift_m=0.016, half_width_m=0.016
    )


@SIDES.register("pointed")
def grow_pointed(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow short points in front of the ears."""
    return grow_pair(params, rng, [66.0, 80.0], [0.060, 0.055], half_width_m=0.016, taper=1.0, aim=(0.0, -1.0, 0.25))


@SIDES.register("ringlets", "drill_sidelocks", "drill_hair", family="heldout")
def grow_ringlets(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a ringlet on each side."""
    return grow_pair(params, rng, [62.0, 78.0], [0.045, 0.045]) + hang_from_temples(
        params, grow_ringlet(params, rng, 0.17, 0.016)
    )


@SIDES.register("braided", "side_braids", "braided_sidelocks", family="heldout")
def grow_braided(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a thin braid on each side."""
    return grow_pair(params, rng, [62.0, 80.0], [0.05, 0.06]) + hang_from_temples(
        params, grow_braid(params, rng, 0.20, 0.011)
    )


@SIDES.register("winged", "hair_flaps", family="heldout")
def grow_winged(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow broad flaps that stand off like a dog's ears."""
    return grow_pair(
        params, rng, [70.0, 84.0, 98.0], [0.10, 0.12, 0.10], polar_deg=62.0, aim=(0.9, -0.55, 0.0), turn=0.25,
        curl=-0.9, half_width_m=0.021, taper=1.2,
    )  # fmt: skip


def hang_from_temples(params: HairParams, hanging: HairLocks) -> list[HairLocks]:
    """Move locks that begin at the origin to both temples."""
    foot = np.array([0.094 + 0.4 * params.volume_m, 0.020, 0.036])
    left = replace(hanging, path=hanging.path + foot)
    return [left, left.mirror()]
