"""Gathered hair: locks combed to a tie, and what hangs from it: tails, braids, ringlets, buns."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.hair.growth import direction, free, grown, on_cranium
from panic3d.datagen.synth.hair.locks import Strands, unit
from panic3d.datagen.synth.hair.look import HairLook, variants
from panic3d.datagen.synth.meshes.mesh import smoothstep

TIE_LIFT_M = 0.014
HAIRLINE_DEG = ((0.0, 69.0), (45.0, 74.0), (70.0, 84.0), (88.0, 86.0), (110.0, 104.0), (140.0, 130.0), (180.0, 138.0))
"""Polar angle of the hairline at azimuths from the front to the back."""
Vector = tuple[float, float, float]


def hairline_deg(azimuth_deg: Float[np.ndarray, "*any"] | float) -> Float[np.ndarray, "*any"]:
    """Polar angle at which hair begins."""
    turned = np.abs((np.asarray(azimuth_deg) + 180) % 360 - 180)
    return np.asarray(np.interp(turned, *np.array(HAIRLINE_DEG).T))


def gathered(
    look: HairLook,
    rng: np.random.Generator,
    tie: Float[np.ndarray, "1 3"],
    from_deg: float,
    to_deg: float,
    *,
    count: int = 13,
    seam: int = 0,
    lift_m: float = 0.009,
) -> Strands:
    """Locks from the hairline between two azimuths, and from `seam` points of the middle parting, to the tie."""
    azimuth = np.linspace(from_deg, to_deg, count)
    roots = [direction(azimuth, hairline_deg(azimuth) - 1.0)]
    if seam:
        angle = np.radians(np.linspace(-58, 122, seam))
        # the parting: over the head from the forehead to the nape
        roots.append(unit(np.stack([np.full(seam, -0.03), np.cos(angle), -np.sin(angle)], axis=1)))
    root = np.concatenate(roots)
    total = len(root)
    return grown(
        root,
        np.broadcast_to(tie, root.shape),
        lift_m=lift_m + 0.3 * look.volume_m + rng.normal(0, 0.0012, total),
        fall_m=0.008,
        half_width_m=0.0185,
        thickness_m=0.0055,
        root_width=1.0,
        root_lift_m=0.0045,
        taper=1.5,
        column=variants(rng, total, look),
    )


def tail(
    look: HairLook,
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
) -> Strands:
    """A bundle of locks that leaves the tie along `heading` and turns down under its weight."""
    steps = 22
    s = np.linspace(0, 1, steps)
    start = on_cranium(tie[0], TIE_LIFT_M)
    aside = float(np.sign(heading[0]))
    blend = smoothstep(0.0, drop, s)[:, None]
    way = unit(unit(np.array(heading)) * (1 - blend) + np.array([0.10 * aside, -1.0, -0.06]) * blend)
    way = unit(way + curl_out * smoothstep(0.6, 1.0, s)[:, None] * np.array([aside, 0.6, -0.3]))
    centre = start + np.cumsum(way, axis=0) * length_m / steps
    side_a = unit(np.cross(way, np.array([0.3, 0.2, 1.0])))
    side_b = np.cross(way, side_a)
    angle = np.arange(count) * 2.39996 + rng.normal(0, 0.2, count)
    ring = np.where(np.arange(count) < count // 3, 0.35, 1.0) * rng.uniform(0.8, 1.15, count)
    reach = np.interp(s, [0, 0.04, 0.28, 0.7, 1.0], [0.28, 0.40, 1.0, 0.8, 0.25]) * radius_m
    swing = (wave_m + look.wave_m) * smoothstep(0.1, 0.5, s)
    turn = 2 * np.pi * (waves * s + 0.8 * rng.random(count)[:, None])
    across_a = reach * (ring * np.cos(angle))[:, None] + swing * np.sin(turn)
    across_b = reach * (ring * np.sin(angle))[:, None] + swing * np.cos(turn)
    path = centre + across_a[..., None] * side_a + across_b[..., None] * side_b
    path = shortened(path, rng.uniform(0.80, 1.0, count))
    return free(
        path,
        np.broadcast_to(centre - 0.01 * way, path.shape),
        half_width_m=radius_m * 0.58 * look.lock_width,
        thickness_m=radius_m * 0.30,
        taper=taper,
        column=variants(rng, count, look),
    )


def shortened(path: Float[np.ndarray, "N M 3"], share: Float[np.ndarray, " N"]) -> Float[np.ndarray, "N M 3"]:
    """The first part of each path, with as many points."""
    steps = path.shape[1]
    at = np.linspace(0, 1, steps) * share[:, None] * (steps - 1)
    low = np.minimum(at.astype(int), steps - 2)
    rows, rest = np.arange(len(path))[:, None], (at - low)[..., None]
    return path[rows, low] * (1 - rest) + path[rows, low + 1] * rest


def hanging(
    length_m: float, steps: int, heading: Vector = (0.0, -1.0, 0.0), drop: float = 0.3
) -> Float[np.ndarray, "M 3"]:
    """A line that leaves the origin along `heading` and turns down."""
    s = np.linspace(0, 1, steps)
    blend = smoothstep(0.0, drop, s)[:, None]
    way = unit(unit(np.array(heading)) * (1 - blend) + np.array([0.0, -1.0, 0.0]) * blend)
    return np.cumsum(way, axis=0) * length_m / steps


def braid(
    look: HairLook,
    rng: np.random.Generator,
    length_m: float,
    radius_m: float,
    heading: Vector = (0.0, -1.0, 0.0),
    facing: Vector = (0.6, 0.0, 0.8),
) -> Strands:
    """Three strands crossing, with a tuft at the end, from the origin downwards."""
    steps = 60
    centre = hanging(length_m, steps, heading)
    turns = length_m / (radius_m * 3.6)
    phase = 2 * np.pi * (np.linspace(0, turns, steps)[None] + np.arange(3)[:, None] / 3)
    front = unit(np.array(facing))
    across = unit(np.cross(np.array([0.0, 1.0, 0.0]), front))
    narrow = radius_m * np.linspace(1.0, 0.72, steps)
    path = (
        centre + (narrow * np.sin(phase))[..., None] * across + (0.55 * narrow * np.sin(2 * phase))[..., None] * front
    )
    strands = free(
        path,
        np.broadcast_to(centre - 0.5 * radius_m * front, path.shape),
        half_width_m=radius_m * 0.85,
        thickness_m=radius_m * 0.62,
        root_width=0.9,
        taper=9.0,
        column=variants(rng, 3, look),
    )
    return strands.replaced(outward=strands.outward + 1.2 * front)


def tuft(
    look: HairLook, rng: np.random.Generator, at: Float[np.ndarray, " 3"], length_m: float, radius_m: float
) -> Strands:
    """The loose end below a braid."""
    count = 6
    angle = np.arange(count) * 2 * np.pi / count + rng.random()
    spread = np.stack([np.cos(angle), np.zeros(count), np.sin(angle)], axis=1)
    s = np.linspace(0, 1, 8)
    bulge = radius_m * np.sin(np.pi * (0.12 + 0.8 * s)) * 0.8
    centre = at + np.outer(s, [0.0, -length_m, 0.0])
    path = centre + bulge[None, :, None] * spread[:, None]
    return free(
        path,
        np.broadcast_to(centre, path.shape),
        half_width_m=radius_m * 0.7,
        thickness_m=radius_m * 0.4,
        column=variants(rng, count, look),
        v_root=0.8,
    )


def ringlet(
    look: HairLook, rng: np.random.Generator, length_m: float, radius_m: float, heading: Vector = (0.0, -1.0, 0.0)
) -> Strands:
    """A drill: broad bands wound around a line, narrowing to a point, from the origin downwards."""
    steps, bands = 64, 3
    s = np.linspace(0, 1, steps)
    centre = hanging(length_m, steps, heading)
    turns = length_m / (radius_m * 3.4)
    reach = radius_m * np.interp(s, [0, 0.08, 0.35, 1.0], [0.5, 0.85, 1.0, 0.22])
    phase = 2 * np.pi * (turns * s[None] + np.arange(bands)[:, None] / bands)
    path = centre + reach[None, :, None] * np.stack([np.cos(phase), np.zeros_like(phase), np.sin(phase)], axis=-1)
    return free(
        path,
        np.broadcast_to(centre, path.shape),
        half_width_m=radius_m * 0.72,
        thickness_m=radius_m * 0.30,
        root_width=0.8,
        taper=2.6,
        column=variants(rng, bands, look),
    )


def bun(
    look: HairLook,
    rng: np.random.Generator,
    centre: Float[np.ndarray, " 3"],
    way: Float[np.ndarray, " 3"],
    radius_m: float,
) -> Strands:
    """A ball of locks that turn from its outer pole to the head."""
    count, steps = 12, 12
    pole = unit(way)
    side = unit(np.cross(pole, np.array([0.1, 0.9, 0.42])))
    other = np.cross(pole, side)
    polar = np.linspace(0.10, 2.75, steps)
    turn = np.arange(count)[:, None] * 2 * np.pi / count + 0.9 * polar[None] + rng.random()
    ring = np.sin(polar)[None, :, None] * (np.cos(turn)[..., None] * side + np.sin(turn)[..., None] * other)
    ball = ring + np.cos(polar)[None, :, None] * pole
    ripple = 1 + 0.05 * rng.normal(size=(count, 1, 1))
    path = centre + radius_m * ball * ripple * np.array([1.0, 0.94, 1.0])
    return free(
        path,
        np.broadcast_to(centre, path.shape),
        half_width_m=radius_m * 0.36,
        thickness_m=radius_m * 0.22,
        root_width=0.35,
        taper=5.0,
        column=variants(rng, count, look),
        v_root=0.1,
    )
