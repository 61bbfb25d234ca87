"""Groups of locks for short and structured hair: rows that lie on the skull, and hair combed back from the forehead."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.hair.growth import grow_locks, shape_free_locks
from panic3d.datagen.synth.hair.locks import SECOND, HairLocks
from panic3d.datagen.synth.hair.params import HairParams, choose_texture_columns
from panic3d.datagen.synth.hair.tails import hairline_deg
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium

Rows = tuple[tuple[float, int, float], ...]
"""Polar angle in degrees, number of locks and free length in metres of each row."""
HIDDEN_TIP_V = 0.38
"""Texture coordinate before that at which tips have another colour."""


def grow_lying_rows(
    params: HairParams,
    rng: np.random.Generator,
    rows: Rows,
    *,
    edge_deg: float = 76.0,
    reach_deg: float = 34.0,
    shift_deg: float = 0.0,
    stand: float = 0.0,
    lift_m: float = 0.007,
    half_width_m: float = 0.019,
    thickness_m: float = 0.009,
    taper: float = 1.5,
    curl: float = -0.25,
    wave_m: float = 0.0,
    waves: float = 2.0,
    column: int | None = None,
) -> list[HairLocks]:
    """Grow rows of locks that lie on the skull, each from `reach_deg` above its row; lower rows start lower.

    `edge_deg` is the azimuth at which rows begin (0: all round), `shift_deg` turns the roots sideways, and `stand`
    raises the tips off the head (1: straight out).
    """
    groups = []
    for number, (polar, count, length) in enumerate(rows):
        step = (360 - 2 * edge_deg) / count
        stagger = 0.5 * step * (number % 2) * (edge_deg == 0)
        azimuth = np.linspace(edge_deg, 360 - edge_deg, count, endpoint=edge_deg > 0) + stagger
        jitter = rng.normal(0, params.messy, (4, count)).clip(-1.6, 1.6)
        azimuth = azimuth + 0.25 * step * jitter[0]
        at = polar + 2.5 * jitter[1]
        out = direction_from_angles(azimuth, at)
        down = direction_from_angles(azimuth, np.minimum(at + 80.0, 172.0))
        groups.append(
            grow_locks(
                direction_from_angles(azimuth - shift_deg, np.clip(polar - reach_deg, 3.0, 128.0)),
                out,
                lift_m=lift_m + 0.5 * params.volume_m + 0.0015 * jitter[2],
                fall_m=length * params.length * (1 + 0.25 * jitter[3]),
                half_width_m=half_width_m * params.lock_width,
                thickness_m=thickness_m,
                aim=stand * out + (1 - stand) * down + 0.15 * params.messy * rng.normal(size=(count, 3)),
                turn=0.8,
                curl=curl,
                wave_m=wave_m + params.wave_m,
                waves=waves,
                phase=rng.random(count),
                taper=taper,
                root_width=0.6,
                root_lift_m=lift_m + 0.4 * params.volume_m,
                column=choose_texture_columns(rng, count, params) if column is None else column,
            )
        )
    return groups


def comb_back(
    params: HairParams,
    rng: np.random.Generator,
    azimuth_deg: Float[np.ndarray, " N"],
    *,
    lift_m: float,
    fall_m: float,
    to_polar_deg: float = 58.0,
    behind: bool = True,
    front_lift_m: float = 0.004,
    aim: tuple[float, float, float] = (0.0, -0.9, -0.5),
    curl: float = -0.2,
    half_width_m: float = 0.018,
    thickness_m: float = 0.011,
    taper: float = 2.0,
    sideways: float = 0.0,
) -> HairLocks:
    """Comb locks from the forehead's hairline over the head.

    They leave the skull at `to_polar_deg`, behind the crown or (not `behind`) before it; `sideways` shifts the tips
    towards the character's left, in radians.
    """
    count = len(azimuth_deg)
    jitter = rng.normal(0, params.messy, (3, count)).clip(-1.6, 1.6)
    root = direction_from_angles(azimuth_deg, hairline_deg(azimuth_deg) - 1.5)
    target = (180 - 0.75 * azimuth_deg) if behind else azimuth_deg
    departure = direction_from_angles(target + np.degrees(sideways), to_polar_deg + 4 * jitter[0])
    return grow_locks(
        root,
        departure,
        lift_m=lift_m + 0.6 * params.volume_m + 0.003 * jitter[1],
        root_lift_m=front_lift_m,
        fall_m=fall_m * params.length * (1 + 0.15 * jitter[2]),
        half_width_m=half_width_m * params.lock_width,
        thickness_m=thickness_m,
        aim=aim,
        turn=0.8,
        curl=curl,
        taper=taper,
        root_width=0.8,
        wave_m=params.wave_m,
        phase=rng.random(count),
        column=choose_texture_columns(rng, count, params),
    )


def hide_tips(locks: HairLocks) -> HairLocks:
    """Return locks whose tips, which lie on other hair, have no other colour."""
    return replace(locks, v=np.minimum(locks.v, HIDDEN_TIP_V))


def comb_roll(
    params: HairParams,
    rng: np.random.Generator,
    azimuth_deg: Float[np.ndarray, " N"],
    *,
    height_m: float,
    end_deg: float,
    peak: float = 0.3,
    ahead_m: float = 0.0,
    sideways_deg: float = 0.0,
    half_width_m: float = 0.020,
    taper: float = 2.0,
) -> HairLocks:
    """Comb locks from the forehead's hairline in an arch over the crown, on which their tips lie again.

    The arch is `height_m` high at the share `peak` of its length, leans forward by `ahead_m`, and ends `end_deg`
    behind the crown, turned by `sideways_deg`.
    """
    count, steps = len(azimuth_deg), 22
    s = np.linspace(0, 1, steps)[None]
    jitter = rng.normal(0, params.messy, (3, count, 1)).clip(-1.6, 1.6)
    start = (hairline_deg(azimuth_deg) - 1.5)[:, None]
    polar = start + s**1.2 * (-end_deg + 6 * jitter[0] - start)
    azimuth = azimuth_deg[:, None] + (sideways_deg + 3 * jitter[1]) * s
    arch = np.where(s < peak, np.sin(np.pi / 2 * s / peak), np.cos(np.pi / 2 * (s - peak) / (1 - peak)) ** 1.3)
    edge = np.cos(np.radians(0.9 * azimuth_deg))[:, None]  # lower towards the temples
    rise = height_m * params.length * edge * (1 + 0.10 * jitter[2])
    lift = 0.006 + (0.008 + 0.5 * params.volume_m) * np.minimum(3 * s, 1) + rise * arch
    angle, turn = np.radians(polar), np.radians(azimuth)
    out = np.stack([np.sin(angle) * np.sin(turn), np.cos(angle), np.sin(angle) * np.cos(turn)], axis=-1)
    path = place_above_cranium(out, lift) + (ahead_m * edge * arch)[..., None] * np.array([0.0, 0.0, 1.0])
    inside = np.broadcast_to(place_above_cranium(np.array([0.0, 0.8, 0.2]), -0.03), path.shape)
    return shape_free_locks(
        path, inside, half_width_m=half_width_m * params.lock_width, thickness_m=0.012, root_width=0.85, taper=taper,
        column=choose_texture_columns(rng, count, params), v_root=0.12,
    )  # fmt: skip


def grow_band(centre: Float[np.ndarray, " 3"], radius_m: float, width_m: float = 0.008) -> HairLocks:
    """Grow a ring in the second colour around a hanging lock: a ribbon without a bow."""
    angle = np.linspace(0, 2 * np.pi, 17)
    path = centre + radius_m * np.stack([np.sin(angle), np.zeros(17), np.cos(angle)], axis=1)
    return shape_free_locks(
        path[None], np.broadcast_to(centre, (1, 17, 3)), half_width_m=width_m, thickness_m=0.003, root_width=1.0,
        taper=40.0, column=SECOND, v_root=0.3,
    )  # fmt: skip
