"""Backs of version 3 that are tied, braided or pinned up."""

from dataclasses import replace

import numpy as np

from panic3d.datagen.synth.hair.braids import grow_braid, grow_bun, grow_ringlet, grow_tuft
from panic3d.datagen.synth.hair.cuts.rows import hide_tips
from panic3d.datagen.synth.hair.gathered_backs import (
    HIGH,
    NAPE,
    add_mirrored,
    comb_all,
    comb_left_half,
    hang_from_tie,
    make_ties,
)
from panic3d.datagen.synth.hair.groups import grow_curtain, grow_layer
from panic3d.datagen.synth.hair.growth import shape_free_locks
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.hair.params import HairParams, choose_texture_columns
from panic3d.datagen.synth.hair.registry import HairStyleRegistry
from panic3d.datagen.synth.hair.tails import comb_to_tie, grow_tail
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.vectors import normalize

TIED_BACKS = HairStyleRegistry()
TOP = (180.0, 26.0)
MIDDLE = (180.0, 92.0)


@TIED_BACKS.register(
    "short_low_tail", "low_ponytail", "short_ponytail", family="train2", ties=make_ties(NAPE, 0.012), pulled_back=True
)
def grow_short_low_tail(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a short, thin tail at the nape."""
    tail = grow_tail(
        params, rng, direction_from_angles(*NAPE), (0.0, -0.5, -0.8), 0.13 * params.length, 0.022, count=9, taper=1.3
    )
    return [comb_all(params, rng, NAPE), tail]


@TIED_BACKS.register(
    "long_low_tail", "low_ponytail", "very_long_hair", family="train2", ties=make_ties(NAPE, 0.014), pulled_back=True
)
def grow_long_low_tail(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a long tail from the nape down the back."""
    tail = grow_tail(
        params, rng, direction_from_angles(*NAPE), (0.0, -0.4, -1.0), 0.40 * params.length, 0.032, count=14, drop=0.25
    )
    return [comb_all(params, rng, NAPE), tail]


@TIED_BACKS.register(
    "man_bun", "hair_bun", "topknot", family="train2", pulled_back=True, high=True, ties=make_ties(TOP, 0.012),
    fringes=("slicked", "curtains_short"), sides=("neat", "tucked", "none"),
)  # fmt: skip
def grow_man_bun(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair that is combed from all sides to a small bun behind the crown."""
    place = (180.0, 40.0)
    direction = direction_from_angles(*place)[0]
    around = comb_to_tie(params, rng, direction[None], 0.0, 345.0, count=24, lift_m=0.010)
    return [around, grow_bun(params, rng, place_above_cranium(direction, 0.026), direction, 0.028)]


@TIED_BACKS.register(
    "top_knot", "chonmage", "topknot", "ponytail", family="heldout2", ties=make_ties(TOP, 0.012), pulled_back=True,
    high=True, fringes=("slicked",), sides=("none", "sideburns"),
)  # fmt: skip
def grow_top_knot(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a samurai's tail that rises from the top of the head."""
    around = comb_to_tie(params, rng, direction_from_angles(*TOP), 0.0, 345.0, count=24, lift_m=0.010)
    tail = grow_tail(
        params, rng, direction_from_angles(*TOP), (0.0, 1.0, -0.25), 0.24 * params.length, 0.030, count=13, drop=0.75,
        taper=1.2,
    )  # fmt: skip
    return [around, tail]


@TIED_BACKS.register("low_bun", "hair_bun", "low_bun", family="train2", pulled_back=True)
def grow_low_bun(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a round bun at the nape."""
    place = (180.0, 112.0)
    direction = direction_from_angles(*place)[0]
    return [
        comb_all(params, rng, place),
        grow_bun(params, rng, place_above_cranium(direction, 0.026), direction, 0.036),
    ]


@TIED_BACKS.register(
    "odango_tails", "double_bun", "twintails", "very_long_hair", family="train2", pulled_back=True, high=True
)
def grow_odango_tails(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a round bun on each side from whose middle a long tail falls."""
    place = (108.0, 44.0)
    direction = direction_from_angles(*place)[0]
    centre = place_above_cranium(direction, 0.028)
    ball = grow_bun(params, rng, centre, direction + np.array([0.3, 0.0, 0.0]), 0.034)
    tail = grow_tail(
        params, rng, direction[None], (1.0, 0.75, -0.2), 0.46 * params.length, 0.021, count=10, drop=0.42, taper=1.9
    )
    start = centre + np.array([0.020, 0.0, -0.004])
    return add_mirrored(
        [
            comb_left_half(params, rng, place),
            ball,
            replace(tail, path=tail.path + start - tail.path[:, :1].mean(axis=0)),
        ]
    )


@TIED_BACKS.register("side_braid", "side_braid", "single_braid", "braid", family="train2", pulled_back=True)
def grow_side_braid(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow one braid that falls over one shoulder to the chest."""
    place = (122.0, 118.0)
    rope = hang_from_tie(grow_braid(params, rng, 0.25 * params.length, 0.023, (0.6, -0.6, 0.75)), place, 0.010)
    end = rope.path[:, -1].mean(axis=0)
    return [comb_all(params, rng, place), rope, grow_tuft(params, rng, end, 0.06, 0.021)]


@TIED_BACKS.register("twin_drills", "twin_drills", "drill_hair", family="train2", pulled_back=True, high=True)
def grow_twin_drills(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two small ringlets behind the ears."""
    place = (118.0, 80.0)
    return add_mirrored(
        [
            comb_left_half(params, rng, place),
            hang_from_tie(grow_ringlet(params, rng, 0.16 * params.length, 0.027, (0.8, -0.2, -0.1)), place),
        ]
    )


@TIED_BACKS.register(
    "folded_tail", "folded_ponytail", "updo", family="train2", ties=make_ties(MIDDLE, 0.014), pulled_back=True
)
def grow_folded_tail(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a tail that is folded up and pinned, with tips that fan out over the crown."""
    up = grow_tail(
        params, rng, direction_from_angles(*MIDDLE), (0.0, 1.0, -0.5), 0.15 * params.length, 0.030, count=12, drop=4.0,
        taper=1.2,
    )  # fmt: skip
    return [comb_all(params, rng, MIDDLE), up]


@TIED_BACKS.register(
    "low_twin_loose", "low_twintails", "medium_hair", family="train2",
    ties=make_ties((118.0, 112.0), 0.012, both=True), pulled_back=True,
)  # fmt: skip
def grow_low_twin_loose(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two full wavy tails that lie before the shoulders."""
    place = (118.0, 112.0)
    tail = grow_tail(
        params, rng, direction_from_angles(*place), (0.7, -0.6, 0.55), 0.25 * params.length, 0.036, drop=0.3,
        wave_m=0.010, waves=1.8,
    )  # fmt: skip
    return add_mirrored([comb_left_half(params, rng, place), tail])


@TIED_BACKS.register("crown_braid", "crown_braid", "braid", family="heldout2", high=True)
def grow_crown_braid(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow loose hair to the shoulders with a braid around the head."""
    rope = grow_braid(params, rng, 0.66, 0.016)
    turn = -rope.path[..., 1] / 0.66 * 2 * np.pi
    polar = 55.0 + 12.0 * (1 - np.cos(turn)) / 2
    out = np.stack(
        [np.sin(np.radians(polar)) * np.sin(turn), np.cos(np.radians(polar)), np.sin(np.radians(polar)) * np.cos(turn)],
        axis=-1,
    )
    aside = np.stack([np.zeros_like(turn), np.ones_like(turn), np.zeros_like(turn)], axis=-1)
    wound = place_above_cranium(out, 0.022 + 0.6 * params.volume_m + rope.path[..., 2]) + aside * rope.path[..., :1]
    braid = hide_tips(replace(rope, path=wound, outward=out))
    return [*grow_curtain(params, rng, 0.15, taper=1.8, curl=-0.5), braid]


@TIED_BACKS.register(
    "bubble_tail", "ponytail", "long_hair", family="heldout2", ties=make_ties((180.0, 56.0), 0.014), pulled_back=True,
    high=True,
)  # fmt: skip
def grow_bubble_tail(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a tail that bands divide into a chain of balls."""
    place = (180.0, 56.0)
    tail = grow_tail(
        params, rng, direction_from_angles(*place), (0.0, 0.3, -1.0), 0.36 * params.length, 0.040, count=15, drop=0.4
    )
    middle = tail.path.mean(axis=0, keepdims=True)
    bulge = 0.30 + 0.85 * np.abs(np.sin(np.linspace(0.0, 4 * np.pi, tail.path.shape[1])))
    return [comb_all(params, rng, place), replace(tail, path=middle + (tail.path - middle) * bulge[None, :, None])]


@TIED_BACKS.register("hair_rings", "hair_rings", "long_hair", family="heldout2", pulled_back=True, high=True)
def grow_hair_rings(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two large loops that hang from high ties and return to them."""
    count, steps = 6, 30
    centre = place_above_cranium(direction_from_angles(*HIGH)[0], 0.012)
    turn = np.linspace(0, 2 * np.pi, steps)
    length, width = 0.10 * params.length, 0.055
    line = np.stack(
        [0.075 * np.sin(turn / 2), 0.03 * np.sin(turn / 2) - length * (1 - np.cos(turn)), -width * np.sin(turn)], axis=1
    )
    angle = np.arange(count) * 2 * np.pi / count
    along = normalize(np.gradient(line, axis=0))
    side = np.array([1.0, 0.0, 0.0])
    other = np.cross(along, side)
    ring = 0.012 * (np.cos(angle)[:, None, None] * side + np.sin(angle)[:, None, None] * other[None])
    path = centre + line[None] + ring
    loop = shape_free_locks(
        path,
        np.broadcast_to(centre + line, path.shape),
        half_width_m=0.012,
        thickness_m=0.009,
        root_width=0.8,
        taper=9.0,
        column=choose_texture_columns(rng, count, params),
    )
    fall = grow_layer(params, rng, 13, 0.20, edge_deg=92.0, lift_m=0.012, taper=1.6)
    return [fall, *add_mirrored([comb_left_half(params, rng, HIGH), loop])]
