"""The back of the hair, from ear to ear: styles that fall freely."""

from typing import Any

import numpy as np

from panic3d.datagen.synth.hair.growth import direction, grown, parting
from panic3d.datagen.synth.hair.locks import SECOND, UNDER, Strands
from panic3d.datagen.synth.hair.look import HairLook, Styles, variants

BACKS = Styles()


def layer(
    look: HairLook,
    rng: np.random.Generator,
    count: int,
    fall_m: float,
    *,
    edge_deg: float = 82.0,
    half_width_m: float = 0.023,
    taper: float = 1.7,
    curl: float = -0.3,
    lift_m: float = 0.016,
    polar_deg: float = 92.0,
    spread: float = 0.04,
    ragged: float = 0.10,
    wave_m: float = 0.0,
    waves: float = 2.0,
    centre_longer_m: float = 0.0,
    turn: float = 0.5,
    column: int | None = None,
    thickness_m: float = 0.013,
) -> Strands:
    """Locks side by side from ear to ear over the back of the head."""
    azimuth = np.linspace(edge_deg, 360 - edge_deg, count)
    jitter = rng.normal(0, look.messy, (5, count)).clip(-1.6, 1.6)
    azimuth = azimuth + 0.22 * jitter[0] * (360 - 2 * edge_deg) / count
    aside, behind = np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))
    fall = (fall_m * look.length + centre_longer_m * (-behind).clip(0, 1)) * (1 + ragged * jitter[1])
    return grown(
        parting(azimuth, look.part_deg),
        direction(azimuth, polar_deg + 2.0 * jitter[3]),
        lift_m=lift_m + look.volume_m + 0.003 * jitter[4],
        fall_m=fall,
        half_width_m=half_width_m * look.lock_width,
        thickness_m=thickness_m,
        aim=np.stack([spread * aside + 0.04 * jitter[2], -np.ones(count), spread * behind], axis=1),
        turn=turn,
        curl=curl,
        wave_m=wave_m + look.wave_m,
        waves=waves,
        phase=rng.random(count),
        taper=taper,
        column=variants(rng, count, look) if column is None else column,
        root_width=0.5,
        root_lift_m=0.012 + look.volume_m * 0.8,
    )


def curtain(
    look: HairLook, rng: np.random.Generator, fall_m: float, *, count: int = 14, details: int = 8, **shape: Any
) -> list[Strands]:
    """A darker layer below, the main layer, and thin locks above; `shape` goes to `layer`."""
    lift = shape.pop("lift_m", 0.016)
    width = shape.pop("half_width_m", 0.023)
    inner = SECOND if look.inner_colour else UNDER
    below = layer(look, rng, 11, 0.96 * fall_m, lift_m=0.35 * lift, half_width_m=1.3 * width, column=inner, **shape)
    main = layer(look, rng, count, fall_m, lift_m=lift, half_width_m=width, **shape)
    above = layer(look, rng, details, 0.9 * fall_m, lift_m=lift + 0.007, half_width_m=0.55 * width, **shape)
    return [below, main, above]


def spikes(
    look: HairLook,
    rng: np.random.Generator,
    rows: tuple[tuple[float, int, float], ...],
    *,
    half_width_m: float = 0.021,
    down: float = 0.35,
    curl: float = 0.35,
    tilt_deg: float = 34.0,
    edge_deg: float = 82.0,
) -> list[Strands]:
    """Rows (polar angle, count, length) of locks that stand off the head."""
    groups = []
    for polar, count, length in rows:
        azimuth = np.linspace(edge_deg, 360 - edge_deg, count) + rng.normal(0, 4, count)
        way = direction(azimuth, np.full(count, min(polar + tilt_deg, 160.0)))
        groups.append(
            grown(
                parting(azimuth, look.part_deg, 20.0),
                direction(azimuth, polar + rng.normal(0, 4, count)),
                lift_m=0.012 + look.volume_m,
                fall_m=length * look.length * rng.uniform(0.85, 1.25, count),
                half_width_m=half_width_m * look.lock_width,
                thickness_m=0.013,
                aim=way - np.array([0.0, down, 0.0]),
                turn=0.9,
                curl=curl,
                taper=1.05,
                root_width=0.5,
                root_lift_m=0.012 + look.volume_m,
                column=variants(rng, count, look),
            )
        )
    return groups


@BACKS.add("bob", "short_hair", "bob_cut", short=True)
def bob(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """To the chin, tips turned in."""
    return curtain(look, rng, 0.125, curl=-0.9, taper=2.2, spread=0.10, lift_m=0.02)


@BACKS.add("bob_flipped", "short_hair", "flipped_hair")
def bob_flipped(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """To the neck, tips turned out."""
    return curtain(look, rng, 0.150, curl=1.5, taper=1.5, spread=0.02, ragged=0.14)


@BACKS.add("long_straight", "long_hair", "straight_hair")
def long_straight(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Below the shoulders."""
    return curtain(look, rng, 0.36, curl=-0.05, taper=2.2, centre_longer_m=0.03, spread=0.08)


@BACKS.add("long_wavy", "long_hair", "wavy_hair")
def long_wavy(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Waves that spread over the shoulders."""
    return curtain(look, rng, 0.34, wave_m=0.013, waves=2.2, spread=0.30, taper=1.7, lift_m=0.020, count=15)


@BACKS.add("hime_long", "long_hair", "hime_cut", "straight_hair")
def hime_long(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Long, cut straight across."""
    return curtain(look, rng, 0.30, taper=9.0, ragged=0.012, spread=0.05, curl=0.0, half_width_m=0.020, count=16)


@BACKS.add("medium", "medium_hair", short=True)
def medium(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """To the shoulders, loosely layered."""
    return [
        *curtain(look, rng, 0.205, curl=-0.4, taper=1.5, ragged=0.14, spread=0.12),
        layer(look, rng, 9, 0.11, lift_m=0.028, half_width_m=0.017, curl=-0.2, ragged=0.2),
    ]


@BACKS.add("wolf", "medium_hair", "wolf_cut", "messy_hair")
def wolf(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Full and ragged above, thin below."""
    below = layer(look, rng, 15, 0.19, half_width_m=0.019, taper=1.4, curl=0.35, ragged=0.18, edge_deg=92.0)
    return [*spikes(look, rng, ((70.0, 9, 0.060), (92.0, 11, 0.065)), down=0.7, curl=0.6), below]


@BACKS.add("short_spiky", "short_hair", "spiked_hair", short=True)
def short_spiky(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Rows of spikes that stand off, shorter towards the nape."""
    return spikes(look, rng, ((54.0, 8, 0.058), (78.0, 11, 0.062), (102.0, 11, 0.058), (124.0, 9, 0.048)))


@BACKS.add("boyish", "very_short_hair", "short_hair", short=True)
def boyish(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Close to the head, down to the nape."""
    rows = ((72.0, 10, 0.045), (98.0, 12, 0.045), (122.0, 11, 0.040))
    return spikes(look, rng, rows, down=1.6, curl=-0.3, half_width_m=0.022)


@BACKS.add("very_long", "very_long_hair", "absurdly_long_hair")
def very_long(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A mantle of hair, wider towards its end."""
    return curtain(look, rng, 0.48, spread=0.24, taper=1.9, lift_m=0.024, half_width_m=0.027, curl=0.1)


@BACKS.add("fluffy", "curly_hair", "big_hair", family="heldout")
def fluffy(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A round cloud of curls."""
    rows = ((30.0, 7, 0.075), (52.0, 11, 0.080), (74.0, 13, 0.085), (96.0, 13, 0.085), (118.0, 12, 0.080))
    return spikes(look, rng, rows, curl=-3.6, down=0.0, tilt_deg=14.0, half_width_m=0.024)


@BACKS.add("long_spiky", "long_hair", "spiked_hair", family="heldout")
def long_spiky(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A hedgehog's mane: long spikes backwards and down."""
    rows = ((38.0, 7, 0.16), (62.0, 9, 0.18), (88.0, 11, 0.19), (114.0, 10, 0.17))
    return spikes(look, rng, rows, half_width_m=0.029, down=0.25, curl=0.2, tilt_deg=26.0)
