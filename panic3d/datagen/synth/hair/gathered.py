"""The back of the hair: styles that are tied, braided or pinned up."""

import numpy as np

from panic3d.datagen.synth.hair.backs import BACKS, layer
from panic3d.datagen.synth.hair.growth import direction, on_cranium
from panic3d.datagen.synth.hair.locks import UNDER, Strands
from panic3d.datagen.synth.hair.look import HairLook, Tie
from panic3d.datagen.synth.hair.tails import TIE_LIFT_M, Vector, braid, bun, gathered, ringlet, tail, tuft

HIGH, LOW, POLE, CROWN, NAPE = (112.0, 58.0), (140.0, 116.0), (180.0, 62.0), (180.0, 44.0), (180.0, 124.0)
"""Where ties sit on the character's left or in the middle: azimuth and polar angle."""


def _tie(place: tuple[float, float], radius_m: float, both: bool = False) -> tuple[Tie, ...]:
    azimuth, polar = place
    return ((azimuth, polar, radius_m), (-azimuth, polar, radius_m)) if both else ((azimuth, polar, radius_m),)


def _both(groups: list[Strands]) -> list[Strands]:
    return groups + [group.mirrored() for group in groups]


def _sides(look: HairLook, rng: np.random.Generator, place: tuple[float, float]) -> Strands:
    """The left half of the scalp, combed to a tie."""
    return gathered(look, rng, direction(*place), 66.0, 180.0, count=12, seam=12)


def _whole(look: HairLook, rng: np.random.Generator, place: tuple[float, float]) -> Strands:
    """All of the scalp but the fringe, combed to a tie."""
    return gathered(look, rng, direction(*place), 62.0, 298.0, count=22, lift_m=0.012)


def _hung(strands: Strands, place: tuple[float, float], lift_m: float = TIE_LIFT_M) -> Strands:
    return strands.replaced(path=strands.path + on_cranium(direction(*place)[0], lift_m))


@BACKS.add("twin_tails", "long_hair", "twintails", ties=_tie(HIGH, 0.014, both=True), pulled=True, high=True)
def twin_tails(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Two high tails."""
    falling = tail(look, rng, direction(*HIGH), (0.85, 0.25, -0.35), 0.36 * look.length, 0.040)
    return _both([_sides(look, rng, HIGH), falling])


@BACKS.add("short_twin_tails", "twintails", "short_twintails", ties=_tie((108.0, 72.0), 0.012, both=True), pulled=True)
def short_twin_tails(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Two short tails that flick outwards."""
    place = (108.0, 72.0)
    falling = tail(
        look, rng, direction(*place), (0.95, 0.2, -0.2), 0.16 * look.length, 0.036, curl_out=0.9, drop=0.8, taper=1.3
    )
    return _both([_sides(look, rng, place), falling])


@BACKS.add("low_twin_tails", "low_twintails", "twintails", ties=_tie(LOW, 0.012, both=True), pulled=True)
def low_twin_tails(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Two tails from the nape over the shoulders."""
    falling = tail(look, rng, direction(*LOW), (0.8, -0.6, 0.25), 0.27 * look.length, 0.030, drop=0.3)
    return _both([_sides(look, rng, LOW), falling])


@BACKS.add("pony_tail", "ponytail", "long_hair", ties=_tie(POLE, 0.015), pulled=True)
def pony_tail(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """One tail behind."""
    falling = tail(look, rng, direction(*POLE), (0.0, 0.2, -1.0), 0.34 * look.length, 0.044, count=16)
    return [_whole(look, rng, POLE), falling]


@BACKS.add("high_pony_tail", "high_ponytail", "ponytail", ties=_tie(CROWN, 0.016), pulled=True, high=True)
def high_pony_tail(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A tail that springs from the crown."""
    falling = tail(
        look, rng, direction(*CROWN), (0.0, 0.95, -0.6), 0.40 * look.length, 0.048, count=17, curl_out=0.3, wave_m=0.008
    )
    return [_whole(look, rng, CROWN), falling]


@BACKS.add("side_pony_tail", "side_ponytail", ties=_tie((125.0, 76.0), 0.014), pulled=True)
def side_pony_tail(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """One tail on one side."""
    place = (125.0, 76.0)
    return [_whole(look, rng, place), tail(look, rng, direction(*place), (0.9, 0.0, -0.2), 0.28 * look.length, 0.040)]


@BACKS.add("double_bun", "double_bun", "hair_bun", pulled=True, high=True)
def double_bun(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A ball on each side of the crown."""
    place, radius = (112.0, 42.0), 0.036
    way = direction(*place)[0]
    ball = bun(look, rng, on_cranium(way, 0.030), way + np.array([0.3, 0.0, 0.0]), radius)
    return _both([_sides(look, rng, place), ball])


@BACKS.add("single_bun", "single_hair_bun", "hair_bun", "updo", pulled=True, high=True)
def single_bun(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A knot behind."""
    way = direction(*POLE)[0]
    return [_whole(look, rng, POLE), bun(look, rng, on_cranium(way, 0.034), way, 0.042)]


@BACKS.add("twin_braids", "twin_braids", "braid", ties=_tie(LOW, 0.012, both=True), pulled=True)
def twin_braids(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Two braids in front of the shoulders."""
    length = 0.22 * look.length
    hair = _hung(braid(look, rng, length, 0.018, (0.75, -0.5, 0.3)), LOW)
    end = hair.path[:, -1].mean(axis=0)
    return _both([_sides(look, rng, LOW), hair, tuft(look, rng, end, 0.05, 0.018)])


@BACKS.add("single_braid", "single_braid", "braid", ties=_tie(NAPE, 0.015), pulled=True)
def single_braid(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """One thick braid down the back."""
    heading: Vector = (0.0, -0.5, -0.8)
    hair = _hung(braid(look, rng, 0.25 * look.length, 0.026, heading, facing=(0.0, 0.0, -1.0)), NAPE)
    return [_whole(look, rng, NAPE), hair, tuft(look, rng, hair.path[:, -1].mean(axis=0), 0.06, 0.024)]


@BACKS.add("half_up", "half_updo", "long_hair", ties=_tie(POLE, 0.012))
def half_up(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """The upper half tied behind, the lower half falls."""
    upper = gathered(look, rng, direction(*POLE), 70.0, 110.0, count=6, lift_m=0.016)
    top = gathered(look, rng, direction(*POLE), 70.0, 290.0, count=2, seam=9, lift_m=0.017)
    knot = tail(look, rng, direction(*POLE), (0.0, 0.0, -1.0), 0.20 * look.length, 0.026, count=9, drop=0.25)
    fall = 0.30
    below = layer(look, rng, 11, fall, lift_m=0.005, half_width_m=0.030, column=UNDER)
    main = layer(look, rng, 14, fall, taper=2.0, centre_longer_m=0.02)
    return [below, main, upper, upper.mirrored(), top, knot]


@BACKS.add(
    "drills", "drill_hair", "twin_drills", family="heldout", ties=_tie(HIGH, 0.016, both=True), pulled=True, high=True
)
def drills(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Two great ringlets."""
    return _both(
        [_sides(look, rng, HIGH), _hung(ringlet(look, rng, 0.30 * look.length, 0.042, (0.9, 0.1, -0.2)), HIGH)]
    )


@BACKS.add("braided_bun", "braided_bun", "hair_bun", family="heldout", pulled=True)
def braided_bun(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A low knot with a braid wound around it."""
    place = (180.0, 98.0)
    way = direction(*place)[0]
    centre = on_cranium(way, 0.028)
    rope = braid(look, rng, 0.30, 0.017)
    # wind the straight braid around the knot: its height becomes the angle
    turn = -rope.path[..., 1] / 0.30 * 2 * np.pi
    radius = 0.044 + rope.path[..., 0]
    wound = np.stack([radius * np.sin(turn), radius * np.cos(turn), -0.010 - rope.path[..., 2]], axis=-1) + centre
    outward = np.stack([np.sin(turn), np.cos(turn), np.full_like(turn, -0.8)], axis=-1)
    return [_whole(look, rng, place), bun(look, rng, centre, way, 0.038), rope.replaced(path=wound, outward=outward)]


@BACKS.add("two_side_up", "two_side_up", family="heldout", ties=_tie((100.0, 40.0), 0.012, both=True), high=True)
def two_side_up(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Loose to the chest, with two small tails high on the head."""
    place = (100.0, 40.0)
    small = tail(look, rng, direction(*place), (0.8, 0.75, -0.1), 0.20 * look.length, 0.022, count=8, drop=0.7)
    below = layer(look, rng, 11, 0.26, lift_m=0.005, half_width_m=0.030, column=UNDER)
    main = layer(look, rng, 15, 0.27, taper=1.2, curl=1.1, ragged=0.16, spread=0.2, lift_m=0.02)
    return [below, main, *_both([small])]
