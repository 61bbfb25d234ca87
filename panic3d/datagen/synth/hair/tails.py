"""Gathered hair: locks combed to a tie, and tails that hang from it."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.growth import grow_locks, shape_free_locks
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.hair.params import HairParams, choose_texture_columns
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.vectors import normalize

TIE_LIFT_M = 0.014
HAIRLINE_DEG = ((0.0, 69.0), (45.0, 74.0), (70.0, 84.0), (88.0, 86.0), (110.0, 104.0), (140.0, 130.0), (180.0, 138.0))
"""Polar angle of the hairline at azimuths from the front to the back."""
Vector = tuple[float, float, float]


def hairline_deg(azimuth_deg: Float[np.ndarray, "*any"] | float) -> Float[np.ndarray, "*any"]:
    """Return the polar angle at which the hair begins."""
    turned = np.abs((np.asarray(azimuth_deg) + 180) % 360 - 180)
    return np.asarray(np.interp(turned, *np.array(HAIRLINE_DEG).T))


def comb_to_tie(
    params: HairParams,
    rng: np.random.Generator,
    tie: Float[np.ndarray, "1 3"],
    from_deg: float,
    to_deg: float,
    *,
    count: int = 13,
    seam: int = 0,
    lift_m: float = 0.009,
) -> HairLocks:
    """Comb locks to the tie: from the hairline between two azimuths, and from `seam` points of the middle parting."""
    azimuth = np.linspace(from_deg, to_deg, count)
    roots = [direction_from_angles(azimuth, hairline_deg(azimuth) - 1.0)]
    if seam:
        angle = np.radians(np.linspace(-58, 122, seam))
        # the parting: over the head from the forehead to the nape
        roots.append(normalize(np.stack([np.full(seam, -0.03), np.cos(angle), -np.sin(angle)], axis=1)))
    root = np.concatenate(roots)
    total = len(root)
    return grow_locks(
        root,
        np.broadcast_to(tie, root.shape),
        lift_m=lift_m + 0.3 * params.volume_m + rng.normal(0, 0.0012, total),
        fall_m=0.008,
        half_width_m=0.0185,
        thickness_m=0.0055,
        root_width=1.0,
        root_lift_m=0.0045,
        taper=1.5,
        column=choose_texture_columns(rng, total, params),
    )


def grow_tail(
    params: HairParams,
    rng: np.random.Generator,
    tie: Float[np.ndarray, "1 3"],
    heading: Vector,
    length_m: float,
    radius_m: float,
    *,
    count: int = 13,
    wave_m: float = 0.0,
    waves: float = 2.0,
    drop: float = 0.45,
    curl_out: float = 0.0,
    taper: float = 1.7,
) -> HairLocks:
    """Grow a bundle of locks that leaves the tie along `heading` and bends downwards under its weight."""
    steps = 22
    s = np.linspace(0, 1, steps)
    start = place_above_cranium(tie[0], TIE_LIFT_M)
    sideways = float(np.sign(heading[0]))
    blend = smoothstep(0.0, drop, s)[:, None]
    direction = normalize(normalize(np.array(heading)) * (1 - blend) + np.array([0.10 * sideways, -1.0, -0.06]) * blend)
    direction = normalize(direction + curl_out * smoothstep(0.6, 1.0, s)[:, None] * np.array([sideways, 0.6, -0.3]))
    centre = start + np.cumsum(direction, axis=0) * length_m / steps
    side_a = normalize(np.cross(direction, np.array([0.3, 0.2, 1.0])))
    side_b = np.cross(direction, side_a)
    angle = np.arange(count) * 2.39996 + rng.normal(0, 0.2, count)
    ring = np.where(np.arange(count) < count // 3, 0.35, 1.0) * rng.uniform(0.8, 1.15, count)
    reach = np.interp(s, [0, 0.04, 0.28, 0.7, 1.0], [0.28, 0.40, 1.0, 0.8, 0.25]) * radius_m
    swing = (wave_m + params.wave_m) * smoothstep(0.1, 0.5, s)
    turn = 2 * np.pi * (waves * s + 0.8 * rng.random(count)[:, None])
    across_a = reach * (ring * np.cos(angle))[:, None] + swing * np.sin(turn)
    across_b = reach * (ring * np.sin(angle))[:, None] + swing * np.cos(turn)
    path = centre + across_a[..., None] * side_a + across_b[..., None] * side_b
    path = shorten_paths(path, rng.uniform(0.80, 1.0, count))
    return shape_free_locks(
        path,
        np.broadcast_to(centre - 0.01 * direction, path.shape),
        half_width_m=radius_m * 0.58 * params.lock_width,
        thickness_m=radius_m * 0.30,
        taper=taper,
        column=choose_texture_columns(rng, count, params),
    )


def shorten_paths(path: Float[np.ndarray, "N M 3"], share: Float[np.ndarray, " N"]) -> Float[np.ndarray, "N M 3"]:
    """Return the first share of each path, resampled to the same number of points."""
    steps = path.shape[1]
    at = np.linspace(0, 1, steps) * share[:, None] * (steps - 1)
    low = np.minimum(at.astype(int), steps - 2)
    rows, rest = np.arange(len(path))[:, None], (at - low)[..., None]
    return path[rows, low] * (1 - rest) + path[rows, low + 1] * rest
