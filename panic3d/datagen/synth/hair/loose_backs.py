"""The back of the hair, from ear to ear: styles that fall freely."""

import numpy as np

from panic3d.datagen.synth.hair.groups import grow_curtain, grow_layer, grow_spikes
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.hair.registry import HairStyleRegistry

LOOSE_BACKS = HairStyleRegistry()


@LOOSE_BACKS.register("bob", "short_hair", "bob_cut", short=True)
def grow_bob(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair to the chin with tips turned in."""
    return grow_curtain(params, rng, 0.125, curl=-0.9, taper=2.2, spread=0.10, lift_m=0.02)


@LOOSE_BACKS.register("bob_flipped", "short_hair", "flipped_hair")
def grow_bob_flipped(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair to the neck with tips turned out."""
    return grow_curtain(params, rng, 0.150, curl=1.5, taper=1.5, spread=0.02, ragged=0.14)


@LOOSE_BACKS.register("long_straight", "long_hair", "straight_hair")
def grow_long_straight(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow straight hair to below the shoulders."""
    return grow_curtain(params, rng, 0.36, curl=-0.05, taper=2.2, centre_longer_m=0.03, spread=0.08)


@LOOSE_BACKS.register("long_wavy", "long_hair", "wavy_hair")
def grow_long_wavy(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow wavy hair that spreads over the shoulders."""
    return grow_curtain(params, rng, 0.34, wave_m=0.013, waves=2.2, spread=0.30, taper=1.7, lift_m=0.020, count=15)


@LOOSE_BACKS.register("hime_long", "long_hair", "hime_cut", "straight_hair")
def grow_hime_long(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long hair that is cut straight across."""
    return grow_curtain(params, rng, 0.30, taper=9.0, ragged=0.012, spread=0.05, curl=0.0, half_width_m=0.020, count=16)


@LOOSE_BACKS.register("medium", "medium_hair", short=True)
def grow_medium(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow loosely layered hair to the shoulders."""
    return [
        *grow_curtain(params, rng, 0.205, curl=-0.4, taper=1.5, ragged=0.14, spread=0.12),
        grow_layer(params, rng, 9, 0.11, lift_m=0.028, half_width_m=0.017, curl=-0.2, ragged=0.2),
    ]


@LOOSE_BACKS.register("wolf", "medium_hair", "wolf_cut", "messy_hair")
def grow_wolf(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair that is full and ragged above and thin below."""
    below = grow_layer(params, rng, 15, 0.19, half_width_m=0.019, taper=1.4, curl=0.35, ragged=0.18, edge_deg=92.0)
    return [*grow_spikes(params, rng, ((70.0, 9, 0.060), (92.0, 11, 0.065)), down=0.7, curl=0.6), below]


@LOOSE_BACKS.register("short_spiky", "short_hair", "spiked_hair", short=True)
def grow_short_spiky(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow rows of spikes that become shorter towards the nape."""
    return grow_spikes(params, rng, ((54.0, 8, 0.058), (78.0, 11, 0.062), (102.0, 11, 0.058), (124.0, 9, 0.048)))


@LOOSE_BACKS.register("boyish", "very_short_hair", "short_hair", short=True)
def grow_boyish(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair close to the head, down to the nape."""
    rows = ((72.0, 10, 0.045), (98.0, 12, 0.045), (122.0, 11, 0.040))
    return grow_spikes(params, rng, rows, down=1.6, curl=-0.3, half_width_m=0.022)


@LOOSE_BACKS.register("very_long", "very_long_hair", "absurdly_long_hair")
def grow_very_long(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow very long hair that becomes wider towards its end."""
    return grow_curtain(params, rng, 0.48, spread=0.24, taper=1.9, lift_m=0.024, half_width_m=0.027, curl=0.1)


@LOOSE_BACKS.register("fluffy", "curly_hair", "big_hair", family="heldout")
def grow_fluffy(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a round volume of curls."""
    rows = ((30.0, 7, 0.075), (52.0, 11, 0.080), (74.0, 13, 0.085), (96.0, 13, 0.085), (118.0, 12, 0.080))
    return grow_spikes(params, rng, rows, curl=-3.6, down=0.0, tilt_deg=14.0, half_width_m=0.024)


@LOOSE_BACKS.register("long_spiky", "long_hair", "spiked_hair", family="heldout")
def grow_long_spiky(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long spikes backwards and down."""
    rows = ((38.0, 7, 0.16), (62.0, 9, 0.18), (88.0, 11, 0.19), (114.0, 10, 0.17))
    return grow_spikes(params, rng, rows, half_width_m=0.029, down=0.25, curl=0.2, tilt_deg=26.0)
