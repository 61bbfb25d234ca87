"""The back of the hair: styles that are tied, braided or pinned up."""

from dataclasses import replace

import numpy as np

from panic3d.datagen.synth.hair.braids import grow_braid, grow_bun, grow_ringlet, grow_tuft
from panic3d.datagen.synth.hair.groups import grow_layer
from panic3d.datagen.synth.hair.locks import UNDER, HairLocks
from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.hair.registry import HairStyleRegistry, HairTie
from panic3d.datagen.synth.hair.tails import TIE_LIFT_M, Vector, comb_to_tie, grow_tail
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium

GATHERED_BACKS = HairStyleRegistry()
HIGH, LOW, POLE, CROWN, NAPE = (112.0, 58.0), (140.0, 116.0), (180.0, 62.0), (180.0, 44.0), (180.0, 124.0)
"""Places of ties on the character's left or in the middle: azimuth and polar angle in degrees."""


def make_ties(place: tuple[float, float], radius_m: float, both: bool = False) -> tuple[HairTie, ...]:
    """Make the tie at a place, or two ties on both sides."""
    azimuth, polar = place
    return ((azimuth, polar, radius_m), (-azimuth, polar, radius_m)) if both else ((azimuth, polar, radius_m),)


def add_mirrored(groups: list[HairLocks]) -> list[HairLocks]:
    """Return the groups and their mirror images."""
    return groups + [group.mirror() for group in groups]


def comb_left_half(params: HairParams, rng: np.random.Generator, place: tuple[float, float]) -> HairLocks:
    """Comb the left half of the scalp to a tie."""
    return comb_to_tie(params, rng, direction_from_angles(*place), 66.0, 180.0, count=12, seam=12)


def comb_all(params: HairParams, rng: np.random.Generator, place: tuple[float, float]) -> HairLocks:
    """Comb the whole scalp except the fringe to a tie."""
    return comb_to_tie(params, rng, direction_from_angles(*place), 62.0, 298.0, count=22, lift_m=0.012)


def hang_from_tie(strands: HairLocks, place: tuple[float, float], lift_m: float = TIE_LIFT_M) -> HairLocks:
    """Move locks that begin at the origin to a tie."""
    return replace(strands, path=strands.path + place_above_cranium(direction_from_angles(*place)[0], lift_m))


@GATHERED_BACKS.register(
    "twin_tails", "long_hair", "twintails", ties=make_ties(HIGH, 0.014, both=True), pulled_back=True, high=True
)
def grow_twin_tails(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two high tails."""
    falling = grow_tail(params, rng, direction_from_angles(*HIGH), (0.85, 0.25, -0.35), 0.36 * params.length, 0.040)
    return add_mirrored([comb_left_half(params, rng, HIGH), falling])


@GATHERED_BACKS.register(
    "short_twin_tails",
    "twintails",
    "short_twintails",
    ties=make_ties((108.0, 72.0), 0.012, both=True),
    pulled_back=True,
)
def grow_short_twin_tails(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two short tails that flick outwards."""
    place = (108.0, 72.0)
    falling = grow_tail(
        params,
        rng,
        direction_from_angles(*place),
        (0.95, 0.2, -0.2),
        0.16 * params.length,
        0.036,
        curl_out=0.9,
        drop=0.8,
        taper=1.3,
    )
    return add_mirrored([comb_left_half(params, rng, place), falling])


@GATHERED_BACKS.register(
    "low_twin_tails", "low_twintails", "twintails", ties=make_ties(LOW, 0.012, both=True), pulled_back=True
)
def grow_low_twin_tails(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two tails from the nape over the shoulders."""
    falling = grow_tail(
        params, rng, direction_from_angles(*LOW), (0.8, -0.6, 0.25), 0.27 * params.length, 0.030, drop=0.3
    )
    return add_mirrored([comb_left_half(params, rng, LOW), falling])


@GATHERED_BACKS.register("pony_tail", "ponytail", "long_hair", ties=make_ties(POLE, 0.015), pulled_back=True)
def grow_pony_tail(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow one tail behind the head."""
    falling = grow_tail(
        params, rng, direction_from_angles(*POLE), (0.0, 0.2, -1.0), 0.34 * params.length, 0.044, count=16
    )
    return [comb_all(params, rng, POLE), falling]


@GATHERED_BACKS.register(
    "high_pony_tail", "high_ponytail", "ponytail", ties=make_ties(CROWN, 0.016), pulled_back=True, high=True
)
def grow_high_pony_tail(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a tail that starts at the crown."""
    falling = grow_tail(
        params,
        rng,
        direction_from_angles(*CROWN),
        (0.0, 0.95, -0.6),
        0.40 * params.length,
        0.048,
        count=17,
        curl_out=0.3,
        wave_m=0.008,
    )
    return [comb_all(params, rng, CROWN), falling]


@GATHERED_BACKS.register("side_pony_tail", "side_ponytail", ties=make_ties((125.0, 76.0), 0.014), pulled_back=True)
def grow_side_pony_tail(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow one tail on one side."""
    place = (125.0, 76.0)
    return [
        comb_all(params, rng, place),
        grow_tail(params, rng, direction_from_angles(*place), (0.9, 0.0, -0.2), 0.28 * params.length, 0.040),
    ]


@GATHERED_BACKS.register("double_bun", "double_bun", "hair_bun", pulled_back=True, high=True)
def grow_double_bun(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a bun on each side of the crown."""
    place, radius = (112.0, 42.0), 0.036
    direction = direction_from_angles(*place)[0]
    ball = grow_bun(params, rng, place_above_cranium(direction, 0.030), direction + np.array([0.3, 0.0, 0.0]), radius)
    return add_mirrored([comb_left_half(params, rng, place), ball])


@GATHERED_BACKS.register("single_bun", "single_hair_bun", "hair_bun", "updo", pulled_back=True, high=True)
def grow_single_bun(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a bun behind the head."""
    direction = direction_from_angles(*POLE)[0]
    return [
        comb_all(params, rng, POLE),
        grow_bun(params, rng, place_above_cranium(direction, 0.034), direction, 0.042),
    ]


@GATHERED_BACKS.register("twin_braids", "twin_braids", "braid", ties=make_ties(LOW, 0.012, both=True), pulled_back=True)
def grow_twin_braids(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two braids in front of the shoulders."""
    length = 0.22 * params.length
    hair = hang_from_tie(grow_braid(params, rng, length, 0.018, (0.75, -0.5, 0.3)), LOW)
    end = hair.path[:, -1].mean(axis=0)
    return add_mirrored([comb_left_half(params, rng, LOW), hair, grow_tuft(params, rng, end, 0.05, 0.018)])


@GATHERED_BACKS.register("single_braid", "single_braid", "braid", ties=make_ties(NAPE, 0.015), pulled_back=True)
def grow_single_braid(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow one thick braid down the back."""
    heading: Vector = (0.0, -0.5, -0.8)
    hair = hang_from_tie(grow_braid(params, rng, 0.25 * params.length, 0.026, heading, facing=(0.0, 0.0, -1.0)), NAPE)
    return [comb_all(params, rng, NAPE), hair, grow_tuft(params, rng, hair.path[:, -1].mean(axis=0), 0.06, 0.024)]


@GATHERED_BACKS.register("half_up", "half_updo", "long_hair", ties=make_ties(POLE, 0.012))
def grow_half_up(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair whose upper half is tied behind the head while the lower half falls."""
    upper = comb_to_tie(params, rng, direction_from_angles(*POLE), 70.0, 110.0, count=6, lift_m=0.016)
    top = comb_to_tie(params, rng, direction_from_angles(*POLE), 70.0, 290.0, count=2, seam=9, lift_m=0.017)
    knot = grow_tail(
        params, rng, direction_from_angles(*POLE), (0.0, 0.0, -1.0), 0.20 * params.length, 0.026, count=9, drop=0.25
    )
    fall = 0.30
    below = grow_layer(params, rng, 11, fall, lift_m=0.005, half_width_m=0.030, column=UNDER)
    main = grow_layer(params, rng, 14, fall, taper=2.0, centre_longer_m=0.02)
    return [below, main, upper, upper.mirror(), top, knot]


@GATHERED_BACKS.register(
    "drills",
    "drill_hair",
    "twin_drills",
    family="heldout",
    ties=make_ties(HIGH, 0.016, both=True),
    pulled_back=True,
    high=True,
)
def grow_drills(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow two large ringlets."""
    return add_mirrored(
        [
            comb_left_half(params, rng, HIGH),
            hang_from_tie(grow_ringlet(params, rng, 0.30 * params.length, 0.042, (0.9, 0.1, -0.2)), HIGH),
        ]
    )


@GATHERED_BACKS.register("braided_bun", "braided_bun", "hair_bun", family="heldout", pulled_back=True)
def grow_braided_bun(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a low bun with a braid wound around it."""
    place = (180.0, 98.0)
    direction = direction_from_angles(*place)[0]
    centre = place_above_cranium(direction, 0.028)
    rope = grow_braid(params, rng, 0.30, 0.017)
    # wind the straight braid around the knot: its height becomes the angle
    turn = -rope.path[..., 1] / 0.30 * 2 * np.pi
    radius = 0.044 + rope.path[..., 0]
    wound = np.stack([radius * np.sin(turn), radius * np.cos(turn), -0.010 - rope.path[..., 2]], axis=-1) + centre
    outward = np.stack([np.sin(turn), np.cos(turn), np.full_like(turn, -0.8)], axis=-1)
    return [
        comb_all(params, rng, place),
        grow_bun(params, rng, centre, direction, 0.038),
        replace(rope, path=wound, outward=outward),
    ]


@GATHERED_BACKS.register(
    "two_side_up", "two_side_up", family="heldout", ties=make_ties((100.0, 40.0), 0.012, both=True), high=True
)
def grow_two_side_up(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow loose hair to the chest with two small tails high on the head."""
    place = (100.0, 40.0)
    small = grow_tail(
        params, rng, direction_from_angles(*place), (0.8, 0.75, -0.1), 0.20 * params.length, 0.022, count=8, drop=0.7
    )
    below = grow_layer(params, rng, 11, 0.26, lift_m=0.005, half_width_m=0.030, column=UNDER)
    main = grow_layer(params, rng, 15, 0.27, taper=1.2, curl=1.1, ragged=0.16, spread=0.2, lift_m=0.02)
    return [below, main, *add_mirrored([small])]
