"""Hair that hangs from a tie in a fixed form: braids, ringlets, tufts and buns."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.growth import shape_free_locks
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.hair.params import HairParams, choose_texture_columns
from panic3d.datagen.synth.hair.tails import Vector
from panic3d.datagen.synth.meshes.vectors import normalize


def trace_hanging_line(
    length_m: float, steps: int, heading: Vector = (0.0, -1.0, 0.0), drop: float = 0.3
) -> Float[np.ndarray, "M 3"]:
    """Return a line that leaves the origin along `heading` and bends downwards."""
    s = np.linspace(0, 1, steps)
    blend = smoothstep(0.0, drop, s)[:, None]
    direction = normalize(normalize(np.array(heading)) * (1 - blend) + np.array([0.0, -1.0, 0.0]) * blend)
    return np.cumsum(direction, axis=0) * length_m / steps


def grow_braid(
    params: HairParams,
    rng: np.random.Generator,
    length_m: float,
    radius_m: float,
    heading: Vector = (0.0, -1.0, 0.0),
    facing: Vector = (0.6, 0.0, 0.8),
) -> HairLocks:
    """Grow three crossing strands from the origin downwards."""
    steps = 60
    centre = trace_hanging_line(length_m, steps, heading)
    turns = length_m / (radius_m * 3.6)
    phase = 2 * np.pi * (np.linspace(0, turns, steps)[None] + np.arange(3)[:, None] / 3)
    front = normalize(np.array(facing))
    across = normalize(np.cross(np.array([0.0, 1.0, 0.0]), front))
    narrow = radius_m * np.linspace(1.0, 0.72, steps)
    path = (
        centre + (narrow * np.sin(phase))[..., None] * across + (0.55 * narrow * np.sin(2 * phase))[..., None] * front
    )
    strands = shape_free_locks(
        path,
        np.broadcast_to(centre - 0.5 * radius_m * front, path.shape),
        half_width_m=radius_m * 0.85,
        thickness_m=radius_m * 0.62,
        root_width=0.9,
        taper=9.0,
        column=choose_texture_columns(rng, 3, params),
    )
    return replace(strands, outward=strands.outward + 1.2 * front)


def grow_tuft(
    params: HairParams, rng: np.random.Generator, at: Float[np.ndarray, " 3"], length_m: float, radius_m: float
) -> HairLocks:
    """Grow the loose end below a braid."""
    count = 6
    angle = np.arange(count) * 2 * np.pi / count + rng.random()
    spread = np.stack([np.cos(angle), np.zeros(count), np.sin(angle)], axis=1)
    s = np.linspace(0, 1, 8)
    bulge = radius_m * np.sin(np.pi * (0.12 + 0.8 * s)) * 0.8
    centre = at + np.outer(s, [0.0, -length_m, 0.0])
    path = centre + bulge[None, :, None] * spread[:, None]
    return shape_free_locks(
        path,
        np.broadcast_to(centre, path.shape),
        half_width_m=radius_m * 0.7,
        thickness_m=radius_m * 0.4,
        column=choose_texture_columns(rng, count, params),
        v_root=0.8,
    )


def grow_ringlet(
    params: HairParams, rng: np.random.Generator, length_m: float, radius_m: float, heading: Vector = (0.0, -1.0, 0.0)
) -> HairLocks:
    """Grow a drill from the origin downwards: broad bands wound around a line, narrowing to a point."""
    steps, bands = 64, 3
    s = np.linspace(0, 1, steps)
    centre = trace_hanging_line(length_m, steps, heading)
    turns = length_m / (radius_m * 3.4)
    reach = radius_m * np.interp(s, [0, 0.08, 0.35, 1.0], [0.5, 0.85, 1.0, 0.22])
    phase = 2 * np.pi * (turns * s[None] + np.arange(bands)[:, None] / bands)
    path = centre + reach[None, :, None] * np.stack([np.cos(phase), np.zeros_like(phase), np.sin(phase)], axis=-1)
    return shape_free_locks(
        path,
        np.broadcast_to(centre, path.shape),
        half_width_m=radius_m * 0.72,
        thickness_m=radius_m * 0.30,
        root_width=0.8,
        taper=2.6,
        column=choose_texture_columns(rng, bands, params),
    )


def grow_bun(
    params: HairParams,
    rng: np.random.Generator,
    centre: Float[np.ndarray, " 3"],
    direction: Float[np.ndarray, " 3"],
    radius_m: float,
) -> HairLocks:
    """Grow a ball of locks that run from its outer pole to the head."""
    count, steps = 12, 12
    pole = normalize(direction)
    side = normalize(np.cross(pole, np.array([0.1, 0.9, 0.42])))
    other = np.cross(pole, side)
    polar = np.linspace(0.10, 2.75, steps)
    turn = np.arange(count)[:, None] * 2 * np.pi / count + 0.9 * polar[None] + rng.random()
    ring = np.sin(polar)[None, :, None] * (np.cos(turn)[..., None] * side + np.sin(turn)[..., None] * other)
    ball = ring + np.cos(polar)[None, :, None] * pole
    ripple = 1 + 0.05 * rng.normal(size=(count, 1, 1))
    path = centre + radius_m * ball * ripple * np.array([1.0, 0.94, 1.0])
    return shape_free_locks(
        path,
        np.broadcast_to(centre, path.shape),
        half_width_m=radius_m * 0.36,
        thickness_m=radius_m * 0.22,
        root_width=0.35,
        taper=5.0,
        column=choose_texture_columns(rng, count, params),
        v_root=0.1,
    )
