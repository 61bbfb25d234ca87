"""Fringes: the locks over the forehead. Tips end between brow and eye unless the style says otherwise."""

import numpy as np

from panic3d.datagen.synth.hair.groups import Row, grow_sheet
from panic3d.datagen.synth.hair.growth import grow_locks
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.hair.params import HairParams, choose_texture_columns
from panic3d.datagen.synth.hair.registry import HairStyleRegistry
from panic3d.datagen.synth.head.cranium import direction_from_angles

FRINGES = HairStyleRegistry()


def _spread_azimuths(rng: np.random.Generator, params: HairParams, edge_deg: float, count: int) -> Row:
    """Draw azimuths that are nearly evenly spaced."""
    step = 2 * edge_deg / count
    return np.linspace(-edge_deg, edge_deg, count) + rng.uniform(-0.3, 0.3, count) * step * (0.3 + params.messy)


@FRINGES.register("straight", "bangs")
def grow_straight(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow even locks down to the eyes."""
    under, over = _spread_azimuths(rng, params, 62.0, 9), _spread_azimuths(rng, params, 50.0, 6)
    return [
        grow_sheet(params, rng, under, 0.016 - 0.020 * (np.abs(under) / 62) ** 2, taper=2.2),
        grow_sheet(params, rng, over, 0.021 - 0.014 * (np.abs(over) / 60) ** 2, lift_m=0.018, half_width_m=0.012),
    ]


@FRINGES.register("swept", "swept_bangs")
def grow_swept(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow locks that are parted on one side and sweep to the other."""
    under = np.linspace(-58, 62, 9)
    lean = 0.10 + 0.75 * np.clip((under + 30) / 90, 0, 1)
    lean[under < -34] = -0.45
    over = np.linspace(-22, 44, 5)
    return [
        grow_sheet(params, rng, under, 0.023 - 0.024 * (np.abs(under) / 62) ** 2, lean=lean, part_deg=-14.0),
        grow_sheet(
            params, rng, over, 0.027 - 0.0003 * over, lean=0.75, lift_m=0.020, half_width_m=0.014, part_deg=-14.0
        ),
    ]


@FRINGES.register("parted", "parted_bangs")
def grow_parted(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a middle parting that leaves a triangle of the forehead free."""
    half = np.array([12.0, 24.0, 38.0, 52.0, 64.0])
    groups = []
    for side in (-1.0, 1.0):
        lean = side * np.array([0.62, 0.52, 0.36, 0.2, 0.1])
        tips = np.array([0.028, 0.016, 0.000, -0.012, -0.024])
        over = side * np.array([20.0, 42.0])
        groups += [
            grow_sheet(params, rng, side * half, tips, lean=lean, part_deg=4.0 * side, half_width_m=0.0155),
            grow_sheet(params, rng, over, np.array([0.016, -0.008]), lean=side * 0.5, lift_m=0.02, half_width_m=0.011),
        ]
    return groups


@FRINGES.register("blunt", "blunt_bangs")
def grow_blunt(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a fringe that is cut straight above the eyes."""
    azimuth = np.linspace(-64, 64, 11)
    tips = np.full(11, 0.019) - 0.010 * (np.abs(azimuth) / 64) ** 3
    return [grow_sheet(params, rng, azimuth, tips, taper=7.0, half_width_m=0.0150, curl=-0.35, thickness_m=0.007)]


@FRINGES.register("see_through", "bangs", "wispy_bangs")
def grow_see_through(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a few thin, separate strands."""
    azimuth = np.array([-56.0, -40.0, -26.0, -12.0, 2.0, 15.0, 28.0, 44.0, 58.0])
    tips = np.array([-0.03, 0.0, 0.014, 0.022, 0.010, 0.022, 0.014, 0.0, -0.03])
    wide = grow_sheet(params, rng, np.array([-60.0, -46.0, 46.0, 60.0]), np.array([-0.02, 0.006, 0.006, -0.02]))
    return [grow_sheet(params, rng, azimuth, tips, half_width_m=0.0085, taper=1.2), wide]


@FRINGES.register("between_eyes", "bangs", "hair_between_eyes")
def grow_between_eyes(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow one long pointed lock between the eyes, and others on both sides of it."""
    azimuth = np.array([-60.0, -46.0, -32.0, -18.0, 18.0, 32.0, 46.0, 60.0])
    tips = np.array([-0.02, 0.000, 0.010, 0.016, 0.016, 0.010, 0.000, -0.02])
    lean = np.sign(azimuth) * 0.18
    middle = grow_sheet(
        params, rng, np.array([0.0]), np.array([-0.020]), lift_m=0.019, half_width_m=0.013, taper=1.15, curl=-0.15
    )
    next_to_it = grow_sheet(params, rng, np.array([-9.0, 11.0]), np.array([0.014, 0.012]), lean=np.array([-0.1, 0.12]))
    return [grow_sheet(params, rng, azimuth, tips, lean=lean), next_to_it, middle]


@FRINGES.register("over_one_eye", "hair_over_one_eye")
def grow_over_one_eye(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a heavy sweep that hides one eye."""
    azimuth = np.array([-60.0, -46.0, -30.0, -8.0, 6.0, 20.0, 34.0, 48.0, 60.0])
    tips = np.array([-0.020, 0.005, 0.022, 0.016, -0.010, -0.038, -0.050, -0.045, -0.040])
    lean = np.array([-0.25, -0.3, -0.35, 0.45, 0.50, 0.42, 0.30, 0.16, 0.05])
    over = grow_sheet(
        params, rng, np.array([12.0, 30.0]), np.array([-0.025, -0.050]), lean=0.4, lift_m=0.02, half_width_m=0.014,
        part_deg=-16.0,
    )  # fmt: skip
    return [grow_sheet(params, rng, azimuth, tips, lean=lean, part_deg=-16.0, half_width_m=0.0175), over]


@FRINGES.register("spiky", "bangs", "spiked_hair")
def grow_spiky(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow large spikes in all directions."""
    azimuth = np.array([-62.0, -44.0, -26.0, -8.0, 10.0, 27.0, 45.0, 62.0])
    tips = np.array([-0.012, 0.016, 0.006, 0.022, 0.002, 0.020, 0.008, -0.016])
    lean = rng.choice([-1.0, 1.0], 8) * rng.uniform(0.25, 0.7, 8)
    over = np.array([-34.0, -10.0, 16.0, 40.0])
    upper = grow_sheet(
        params, rng, over, np.array([0.034, 0.028, 0.036, 0.030]), lean=rng.uniform(-0.8, 0.8, 4), lift_m=0.026,
        half_width_m=0.016, taper=1.0, curl=0.25, polar_deg=58.0,
    )  # fmt: skip
    return [grow_sheet(params, rng, azimuth, tips, lean=lean, taper=1.05, half_width_m=0.0195), upper]


@FRINGES.register("curtain", "curtained_hair", "parted_bangs")
def grow_curtain_fringe(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long curved wings from a middle parting to the cheeks; the forehead is free."""
    groups = []
    for side in (-1.0, 1.0):
        azimuth = side * np.array([16.0, 30.0, 44.0, 57.0, 68.0])
        tips = np.array([0.004, -0.022, -0.046, -0.058, -0.062])
        lean = side * np.array([0.70, 0.46, 0.26, 0.12, 0.05])
        groups.append(
            grow_sheet(
                params, rng, azimuth, tips, lean=lean, part_deg=3.0 * side, curl=-0.55, lift_m=0.017,
                half_width_m=0.0165, swirl=-0.10 * side, polar_deg=60.0,
            )
        )  # fmt: skip
    return groups


@FRINGES.register("short_choppy", "short_bangs", "bangs")
def grow_short_choppy(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow an uneven, short fringe above the brows."""
    azimuth = _spread_azimuths(rng, params, 60.0, 10)
    tips = 0.031 + rng.uniform(-0.010, 0.010, 10) - 0.030 * (np.abs(azimuth) / 60) ** 3
    return [grow_sheet(params, rng, azimuth, tips, taper=2.8, half_width_m=0.0155, lean=rng.uniform(-0.2, 0.2, 10))]


@FRINGES.register("asymmetric", "asymmetrical_bangs", "swept_bangs")
def grow_asymmetric(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a diagonal edge, short on one side and past the cheek on the other."""
    azimuth = np.linspace(-60, 66, 10)
    tips = np.linspace(0.034, -0.048, 10)
    return [
        grow_sheet(params, rng, azimuth, tips, lean=np.linspace(0.35, 0.08, 10), taper=2.0, part_deg=-10.0),
        grow_sheet(
            params, rng, azimuth[2::3], tips[2::3] + 0.006, lean=0.3, lift_m=0.02, half_width_m=0.010, part_deg=-10.0
        ),
    ]


@FRINGES.register("swept_back", "hair_slicked_back", "forehead", family="heldout")
def grow_swept_back(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow locks that are combed back from the hairline; one or two strands fall."""
    azimuth = np.linspace(-74, 74, 13)
    root = direction_from_angles(azimuth, 72.0 + 10.0 * (np.abs(azimuth) / 74) ** 2)
    groups = [
        grow_locks(
            root,
            direction_from_angles(azimuth * 0.9, 18.0),
            lift_m=0.030 + params.volume_m,
            root_lift_m=0.004,
            fall_m=0.035,
            half_width_m=0.0165 * params.lock_width,
            thickness_m=0.011,
            aim=(0.0, 0.1, -1.0),
            root_width=0.8,
            column=choose_texture_columns(rng, 13, params),
        )
    ]
    loose = grow_sheet(
        params, rng, np.array([14.0, 24.0]), np.array([0.0, 0.012]), lean=0.35, half_width_m=0.006, taper=1.0
    )
    return [*groups, loose]


@FRINGES.register("over_eyes", "hair_over_eyes", family="heldout")
def grow_over_eyes(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a fringe that reaches the cheeks, with gaps that show the eyes."""
    azimuth = np.array([-62.0, -48.0, -38.0, -12.0, 0.0, 12.0, 38.0, 48.0, 62.0])
    tips = np.array([-0.055, -0.046, -0.030, -0.028, -0.040, -0.026, -0.030, -0.044, -0.056])
    return [
        grow_sheet(params, rng, azimuth, tips, taper=1.3, half_width_m=0.0145, lift_m=0.016),
        grow_sheet(params, rng, np.array([-26.0, 26.0]), np.array([0.012, 0.012]), half_width_m=0.013),
    ]


@FRINGES.register("rolled", "rolled_bangs", family="heldout")
def grow_rolled(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a round roll in front of the forehead, with tips turned in under it."""
    azimuth = np.linspace(-66, 66, 12)
    return [
        grow_sheet(
            params, rng, azimuth, np.full(12, 0.026), curl=-2.6, lift_m=0.030, polar_deg=60.0, taper=5.0,
            half_width_m=0.0155, thickness_m=0.012,
        )
    ]  # fmt: skip
