"""Fringes: the locks over the forehead. Tips end between brow and eye unless the style says otherwise."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.hair.growth import direction, grown, parting
from panic3d.datagen.synth.hair.locks import Strands
from panic3d.datagen.synth.hair.look import HairLook, Styles, variants

FRINGES = Styles()
LEAVE_DEG = 66.0


def fall_to(
    tip_y_m: Float[np.ndarray, " N"] | float, polar_deg: Float[np.ndarray, " N"] | float, lift_m: float
) -> np.ndarray:
    """Length of the free part whose tip ends at a height."""
    return np.asarray(0.035 + (0.102 + lift_m) * np.cos(np.radians(polar_deg)) - tip_y_m) * 1.06


def sheet(
    look: HairLook,
    rng: np.random.Generator,
    azimuth_deg: Float[np.ndarray, " N"],
    tip_y_m: Float[np.ndarray, " N"],
    lean: Float[np.ndarray, " N"] | float = 0.0,
    half_width_m: float = 0.0165,
    taper: float = 1.5,
    lift_m: float = 0.012,
    part_deg: float = 0.0,
    polar_deg: float = LEAVE_DEG,
    curl: float = -0.25,
    forward_deg: float = 34.0,
) -> Strands:
    """Locks side by side whose tips hang at given heights and lean sideways."""
    count = len(azimuth_deg)
    jitter = rng.normal(0, look.messy, (4, count))
    lift = lift_m + 0.6 * look.volume_m + 0.0022 * jitter[0]
    aim = np.stack([np.broadcast_to(lean, (count,)) + 0.10 * jitter[1], -np.ones(count), np.full(count, -0.10)], axis=1)
    return grown(
        parting(azimuth_deg * 0.6, part_deg, forward_deg),
        direction(azimuth_deg, polar_deg),
        lift_m=lift,
        fall_m=np.maximum(fall_to(tip_y_m, polar_deg, lift_m) + 0.006 * jitter[2], 0.012),
        half_width_m=half_width_m * look.lock_width * (1 + 0.12 * jitter[3]),
        thickness_m=0.0075,
        aim=aim,
        turn=0.75,
        curl=curl,
        taper=taper,
        column=variants(rng, count, look),
        root_width=0.5,
        root_lift_m=0.010 + 0.5 * look.volume_m,
    )


def _spread(rng: np.random.Generator, look: HairLook, edge_deg: float, count: int) -> Float[np.ndarray, " N"]:
    step = 2 * edge_deg / count
    return np.linspace(-edge_deg, edge_deg, count) + rng.uniform(-0.3, 0.3, count) * step * (0.3 + look.messy)


@FRINGES.add("straight", "blunt_bangs")
def straight(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Even locks down to the eyes."""
    under = _spread(rng, look, 62.0, 9)
    over = _spread(rng, look, 50.0, 6)
    return [
        sheet(look, rng, under, 0.016 - 0.020 * (np.abs(under) / 62) ** 2, taper=2.4),
        sheet(look, rng, over, 0.021 - 0.014 * (np.abs(over) / 60) ** 2, lift_m=0.018, half_width_m=0.011),
    ]


@FRINGES.add("swept", "swept_bangs")
def swept(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Parted on one side, all locks sweep to the other."""
    under = np.linspace(-56, 62, 8)
    lean = 0.10 + 0.75 * np.clip((under + 30) / 90, 0, 1)
    lean[under < -34] = -0.45
    over = np.linspace(-22, 44, 5)
    return [
        sheet(look, rng, under, 0.018 - 0.022 * (np.abs(under) / 62) ** 2, lean=lean, part_deg=-14.0),
        sheet(look, rng, over, 0.020 - 0.0003 * over, lean=0.75, lift_m=0.020, half_width_m=0.013, part_deg=-14.0),
    ]


@FRINGES.add("parted", "parted_bangs")
def parted(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Parted in the middle; the forehead shows in a tent shape."""
    half = np.array([12.0, 24.0, 38.0, 52.0, 64.0])
    groups = []
    for side in (-1.0, 1.0):
        azimuth = side * half
        lean = side * np.array([0.62, 0.52, 0.36, 0.2, 0.1])
        tips = np.array([0.028, 0.016, 0.000, -0.012, -0.024])
        groups.append(sheet(look, rng, azimuth, tips, lean=lean, part_deg=4.0 * side, half_width_m=0.014))
        over = side * np.array([20.0, 42.0])
        groups.append(
            sheet(look, rng, over, np.array([0.016, -0.008]), lean=side * 0.5, lift_m=0.02, half_width_m=0.010)
        )
    return groups
