"""Side locks of version 3: none, cut short, very long, tied, and forms that stand off the head."""

from dataclasses import replace

import numpy as np

from panic3d.datagen.synth.hair.cuts.rows import grow_band, grow_lying_rows
from panic3d.datagen.synth.hair.groups import grow_pair
from panic3d.datagen.synth.hair.growth import grow_locks, shape_free_locks
from panic3d.datagen.synth.hair.locks import UNDER, HairLocks
from panic3d.datagen.synth.hair.params import HairParams, choose_texture_columns
from panic3d.datagen.synth.hair.registry import HairStyleRegistry
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium

FURTHER_SIDES = HairStyleRegistry()


@FURTHER_SIDES.register("none", family="train2")
def grow_no_sides(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow nothing before the ears."""
    return []


@FURTHER_SIDES.register("neat", family="train2")
def grow_neat(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow short hair above the ears, combed back, with small sideburns."""
    lying = grow_pair(
        params, rng, [62.0, 74.0, 88.0, 100.0], [0.016, 0.016, 0.015, 0.018], polar_deg=70.0, aim=(0.0, -0.8, -0.6),
        lift_m=0.008, half_width_m=0.018,
    )  # fmt: skip
    return lying + grow_pair(params, rng, [72.0], [0.026], polar_deg=84.0, half_width_m=0.010, lift_m=0.005, taper=2.0)


@FURTHER_SIDES.register("feathered", "flipped_hair", family="train2")
def grow_feathered(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow layers that sweep from the face over the ears to the back."""
    upper = grow_pair(
        params, rng, [58.0, 70.0, 84.0], [0.060, 0.075, 0.07], polar_deg=70.0, aim=(0.25, -0.6, -0.9), curl=0.6,
        lift_m=0.018, taper=1.2,
    )  # fmt: skip
    return upper + grow_pair(params, rng, [64.0, 78.0], [0.080, 0.085], aim=(0.15, -1.0, -0.4), curl=0.4, taper=1.2)


@FURTHER_SIDES.register("jaw", "sidelocks", family="train2")
def grow_jaw(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow broad locks that hide the ears and point forward at the jaw."""
    return grow_pair(
        params, rng, [60.0, 74.0, 90.0, 104.0], [0.135, 0.140, 0.135, 0.13], aim=(0.0, -1.0, 0.16), curl=-0.5,
        half_width_m=0.019, lift_m=0.016, taper=1.4,
    )  # fmt: skip


@FURTHER_SIDES.register("waist", "sidelocks", "long_hair", family="train2")
def grow_waist(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow straight locks that fall before the shoulders to the waist."""
    long = grow_pair(
        params, rng, [62.0, 72.0, 84.0], [0.33, 0.38, 0.34], aim=(0.04, -1.0, 0.06), half_width_m=0.017, taper=2.2
    )
    return long + grow_pair(params, rng, [94.0], [0.12])


@FURTHER_SIDES.register("thin", "sidelocks", family="train2")
def grow_thin(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two thin long strands and cheek-length hair behind them."""
    strands = grow_pair(params, rng, [58.0, 68.0], [0.21, 0.16], half_width_m=0.0065, curl=0.3, taper=1.3)
    return strands + grow_pair(params, rng, [78.0, 92.0], [0.08, 0.09])


@FURTHER_SIDES.register("puffed", "sidelocks", "big_hair", family="train2")
def grow_puffed(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow round full locks that bulge at the cheeks and turn in below them."""
    return grow_pair(
        params, rng, [62.0, 76.0, 92.0], [0.12, 0.13, 0.125], aim=(0.35, -1.0, 0.05), curl=-1.7, lift_m=0.026,
        half_width_m=0.019, taper=2.4,
    )  # fmt: skip


@FURTHER_SIDES.register("cat_ear_hair", "cat_hair_ornament", "animal_ear_hairstyle", family="train2")
def grow_cat_ear_hair(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow short side locks and, above them, hair that is shaped into two pointed ears."""
    groups = grow_pair(params, rng, [64.0, 78.0, 92.0], [0.09, 0.105, 0.09])
    steps = 14
    s = np.linspace(0, 1, steps)
    foot = place_above_cranium(direction_from_angles(66.0, 33.0), -0.004 + 0.6 * params.volume_m)
    rise = np.array([0.42, 1.0, 0.06])
    bow = 0.012 * np.sin(np.pi * s)[:, None] * np.array([1.0, -0.2, 0.0])
    line = foot + 0.105 * params.length * s[:, None] * rise + bow
    # the front and the back of a broad cone, and a darker lock in its front
    path = np.stack([line, line, foot + (line - foot) * 0.80 + np.array([0.0, 0.0, 0.012])])
    ears = shape_free_locks(
        path,
        path - np.array([[[0.25, 0.0, 1.0]], [[-0.25, 0.0, -1.0]], [[0.25, 0.0, 1.0]]]),
        half_width_m=np.array([0.036, 0.036, 0.021]),
        thickness_m=np.array([0.021, 0.014, 0.010]),
        root_width=1.0,
        taper=np.array([0.9, 0.9, 0.8]),
        column=np.array([*choose_texture_columns(rng, 2, params), UNDER]),
        v_root=0.25,
    )
    return [*groups, ears, ears.mirror()]


@FURTHER_SIDES.register("hime_long", "hime_cut", "sidelocks", family="heldout2")
def grow_hime_long(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two steps that are cut straight: at the cheek and at the chest."""
    upper = grow_pair(
        params, rng, [60.0, 70.0, 80.0], [0.088, 0.090, 0.092], taper=9.0, half_width_m=0.014, lift_m=0.017
    )
    return upper + grow_pair(
        params, rng, [64.0, 74.0, 84.0, 94.0], [0.23, 0.232, 0.234, 0.236], taper=9.0, half_width_m=0.013
    )


@FURTHER_SIDES.register("tied", "low-tied_sidelocks", "sidelocks", family="heldout2")
def grow_tied(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a long lock on each side that a band holds together at the height of the chin."""
    groups = grow_pair(params, rng, [78.0, 92.0], [0.07, 0.08])
    foot = np.array([0.098 + 0.5 * params.volume_m, 0.02, 0.034])
    base = grow_locks(
        direction_from_angles(np.array([60.0, 72.0, 66.0]), 20.0),
        direction_from_angles(np.array([60.0, 72.0, 66.0]), 82.0),
        lift_m=np.array([0.012, 0.012, 0.017]) + 0.6 * params.volume_m,
        fall_m=0.24 * params.length,
        half_width_m=0.014,
        thickness_m=0.010,
        taper=1.8,
        root_lift_m=0.012 + 0.7 * params.volume_m,
        column=choose_texture_columns(rng, 3, params),
    )
    waist_y = -0.105
    near = np.exp(-(((base.path[..., 1] - waist_y) / 0.05) ** 2))[..., None]
    # all three meet at the band and hang below it
    centre = np.array([foot[0], 0.0, foot[2] + 0.02]) * [1, 0, 1] + base.path * [0, 1, 0]
    below = (base.path[..., 1] < waist_y)[..., None] * 0.35
    path = base.path + (centre - base.path) * np.maximum(0.75 * near, below)
    knot = replace(base, path=path)
    band = grow_band(np.array([foot[0], waist_y, foot[2] + 0.02]), 0.0145, 0.010)
    return [*groups, knot, knot.mirror(), band, band.mirror()]


@FURTHER_SIDES.register("sideburns", family="heldout2")
def grow_sideburns(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long sideburns and ragged hair before the ears."""
    burns = grow_pair(
        params, rng, [68.0, 77.0], [0.115, 0.122], half_width_m=0.012, lift_m=0.008, taper=3.5, aim=(0.0, -1.0, 0.1)
    )
    rows = ((66.0, 12, 0.026),)
    return burns + grow_lying_rows(params, rng, rows, edge_deg=62.0, stand=0.25, taper=1.1)
