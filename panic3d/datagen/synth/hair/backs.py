"""The back of the hair, from ear to ear."""

import numpy as np

from panic3d.datagen.synth.hair.growth import direction, grown, parting
from panic3d.datagen.synth.hair.locks import UNDER, Strands
from panic3d.datagen.synth.hair.look import HairLook, Styles, variants
from panic3d.datagen.synth.hair.tails import gathered, tail

BACKS = Styles()


def curtain(
    look: HairLook,
    rng: np.random.Generator,
    fall_m: float,
    *,
    count: int = 15,
    edge_deg: float = 84.0,
    half_width_m: float = 0.021,
    taper: float = 1.7,
    curl: float = -0.3,
    lift_m: float = 0.016,
    polar_deg: float = 92.0,
    spread: float = 0.04,
    ragged: float = 0.10,
    wave_m: float = 0.0,
    waves: float = 2.0,
    centre_longer_m: float = 0.0,
    under: bool = True,
    details: int = 7,
    turn: float = 0.5,
) -> list[Strands]:
    """Locks that hang from crown to tip all around the back, with a darker layer below and thin locks above."""
    groups = []
    layers: list[tuple[int, float, float, float, int | None]] = [
        (count, lift_m, half_width_m, 1.0, None),
        (details, lift_m + 0.007, half_width_m * 0.62, 0.90, None),
    ]
    if under:
        layers.insert(0, (max(9, count - 4), lift_m * 0.35, half_width_m * 1.15, 0.97, UNDER))
    for number, lift, width, share, column in layers:
        azimuth = np.linspace(edge_deg, 360 - edge_deg, number)
        jitter = rng.normal(0, look.messy, (5, number))
        step = (360 - 2 * edge_deg) / number
        azimuth = azimuth + np.clip(0.35 * jitter[0], -0.45, 0.45) * step
        centre = -np.cos(np.radians(azimuth)).clip(-1, 0)
        fall = (fall_m * look.length + centre_longer_m * centre) * share * (1 + ragged * jitter[1].clip(-2, 2))
        aside = np.sin(np.radians(azimuth))
        behind = np.cos(np.radians(azimuth))
        aim = np.stack([spread * aside + 0.04 * jitter[2], -np.ones(number), spread * behind], axis=1)
        columns = variants(rng, number, look) if column is None else (5 if look.inner_colour else column)
        groups.append(
            grown(
                parting(azimuth, look.part_deg),
                direction(azimuth, polar_deg + 2.0 * jitter[3]),
                lift_m=lift + look.volume_m + 0.0025 * jitter[4],
                fall_m=fall,
                half_width_m=width * look.lock_width,
                thickness_m=0.010,
                aim=aim,
                turn=turn,
                curl=curl,
                wave_m=wave_m + look.wave_m,
                waves=waves,
                phase=rng.random(number),
                taper=taper,
                column=columns,
                root_width=0.35,
                root_lift_m=0.008 + look.volume_m * 0.7,
            )
        )
    return groups


@BACKS.add("bob", "short_hair", "bob_cut")
def bob(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """To the chin, tips turned in."""
    return curtain(look, rng, 0.125, curl=-0.9, taper=2.4, spread=0.10, lift_m=0.02)


@BACKS.add("long_straight", "long_hair", "straight_hair")
def long_straight(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Below the shoulders."""
    return curtain(look, rng, 0.36, curl=-0.05, taper=2.2, centre_longer_m=0.03, spread=0.08)


@BACKS.add("short_spiky", "short_hair", "spiked_hair")
def short_spiky(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Rows of spikes that stand off, shorter towards the nape."""
    groups = []
    rows = ((54.0, 8, 0.058), (78.0, 11, 0.062), (102.0, 11, 0.058), (124.0, 9, 0.048))
    for polar, count, length in rows:
        azimuth = np.linspace(82, 278, count) + rng.normal(0, 4, count)
        way = direction(azimuth, np.minimum(polar + 34.0, 150.0))
        groups.append(
            grown(
                parting(azimuth, look.part_deg, 20.0),
                direction(azimuth, polar + rng.normal(0, 4, count)),
                lift_m=0.012 + look.volume_m,
                fall_m=length * look.length * rng.uniform(0.85, 1.25, count),
                half_width_m=0.019 * look.lock_width,
                thickness_m=0.011,
                aim=way * [1, 1, 1] + [0, -0.35, 0],
                turn=0.9,
                curl=0.35,
                taper=1.05,
                column=variants(rng, count, look),
            )
        )
    return groups


@BACKS.add("twin_tails", "long_hair", "twintails", scalp=True)
def twin_tails(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Two high tails."""
    groups = []
    for mirrored in (False, True):
        tie = direction(112.0, 58.0)
        pair = [
            gathered(look, rng, tie, np.linspace(70, 180, 9), seam=True),
            *tail(look, rng, tie, heading=(0.85, 0.25, -0.35), length_m=0.34 * look.length, radius_m=0.036),
        ]
        groups += [group.mirrored() if mirrored else group for group in pair]
    return groups
