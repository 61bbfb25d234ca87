"""Backs of version 3 that end above the shoulders: men's cuts, shaved ones, and short cuts for all."""

from dataclasses import replace
from typing import Any

import numpy as np

from panic3d.datagen.synth.hair.cuts.rows import comb_back, grow_lying_rows
from panic3d.datagen.synth.hair.groups import grow_curtain, grow_layer
from panic3d.datagen.synth.hair.growth import grow_locks
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.hair.params import HairParams, choose_texture_columns
from panic3d.datagen.synth.hair.registry import HairStyleRegistry
from panic3d.datagen.synth.head.cranium import direction_from_angles
from panic3d.datagen.synth.meshes.vectors import normalize

SHORT_BACKS = HairStyleRegistry()
NONE = ("none",)
"""Fringe, or sides, of cuts without."""
SHORT_FRINGES = ("side_part", "quiff", "curtains_short", "crop", "tousled", "permed", "spiked_up", "slicked")


@SHORT_BACKS.register("bald", "bald", family="train2", short=True, bald=True, fringes=NONE, sides=NONE)
def grow_bald(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow nothing."""
    return []


@SHORT_BACKS.register(
    "buzz_cut",
    "buzz_cut",
    "very_short_hair",
    family="train2",
    short=True,
    shaved_above_deg=0.0,
    fringes=NONE,
    sides=NONE,
)
def grow_buzz_cut(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow stubble alone, which the scalp shows."""
    return []


@SHORT_BACKS.register(
    "crew_cut", "crew_cut", "very_short_hair", family="train2", short=True, shaved_above_deg=56.0, clipped=True,
    fringes=("none", "crop"), sides=("none", "sideburns"),
)  # fmt: skip
def grow_crew_cut(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow short hair on the crown; sides and back are clipped."""
    rows = ((18.0, 9, 0.020), (36.0, 15, 0.020), (52.0, 18, 0.014))
    return grow_lying_rows(
        params, rng, rows, edge_deg=0.0, reach_deg=22.0, stand=0.08, lift_m=0.006, half_width_m=0.0165,
        thickness_m=0.006, taper=1.3, curl=-0.1,
    )  # fmt: skip


@SHORT_BACKS.register(
    "short_neat", "very_short_hair", "short_hair", family="train2", short=True,
    fringes=(*SHORT_FRINGES, "swept", "short_choppy", "parted"), sides=("neat", "sideburns", "none"),
)  # fmt: skip
def grow_short_neat(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow combed short hair that tapers to the nape; the neck is free."""
    rows = ((40.0, 10, 0.030), (62.0, 13, 0.030), (84.0, 14, 0.028), (105.0, 13, 0.022), (122.0, 11, 0.016))
    return grow_lying_rows(params, rng, rows, half_width_m=0.021)


@SHORT_BACKS.register(
    "undercut", "undercut", "short_hair", family="train2", short=True, shaved_above_deg=64.0,
    fringes=(*SHORT_FRINGES, "swept", "over_one_eye"), sides=NONE,
)  # fmt: skip
def grow_undercut(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long hair on the crown over shaved sides and a shaved nape."""
    rows = ((34.0, 11, 0.050), (54.0, 15, 0.040))
    return grow_lying_rows(params, rng, rows, edge_deg=62.0, shift_deg=22.0, lift_m=0.013, stand=0.15, taper=1.3)


@SHORT_BACKS.register(
    "bowl", "bowl_cut", "short_hair", family="train2", short=True, fringes=("bowl", "blunt", "straight"), sides=NONE,
    shaved_above_deg=98.0,
)  # fmt: skip
def grow_bowl(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow smooth hair that is cut straight all round above a shaved nape."""
    shape: dict[str, Any] = {
        "polar_deg": 84.0,
        "taper": 8.0,
        "ragged": 0.015,
        "curl": -0.9,
        "lift_m": 0.020,
        "edge_deg": 74.0,
    }
    return [
        grow_layer(params, rng, 17, 0.042, half_width_m=0.021, **shape),
        grow_layer(params, rng, 13, 0.036, half_width_m=0.024, **(shape | {"lift_m": 0.013})),
    ]


@SHORT_BACKS.register(
    "shaggy", "short_hair", "messy_hair", family="train2", short=True,
    fringes=(*SHORT_FRINGES, "straight", "swept", "between_eyes"), sides=("short", "neat", "feathered", "pointed"),
)  # fmt: skip
def grow_shaggy(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow messy layers that cover ears and nape."""
    rows = ((38.0, 9, 0.055), (60.0, 12, 0.060), (82.0, 13, 0.060), (104.0, 12, 0.060), (120.0, 11, 0.055))
    return grow_lying_rows(params, rng, rows, stand=0.22, lift_m=0.012, taper=1.2, curl=0.3)


@SHORT_BACKS.register(
    "slicked_back", "hair_slicked_back", "short_hair", family="train2", short=True,
    fringes=("slicked", "quiff"), sides=("none", "neat", "sideburns"),
)  # fmt: skip
def grow_slicked_back(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow hair that is combed from the temples to the nape."""
    groups = []
    for side in (-1.0, 1.0):
        azimuth = side * np.array([66.0, 78.0, 90.0, 103.0])
        groups.append(
            grow_locks(
                direction_from_angles(azimuth, np.array([72.0, 82.0, 86.0, 96.0])),
                direction_from_angles(
                    side * np.array([168.0, 160.0, 152.0, 145.0]), np.array([84.0, 98.0, 112.0, 124.0])
                ),
                lift_m=0.011 + 0.5 * params.volume_m,
                root_lift_m=0.004,
                fall_m=0.028 * params.length,
                half_width_m=0.017 * params.lock_width,
                thickness_m=0.009,
                aim=(-0.25 * side, -0.9, -0.3),
                taper=1.8,
                root_width=0.8,
                column=choose_texture_columns(rng, 4, params),
            )
        )
    return [
        *groups,
        *grow_lying_rows(params, rng, ((74.0, 9, 0.03), (100.0, 10, 0.03), (122.0, 9, 0.024)), edge_deg=118.0),
    ]


@SHORT_BACKS.register(
    "perm", "curly_hair", "short_hair", family="train2", short=True,
    fringes=("permed", "tousled", "curtains_short"), sides=("none", "neat", "short"),
)  # fmt: skip
def grow_perm(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a fluffy, curly volume above the ears and the nape."""
    rows = ((24.0, 8, 0.045), (44.0, 11, 0.050), (64.0, 13, 0.052), (84.0, 13, 0.050), (104.0, 12, 0.044))
    return grow_lying_rows(
        params, rng, rows, stand=0.35, curl=0.9, wave_m=0.009, waves=1.7, lift_m=0.019, half_width_m=0.018,
        thickness_m=0.014, taper=1.6, edge_deg=68.0,
    )  # fmt: skip


@SHORT_BACKS.register("afro", "afro", "big_hair", family="train2", cloud_m=0.046, fringes=NONE, sides=NONE)
def grow_afro(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow nothing but the ball of curls, which is one surface."""
    return []


@SHORT_BACKS.register(
    "pixie", "very_short_hair", "short_hair", family="train2", short=True,
    fringes=("swept", "side_part", "short_choppy", "asymmetric", "straight"), sides=("pointed", "neat", "short"),
)  # fmt: skip
def grow_pixie(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a short cut with a full crown whose points lie on the nape."""
    rows = ((44.0, 10, 0.050), (70.0, 13, 0.048), (94.0, 13, 0.045), (116.0, 12, 0.050))
    return grow_lying_rows(params, rng, rows, lift_m=0.014, half_width_m=0.020, taper=1.1, curl=-0.5)


@SHORT_BACKS.register("asymmetric_bob", "asymmetrical_hair", "bob_cut", "short_hair", family="train2")
def grow_asymmetric_bob(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a bob that is chin-long on the character's left and ends above the ear on its right."""
    groups = grow_curtain(params, rng, 0.10, curl=-0.7, taper=2.0, lift_m=0.019)
    sloped = []
    for group in groups:
        toward = np.clip((group.path[:, 10, 0] / 0.11 + 1) / 2, 0, 1)[:, None]
        fall = group.path[:, 9:] - group.path[:, 8:9]
        path = np.concatenate(
            [group.path[:, :9], group.path[:, 8:9] + fall * (0.55 + 1.25 * toward)[..., None]], axis=1
        )
        sloped.append(HairLocks(**{**group.__dict__, "path": path}))
    return sloped


@SHORT_BACKS.register("inverted_bob", "bob_cut", "short_hair", family="train2", short=True)
def grow_inverted_bob(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a bob that is short at the nape and long at the cheeks, with a full back of the head."""
    return [
        *grow_lying_rows(params, rng, ((96.0, 12, 0.050), (118.0, 11, 0.045)), edge_deg=100.0, lift_m=0.010),
        grow_layer(params, rng, 15, 0.105, centre_longer_m=-0.06, lift_m=0.026, taper=2.2, curl=-0.9, spread=0.1),
        grow_layer(params, rng, 9, 0.08, centre_longer_m=-0.05, lift_m=0.033, taper=1.6, curl=-0.8, half_width_m=0.016),
    ]


@SHORT_BACKS.register("wavy_bob", "bob_cut", "wavy_hair", "short_hair", family="train2")
def grow_wavy_bob(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a full, wavy bob that becomes wider downwards."""
    return grow_curtain(params, rng, 0.15, wave_m=0.009, waves=1.8, spread=0.38, lift_m=0.022, taper=2.2, curl=-1.0)


@SHORT_BACKS.register("mohawk", "mohawk", family="heldout2", shaved_above_deg=0.0, fringes=NONE, sides=NONE)
def grow_mohawk(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a comb of spikes over the middle of a shaved head."""
    groups = []
    for sideways, length in ((-0.10, 0.070), (0.10, 0.070), (0.0, 0.085)):
        count = 15
        angle = np.radians(np.linspace(-62, 128, count))
        line = normalize(np.stack([np.full(count, sideways), np.cos(angle), -np.sin(angle)], axis=1))
        behind = normalize(line + 0.10 * np.stack([np.zeros(count), np.sin(angle), np.cos(angle)], axis=1))
        groups.append(
            grow_locks(
                behind,
                line,
                lift_m=0.006,
                root_lift_m=0.003,
                fall_m=length * params.length * (0.7 + 0.4 * np.sin(np.linspace(0.4, 2.9, count))),
                half_width_m=0.0175,
                thickness_m=0.012,
                aim=line * np.array([0.3, 1.0, 1.0]) + np.array([0.0, 0.12, -0.25]),
                turn=0.25,
                taper=1.3,
                root_width=1.0,
                column=choose_texture_columns(rng, count, params),
            )
        )
    # broad along the comb, thin across it
    return [replace(group, outward=np.broadcast_to(np.array([1.0, 0.0, 0.0]), group.outward.shape)) for group in groups]


@SHORT_BACKS.register("dreadlocks", "dreadlocks", family="heldout2", fringes=NONE, sides=("neat", "sideburns"))
def grow_dreadlocks(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow ropes of hair from the crown to the shoulders."""
    ropes: dict[str, Any] = {
        "half_width_m": 0.0088,
        "thickness_m": 0.0095,
        "taper": 12.0,
        "ragged": 0.16,
        "wave_m": 0.004,
        "waves": 3.0,
    }
    front = comb_back(
        params, rng, np.linspace(-66, 66, 14), lift_m=0.018, fall_m=0.10, to_polar_deg=66.0, half_width_m=0.0088,
        thickness_m=0.0095, taper=12.0, aim=(0.0, -1.0, -0.25),
    )  # fmt: skip
    return [
        grow_layer(params, rng, 24, 0.150, lift_m=0.010, edge_deg=72.0, **ropes),
        grow_layer(params, rng, 22, 0.135, lift_m=0.021, edge_deg=76.0, **ropes),
        grow_layer(params, rng, 16, 0.105, lift_m=0.030, edge_deg=84.0, **ropes),
        front,
    ]


@SHORT_BACKS.register("spiked_all", "spiked_hair", "big_hair", family="heldout2", fringes=("spiked_up", "spiky"))
def grow_spiked_all(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow long spikes that all rise."""
    rows = ((18.0, 7, 0.13), (40.0, 10, 0.14), (64.0, 12, 0.12), (88.0, 12, 0.10), (112.0, 10, 0.06))
    return grow_lying_rows(
        params, rng, rows, reach_deg=-22.0, stand=0.95, edge_deg=72.0, lift_m=0.014, half_width_m=0.027, taper=1.05
    )
