"""Fringes of version 3: short and combed ones, men's among them, and further forms for all."""

import numpy as np

from panic3d.datagen.synth.hair.cuts.rows import comb_back, comb_roll, hide_tips
from panic3d.datagen.synth.hair.groups import grow_sheet
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.hair.registry import HairStyleRegistry

FURTHER_FRINGES = HairStyleRegistry()


@FURTHER_FRINGES.register("none", "forehead", family="train2")
def grow_no_fringe(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow nothing over the forehead."""
    return []


@FURTHER_FRINGES.register("side_part", "swept_bangs", "short_bangs", family="train2")
def grow_side_part(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow short hair that is combed to both sides of a parting above one eye."""
    azimuth = np.linspace(-60, 60, 9)
    lean = np.where(azimuth > 20, 0.55, -0.95)
    tips = 0.040 - 0.024 * (np.abs(azimuth) / 60) ** 2
    over = np.linspace(-42, 10, 4)
    return [
        grow_sheet(params, rng, azimuth, tips, lean=lean, part_deg=22.0, lift_m=0.016, half_width_m=0.0185),
        grow_sheet(params, rng, over, 0.046 + 0.0003 * over, lean=-0.9, part_deg=22.0, lift_m=0.024, polar_deg=58.0),
    ]


@FURTHER_FRINGES.register("slicked", "hair_slicked_back", "forehead", family="train2")
def grow_slicked(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair that is combed flat over the crown."""
    groups = [
        comb_back(params, rng, np.linspace(-72, 72, 13), lift_m=0.008, fall_m=0.025, to_polar_deg=76.0, taper=2.0),
        comb_back(params, rng, np.linspace(-45, 45, 6), lift_m=0.012, fall_m=0.02, to_polar_deg=20.0, taper=2.0),
    ]
    return [hide_tips(group) for group in groups]


@FURTHER_FRINGES.register("quiff", "hair_slicked_back", "forehead", family="train2")
def grow_quiff(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair that rises over the forehead and falls back."""
    aside = float(rng.uniform(8.0, 20.0))
    groups = [
        comb_back(params, rng, np.linspace(-72, 72, 11), lift_m=0.010, fall_m=0.03, to_polar_deg=40.0),
        comb_roll(params, rng, np.linspace(-44, 44, 7), height_m=0.014, end_deg=6.0, sideways_deg=aside),
        comb_roll(
            params, rng, np.linspace(-48, 48, 9), height_m=0.026, end_deg=12.0, ahead_m=0.006, sideways_deg=aside,
        ),
        comb_roll(
            params, rng, np.linspace(-52, 52, 11), height_m=0.036, end_deg=16.0, ahead_m=0.010, sideways_deg=aside,
        ),
        comb_roll(
            params, rng, np.linspace(-38, 38, 7), height_m=0.046, end_deg=30.0, peak=0.34, ahead_m=0.006,
            sideways_deg=aside, half_width_m=0.017, taper=1.3,
        ),
    ]  # fmt: skip
    return [hide_tips(group) for group in groups]


@FURTHER_FRINGES.register("curtains_short", "curtained_hair", "parted_bangs", family="train2")
def grow_short_curtains(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a middle parting whose halves arch to the brows and the temples."""
    groups = []
    for side in (-1.0, 1.0):
        azimuth = side * np.array([12.0, 26.0, 40.0, 53.0, 66.0])
        tips = np.array([0.030, 0.014, 0.000, -0.010, -0.016])
        lean = side * np.array([0.95, 0.70, 0.45, 0.25, 0.1])
        groups.append(
            grow_sheet(
                params, rng, azimuth, tips, lean=lean, part_deg=3.0 * side, curl=-0.5, lift_m=0.022,
                half_width_m=0.0175, swirl=-0.14 * side, polar_deg=56.0,
            )
        )  # fmt: skip
    return groups


@FURTHER_FRINGES.register("bowl", "blunt_bangs", "bowl_cut", family="train2")
def grow_bowl_fringe(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a smooth fringe from temple to temple that is cut round above the eyes."""
    azimuth = np.linspace(-78, 78, 15)
    tips = 0.018 - 0.012 * (np.abs(azimuth) / 78) ** 2
    return [
        grow_sheet(
            params, rng, azimuth, tips, taper=8.0, curl=-0.7, lift_m=0.020, half_width_m=0.0175, thickness_m=0.010
        )
    ]


@FURTHER_FRINGES.register("micro", "short_bangs", "blunt_bangs", family="train2")
def grow_micro(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a very short, straight fringe high on the forehead."""
    azimuth = np.linspace(-58, 58, 11)
    tips = 0.044 - 0.022 * (np.abs(azimuth) / 58) ** 4
    return [grow_sheet(params, rng, azimuth, tips, taper=7.0, curl=-0.3, half_width_m=0.016)]


@FURTHER_FRINGES.register("crop", "short_bangs", family="train2")
def grow_crop(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a short textured fringe that is combed forward."""
    azimuth = np.linspace(-60, 60, 12)
    tips = 0.040 + rng.uniform(-0.006, 0.006, 12) - 0.030 * (np.abs(azimuth) / 60) ** 4
    lean = rng.uniform(-0.35, 0.35, 12)
    upper = np.linspace(-45, 45, 8)
    return [
        grow_sheet(params, rng, azimuth, tips, lean=lean, taper=1.8, half_width_m=0.0145, lift_m=0.011),
        grow_sheet(
            params, rng, upper, np.full(8, 0.058), lean=rng.uniform(-0.4, 0.4, 8), lift_m=0.017, polar_deg=50.0,
            half_width_m=0.013, taper=1.3, curl=0.3,
        ),
    ]  # fmt: skip


@FURTHER_FRINGES.register("tousled", "bangs", "messy_hair", family="train2")
def grow_tousled(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow uneven overlapping locks in all directions down to the eyes."""
    azimuth = np.linspace(-64, 64, 11) + rng.uniform(-4, 4, 11)
    tips = rng.uniform(-0.002, 0.026, 11) - 0.016 * (np.abs(azimuth) / 64) ** 2
    lean = rng.normal(0.15, 0.35, 11)
    over = np.linspace(-45, 45, 7) + rng.uniform(-5, 5, 7)
    return [
        grow_sheet(params, rng, azimuth, tips, lean=lean, taper=1.3, half_width_m=0.0165, lift_m=0.014),
        grow_sheet(
            params, rng, over, rng.uniform(0.016, 0.040, 7), lean=rng.normal(0.2, 0.5, 7), lift_m=0.024,
            polar_deg=58.0, half_width_m=0.013, taper=1.15, curl=0.15,
        ),
    ]  # fmt: skip


@FURTHER_FRINGES.register("permed", "bangs", "curly_hair", family="train2")
def grow_permed(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow fluffy curls over the forehead."""
    azimuth, over = np.linspace(-64, 64, 11), np.linspace(-50, 50, 9)
    return [
        grow_sheet(
            params, rng, azimuth, rng.uniform(0.010, 0.024, 11), lean=rng.uniform(-0.6, 0.6, 11), curl=-1.6,
            lift_m=0.020, taper=2.2, half_width_m=0.0165, thickness_m=0.012,
        ),
        grow_sheet(
            params, rng, over, rng.uniform(0.034, 0.046, 9), lean=rng.uniform(-0.8, 0.8, 9), curl=-2.0, lift_m=0.030,
            polar_deg=54.0, taper=2.2, half_width_m=0.0165, thickness_m=0.012,
        ),
    ]  # fmt: skip


@FURTHER_FRINGES.register("arched", "bangs", family="train2")
def grow_arched(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a fringe that is short in the middle and long at the temples, as an arch."""
    azimuth = np.linspace(-66, 66, 12)
    tips = 0.030 - 0.062 * (np.abs(azimuth) / 66) ** 1.8
    return [grow_sheet(params, rng, azimuth, tips, lean=0.10 * np.sign(azimuth), taper=3.0, half_width_m=0.0160)]


@FURTHER_FRINGES.register("long_center", "bangs", "hair_between_eyes", family="train2")
def grow_long_center(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow few broad locks that end in points: one down the nose, two beside the eyes."""
    azimuth = np.array([-62.0, -44.0, -24.0, -3.0, 22.0, 42.0, 62.0])
    tips = np.array([-0.046, -0.020, 0.010, -0.022, 0.012, -0.018, -0.044])
    lean = np.array([-0.05, -0.25, -0.35, 0.06, 0.30, 0.25, 0.05])
    return [grow_sheet(params, rng, azimuth, tips, lean=lean, taper=1.15, half_width_m=0.0225, lift_m=0.016)]


@FURTHER_FRINGES.register("pompadour", "pompadour", "forehead", family="heldout2")
def grow_pompadour(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a high roll over the forehead."""
    groups = [
        comb_back(params, rng, np.linspace(-72, 72, 11), lift_m=0.014, fall_m=0.03, to_polar_deg=45.0),
        comb_roll(params, rng, np.linspace(-46, 46, 8), height_m=0.018, end_deg=8.0, ahead_m=0.006),
        comb_roll(params, rng, np.linspace(-50, 50, 9), height_m=0.036, end_deg=14.0, ahead_m=0.016),
        comb_roll(params, rng, np.linspace(-50, 50, 9), height_m=0.052, end_deg=18.0, ahead_m=0.025),
        comb_roll(
            params, rng, np.linspace(-54, 54, 12), height_m=0.068, end_deg=24.0, peak=0.36, ahead_m=0.034,
            half_width_m=0.019, taper=4.0,
        ),
        comb_roll(params, rng, np.linspace(-36, 36, 7), height_m=0.060, end_deg=38.0, peak=0.4, ahead_m=0.026),
    ]  # fmt: skip
    return [hide_tips(group) for group in groups]


@FURTHER_FRINGES.register("crossed", "crossed_bangs", family="heldout2")
def grow_crossed(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two locks that cross between the eyes, and curved locks beside them."""
    azimuth = np.array([-62.0, -48.0, -34.0, 34.0, 48.0, 62.0])
    tips = np.array([-0.030, -0.006, 0.010, 0.010, -0.006, -0.030])
    cross = grow_sheet(
        params, rng, np.array([-14.0, 14.0]), np.array([-0.012, -0.008]), lean=np.array([0.42, -0.42]), taper=1.2,
        lift_m=0.020, half_width_m=0.0145,
    )  # fmt: skip
    return [grow_sheet(params, rng, azimuth, tips, lean=-0.3 * np.sign(azimuth), half_width_m=0.0185), cross]


@FURTHER_FRINGES.register("spiked_up", "spiked_hair", "forehead", family="heldout2")
def grow_spiked_up(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow spikes that rise from the hairline."""
    groups = []
    for spread, count, polar in ((66.0, 9, 58.0), (50.0, 7, 38.0)):
        azimuth = np.linspace(-spread, spread, count)
        side = float(rng.normal(0, 0.15))
        groups.append(
            comb_back(
                params, rng, azimuth, lift_m=0.020, fall_m=0.085, to_polar_deg=polar, behind=False, front_lift_m=0.006,
                aim=(side, 1.0, 0.25), curl=0.2, taper=1.05, half_width_m=0.021,
            )
        )  # fmt: skip
    return groups
