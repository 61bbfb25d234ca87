"""Gathered hair: locks combed to a tie, and the tails that hang from it."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.hair.growth import direction, free, grown, on_cranium
from panic3d.datagen.synth.hair.locks import Strands, together, unit
from panic3d.datagen.synth.hair.look import HairLook, variants
from panic3d.datagen.synth.mesh import smoothstep

TIE_LIFT_M = 0.014
HAIRLINE_DEG = ((0.0, 58.0), (45.0, 66.0), (70.0, 84.0), (88.0, 86.0), (110.0, 104.0), (140.0, 130.0), (180.0, 138.0))
"""Polar angle of the hairline at azimuths from the front to the back."""


def hairline_deg(azimuth_deg: Float[np.ndarray, "*any"] | float) -> np.ndarray:
    """Polar angle at which hair begins."""
    turned = np.abs((np.asarray(azimuth_deg) + 180) % 360 - 180)
    return np.interp(turned, *np.array(HAIRLINE_DEG).T)


def gathered(
    look: HairLook, rng: np.random.Generator, tie: Float[np.ndarray, "1 3"], azimuth_deg: np.ndarray, seam: bool
) -> Strands:
    """Locks from the hairline (and, with `seam`, from the middle parting) along the skull to the tie."""
    roots = [direction(azimuth_deg, hairline_deg(azimuth_deg) - 2.0)]
    if seam:
        polar = np.linspace(-50, 100, 9)
        roots.append(direction(178.0, polar) + np.array([0.02, 0, 0]))
    root = unit(np.concatenate(roots))
    count = len(root)
    return grown(
        root,
        np.broadcast_to(tie, root.shape),
        lift_m=TIE_LIFT_M * 0.6 + 0.3 * look.volume_m,
        fall_m=0.010,
        half_width_m=0.019,
        thickness_m=0.005,
        root_width=0.95,
        root_lift_m=0.003,
        taper=2.2,
        column=variants(rng, count, look),
    )


def tail(
    look: HairLook,
    rng: np.random.Generator,
    tie: Float[np.ndarray, "1 3"],
    heading: tuple[float, float, float],
    length_m: float,
    radius_m: float,
    *,
    count: int = 13,
    wave_m: float = 0.0,
    waves: float = 2.0,
    drop: float = 0.45,
    curl_out: float = 0.0,
) -> list[Strands]:
    """A bundle of locks that leaves the tie along `heading` and turns down under its weight."""
    steps = 22
    s = np.linspace(0, 1, steps)
    start = on_cranium(tie[0], np.array(TIE_LIFT_M))
    blend = smoothstep(0, drop, s)[:, None]
    way = unit(unit(np.array(heading)) * (1 - blend) + np.array([0.10 * np.sign(heading[0]), -1.0, -0.06]) * blend)
    bend = curl_out * smoothstep(0.6, 1.0, s)[:, None] * np.array([np.sign(heading[0]), 0.6, -0.3])
    centre = start + np.cumsum(unit(way + bend), axis=0) * length_m / steps
    side_a = unit(np.cross(way, [0.3, 0.2, 1.0]))
    side_b = np.cross(way, side_a)
    angle = np.arange(count) * 2.39996 + rng.normal(0, 0.2, count)
    ring = np.where(np.arange(count) < count // 3, 0.35, 1.0) * rng.uniform(0.8, 1.15, count)
    reach = np.interp(s, [0, 0.04, 0.28, 0.7, 1.0], [0.28, 0.40, 1.0, 0.8, 0.25]) * radius_m
    swing = (wave_m + look.wave_m) * smoothstep(0.1, 0.5, s)
    phase = rng.random(count) * 0.8
    path = (
        centre
        + ((reach * (ring * np.cos(angle))[:, None]) + swing * np.sin(2 * np.pi * (waves * s + phase[:, None])))[
            ..., None
        ]
        * side_a
        + ((reach * (ring * np.sin(angle))[:, None]) + swing * np.cos(2 * np.pi * (waves * s + phase[:, None])))[
            ..., None
        ]
        * side_b
    )
    # ends differ in length
    share = rng.uniform(0.80, 1.0, count)
    at = np.clip(s[None] * share[:, None], 0, 1) * (steps - 1)
    low = np.minimum(at.astype(int), steps - 2)
    rows = np.arange(count)[:, None]
    path = path[rows, low] * (1 - (at - low))[..., None] + path[rows, low + 1] * (at - low)[..., None]
    axis = np.broadcast_to(centre - 0.01 * way, path.shape)
    return [
        together(
            [
                free(
                    path,
                    axis,
                    half_width_m=radius_m * 0.55 * look.lock_width,
                    thickness_m=radius_m * 0.28,
                    taper=1.7,
                    column=variants(rng, count, look),
                )
            ]
        )
    ]
