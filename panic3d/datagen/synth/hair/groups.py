"""Groups of locks of which the styles are composed: sheets, pairs, layers, curtains and spikes."""

from typing import Any

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.hair.growth import compute_parting_roots, grow_locks
from panic3d.datagen.synth.hair.locks import SECOND, UNDER, HairLocks
from panic3d.datagen.synth.hair.params import HairParams, choose_texture_columns
from panic3d.datagen.synth.head.cranium import direction_from_angles

DEPARTURE_POLAR_DEG = 66.0
Row = Float[np.ndarray, " N"]


def compute_fall_length(tip_y_m: Row | float, polar_deg: Row | float, lift_m: float) -> Float[np.ndarray, "*N"]:
    """Compute the length of the free part of locks whose tips end at the heights `tip_y_m`."""
    return np.asarray(0.035 + (0.102 + lift_m) * np.cos(np.radians(polar_deg)) - tip_y_m) * 1.06


def grow_sheet(
    params: HairParams,
    rng: np.random.Generator,
    azimuth_deg: Row,
    tip_y_m: Row,
    lean: Row | float = 0.0,
    half_width_m: float = 0.0170,
    taper: float = 1.5,
    lift_m: float = 0.012,
    part_deg: float = 0.0,
    polar_deg: float = DEPARTURE_POLAR_DEG,
    curl: float = -0.25,
    forward_deg: float = 22.0,
    thickness_m: float = 0.0085,
    swirl: Row | float = 0.0,
) -> HairLocks:
    """Grow locks side by side whose tips end at given heights and lean sideways."""
    count = len(azimuth_deg)
    jitter = rng.normal(0, params.messy, (4, count)).clip(-1.6, 1.6)
    lift = lift_m + 0.6 * params.volume_m + 0.0022 * jitter[0]
    aim = np.stack([np.broadcast_to(lean, (count,)) + 0.10 * jitter[1], -np.ones(count), np.full(count, -0.10)], axis=1)
    return grow_locks(
        compute_parting_roots(azimuth_deg * 0.6, part_deg, forward_deg),
        direction_from_angles(azimuth_deg, polar_deg),
        lift_m=lift,
        fall_m=np.maximum(compute_fall_length(tip_y_m, polar_deg, lift_m) + 0.006 * jitter[2], 0.012),
        half_width_m=half_width_m * params.lock_width * (1 + 0.12 * jitter[3]),
        thickness_m=thickness_m,
        aim=aim,
        turn=0.75,
        curl=curl,
        taper=taper,
        column=choose_texture_columns(rng, count, params),
        root_width=0.6,
        root_lift_m=0.012 + 0.7 * params.volume_m,
        swirl=swirl,
    )


def grow_pair(
    params: HairParams,
    rng: np.random.Generator,
    azimuth_deg: list[float],
    fall_m: list[float],
    *,
    half_width_m: float = 0.015,
    taper: float = 1.5,
    curl: float = -0.2,
    lift_m: float = 0.012,
    wave_m: float = 0.0,
    waves: float = 1.6,
    polar_deg: float = 84.0,
    aim: tuple[float, float, float] = (0.02, -1.0, 0.0),
    turn: float = 0.5,
) -> list[HairLocks]:
    """Grow the same kind of locks on both sides of the face; azimuths are those of the character's left."""
    azimuth, count, groups = np.array(azimuth_deg), len(azimuth_deg), []
    for mirrored in (False, True):
        jitter = rng.normal(0, params.messy, (3, count)).clip(-1.6, 1.6)
        group = grow_locks(
            compute_parting_roots(azimuth, -params.part_deg if mirrored else params.part_deg),
            direction_from_angles(azimuth + 2.5 * jitter[0], polar_deg),
            lift_m=lift_m + 0.6 * params.volume_m + 0.002 * jitter[1],
            fall_m=np.array(fall_m) * params.length * (1 + 0.08 * jitter[2]),
            half_width_m=half_width_m * params.lock_width,
            thickness_m=0.009,
            aim=aim,
            turn=turn,
            curl=curl,
            wave_m=wave_m + 0.5 * params.wave_m,
            waves=waves,
            phase=rng.random(count),
            taper=taper,
            column=choose_texture_columns(rng, count, params),
            root_lift_m=0.012 + 0.7 * params.volume_m,
            root_width=0.5,
        )
        groups.append(group.mirror() if mirrored else group)
    return groups


def grow_layer(
    params: HairParams,
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
) -> HairLocks:
    """Grow locks side by side from ear to ear over the back of the head."""
    azimuth = np.linspace(edge_deg, 360 - edge_deg, count)
    jitter = rng.normal(0, params.messy, (5, count)).clip(-1.6, 1.6)
    azimuth = azimuth + 0.22 * jitter[0] * (360 - 2 * edge_deg) / count
    sideways, behind = np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))
    fall = (fall_m * params.length + centre_longer_m * (-behind).clip(0, 1)) * (1 + ragged * jitter[1])
    return grow_locks(
        compute_parting_roots(azimuth, params.part_deg),
        direction_from_angles(azimuth, polar_deg + 2.0 * jitter[3]),
        lift_m=lift_m + params.volume_m + 0.003 * jitter[4],
        fall_m=fall,
        half_width_m=half_width_m * params.lock_width,
        thickness_m=thickness_m,
        aim=np.stack([spread * sideways + 0.04 * jitter[2], -np.ones(count), spread * behind], axis=1),
        turn=turn,
        curl=curl,
        wave_m=wave_m + params.wave_m,
        waves=waves,
        phase=rng.random(count),
        taper=taper,
        column=choose_texture_columns(rng, count, params) if column is None else column,
        root_width=0.5,
        root_lift_m=0.012 + params.volume_m * 0.8,
    )


def grow_curtain(
    params: HairParams, rng: np.random.Generator, fall_m: float, *, count: int = 14, details: int = 8, **shape: Any
) -> list[HairLocks]:
    """Grow a darker layer below, the main layer, and thin locks above; `shape` is passed to `grow_layer`."""
    lift = shape.pop("lift_m", 0.016)
    width = shape.pop("half_width_m", 0.023)
    inner = SECOND if params.inner_colour else UNDER
    below = grow_layer(
        params, rng, 11, 0.96 * fall_m, lift_m=0.35 * lift, half_width_m=1.3 * width, column=inner, **shape
    )
    main = grow_layer(params, rng, count, fall_m, lift_m=lift, half_width_m=width, **shape)
    above = grow_layer(params, rng, details, 0.9 * fall_m, lift_m=lift + 0.007, half_width_m=0.55 * width, **shape)
    return [below, main, above]


def grow_spikes(
    params: HairParams,
    rng: np.random.Generator,
    rows: tuple[tuple[float, int, float], ...],
    *,
    half_width_m: float = 0.021,
    down: float = 0.35,
    curl: float = 0.35,
    tilt_deg: float = 34.0,
    edge_deg: float = 82.0,
) -> list[HairLocks]:
    """Grow rows (polar angle, count, length in metres) of locks that stand off the head."""
    groups = []
    for polar, count, length in rows:
        azimuth = np.linspace(edge_deg, 360 - edge_deg, count) + rng.normal(0, 4, count)
        direction = direction_from_angles(azimuth, np.full(count, min(polar + tilt_deg, 160.0)))
        groups.append(
            grow_locks(
                compute_parting_roots(azimuth, params.part_deg, 20.0),
                direction_from_angles(azimuth, polar + rng.normal(0, 4, count)),
                lift_m=0.012 + params.volume_m,
                fall_m=length * params.length * rng.uniform(0.85, 1.25, count),
                half_width_m=half_width_m * params.lock_width,
                thickness_m=0.013,
                aim=direction - np.array([0.0, down, 0.0]),
                turn=0.9,
                curl=curl,
                taper=1.05,
                root_width=0.5,
                root_lift_m=0.012 + params.volume_m,
                column=choose_texture_columns(rng, count, params),
            )
        )
    return groups
