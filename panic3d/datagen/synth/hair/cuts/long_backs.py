"""Backs of version 3 that fall loosely below the shoulders or between two lengths."""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.braids import grow_bun
from panic3d.datagen.synth.hair.cuts.rows import comb_back, grow_band, grow_lying_rows
from panic3d.datagen.synth.hair.gathered_backs import add_mirrored
from panic3d.datagen.synth.hair.groups import grow_curtain, grow_layer, grow_spikes
from panic3d.datagen.synth.hair.locks import UNDER, HairLocks
from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.hair.registry import HairStyleRegistry
from panic3d.datagen.synth.hair.tails import grow_tail
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium

LONG_BACKS = HairStyleRegistry()


@LONG_BACKS.register(
    "mullet", "mullet", "medium_hair", family="train2",
    fringes=("tousled", "crop", "straight", "spiky", "short_choppy"), sides=("short", "neat", "pointed", "sideburns"),
)  # fmt: skip
def grow_mullet(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a short crown and a long, thin nape."""
    crown = grow_lying_rows(
        params, rng, ((42.0, 10, 0.045), (66.0, 12, 0.045), (88.0, 12, 0.040)), stand=0.25, lift_m=0.012, taper=1.2
    )
    nape: dict[str, Any] = {"edge_deg": 112.0, "half_width_m": 0.017, "ragged": 0.14, "polar_deg": 112.0}
    return [
        *crown,
        grow_layer(params, rng, 10, 0.13, lift_m=0.006, curl=0.5, taper=1.3, **nape),
        grow_layer(params, rng, 8, 0.115, lift_m=0.013, curl=0.8, taper=1.2, **nape),
    ]


@LONG_BACKS.register("wolf_long", "wolf_cut", "long_hair", "messy_hair", family="train2")
def grow_wolf_long(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow three ragged layers, of which the upper two flick out and the lowest is long."""
    long = grow_layer(params, rng, 17, 0.30, lift_m=0.010, half_width_m=0.023, taper=1.3, ragged=0.16, curl=0.2)
    middle = grow_layer(params, rng, 11, 0.15, lift_m=0.021, half_width_m=0.019, taper=1.2, ragged=0.16, curl=1.0)
    return [long, middle, *grow_spikes(params, rng, ((72.0, 10, 0.075),), down=0.8, curl=0.8)]


@LONG_BACKS.register("long_layered", "long_hair", family="train2")
def grow_long_layered(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long hair in steps from the chin to the chest."""
    return [
        grow_layer(params, rng, 11, 0.29, lift_m=0.006, half_width_m=0.029, column=UNDER),
        grow_layer(params, rng, 14, 0.31, lift_m=0.014, taper=1.7, spread=0.1, curl=-0.5),
        grow_layer(params, rng, 11, 0.21, lift_m=0.022, taper=1.5, spread=0.14, curl=-0.7, half_width_m=0.020),
        grow_layer(params, rng, 9, 0.12, lift_m=0.029, taper=1.4, spread=0.16, curl=-0.7, half_width_m=0.018),
    ]


@LONG_BACKS.register("lob", "medium_hair", "straight_hair", family="train2")
def grow_lob(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow straight hair that is cut at the collar bone."""
    return grow_curtain(params, rng, 0.185, taper=5.0, ragged=0.03, curl=-0.5, spread=0.06, lift_m=0.018)


@LONG_BACKS.register("hime_tiers", "hime_cut", "very_long_hair", "straight_hair", family="train2")
def grow_hime_tiers(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two straight edges behind each other: at the jaw, and below the waist."""
    upper = grow_layer(
        params, rng, 15, 0.115, taper=9.0, ragged=0.015, lift_m=0.026, curl=-0.2, half_width_m=0.021, spread=0.06
    )
    return [*grow_curtain(params, rng, 0.42, taper=9.0, ragged=0.012, spread=0.03, curl=0.0, details=5), upper]


@LONG_BACKS.register("curly_long", "long_hair", "curly_hair", family="train2")
def grow_curly_long(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a full mane of curls."""
    shape: dict[str, Any] = {"wave_m": 0.017, "waves": 3.4, "spread": 0.34, "taper": 2.6, "ragged": 0.14, "curl": -0.8}
    return [
        grow_layer(params, rng, 13, 0.26, lift_m=0.010, half_width_m=0.024, column=UNDER, **shape),
        grow_layer(params, rng, 17, 0.28, lift_m=0.022, half_width_m=0.020, **shape),
        grow_layer(params, rng, 13, 0.20, lift_m=0.033, half_width_m=0.019, **shape),
    ]


@LONG_BACKS.register(
    "slicked_long",
    "hair_slicked_back",
    "long_hair",
    family="train2",
    fringes=("slicked", "quiff"),
    sides=("none", "tucked"),
)
def grow_slicked_long(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair that is combed over the crown and behind the ears, and falls to the shoulder blades."""
    over = comb_back(
        params, rng, np.linspace(-70, 70, 12), lift_m=0.020, fall_m=0.16, to_polar_deg=82.0, aim=(0.0, -1.0, -0.12)
    )
    return [grow_layer(params, rng, 15, 0.22, edge_deg=98.0, lift_m=0.009, taper=1.8, spread=0.02), over]


@LONG_BACKS.register("over_shoulders", "long_hair", "hair_over_shoulder", family="train2")
def grow_over_shoulders(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long hair that is parted behind and falls over both shoulders to the chest."""
    groups = grow_curtain(params, rng, 0.30, curl=-0.2, taper=1.9, spread=0.05)
    return [_draw_forward(group, np.sign(group.path[:, 9, 0])) for group in groups]


@LONG_BACKS.register("over_one_shoulder", "long_hair", "hair_over_shoulder", family="train2")
def grow_over_one_shoulder(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long hair that falls over one shoulder to the chest."""
    groups = grow_curtain(params, rng, 0.31, curl=-0.2, taper=1.8, spread=0.02)
    return [_draw_forward(group, np.ones(len(group.path))) for group in groups]


def _draw_forward(locks: HairLocks, side: Float[np.ndarray, " N"]) -> HairLocks:
    """Lead falling hair around the neck and over the shoulder on the given side (1: the character's left)."""
    path = locks.path
    y = path[..., 1]
    share = smoothstep(-0.02, -0.17, y)
    spread = np.linspace(-0.020, 0.020, len(path))[:, None]
    goal_x = side[:, None] * (0.062 + np.abs(spread)) + 0.25 * spread
    goal_z = 0.050 + 0.6 * spread + 0.02 * share
    # the way leads around the back of the neck, where angles are half a turn
    full = 2 * np.pi
    angle = side[:, None] * ((side[:, None] * np.arctan2(path[..., 0], path[..., 2])) % full)
    turned = angle + (np.arctan2(goal_x, goal_z) - angle) * share
    reach = np.hypot(path[..., 0], path[..., 2])
    reach = reach + (np.hypot(goal_x, goal_z) - reach) * share
    radial = np.stack([np.sin(turned), 0 * y, np.cos(turned)], axis=-1)
    outward = locks.outward + (radial - locks.outward) * share[..., None]
    return replace(locks, path=radial * reach[..., None] + path * np.array([0.0, 1.0, 0.0]), outward=outward)


@LONG_BACKS.register("tied_ends", "low-tied_long_hair", "very_long_hair", family="train2")
def grow_tied_ends(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow very long hair that a band holds together between the shoulder blades."""
    groups = grow_curtain(params, rng, 0.40, curl=0.0, taper=1.8, spread=0.0)
    tie_y = -0.20
    tied = []
    for group in groups:
        y = group.path[..., 1]
        share = np.where(y > tie_y, smoothstep(0.0, tie_y, y), 1 - 0.45 * smoothstep(tie_y, tie_y - 0.12, y))
        x = group.path[..., 0] * (1 - 0.80 * share)
        z = group.path[..., 2] + (-0.098 + 0.2 * (group.path[..., 2] + 0.098) - group.path[..., 2]) * share
        tied.append(replace(group, path=np.stack([x, y, z], axis=-1)))
    return [*tied, grow_band(np.array([0.0, tie_y, -0.100]), 0.030, 0.011)]


@LONG_BACKS.register("half_up_buns", "hair_bun", "double_bun", "long_hair", family="train2", high=True)
def grow_half_up_buns(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long loose hair with two small buns high on the head."""
    direction = direction_from_angles(98.0, 38.0)[0]
    ball = grow_bun(params, rng, place_above_cranium(direction, 0.034), direction + np.array([0.2, 0.1, 0.0]), 0.028)
    return [*grow_curtain(params, rng, 0.28, taper=1.9, spread=0.08), *add_mirrored([ball])]


@LONG_BACKS.register(
    "one_side_up", "one_side_up", "long_hair", family="heldout2", ties=((104.0, 46.0, 0.012),), high=True
)
def grow_one_side_up(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long loose hair with one small tail on one side."""
    place = (104.0, 46.0)
    small = grow_tail(
        params, rng, direction_from_angles(*place), (0.9, 0.5, -0.1), 0.24 * params.length, 0.026, count=9, drop=0.6
    )
    return [*grow_curtain(params, rng, 0.27, taper=1.6, spread=0.12, ragged=0.14, curl=0.4), small]
