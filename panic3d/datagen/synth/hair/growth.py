"""How a lock grows: along the skull from root to the point where it leaves it, then falling freely.

Directions are unit vectors in the cranium's ellipsoid: azimuth 0 is the face, +90 the character's left, polar 0 the
top.
"""

import numpy as np
from jaxtyping import Float, Int

from panic3d.datagen.synth.hair.locks import Strands, unit
from panic3d.datagen.synth.head.skull import CRANIUM_CENTRE_M, CRANIUM_RADII_M, RINGS
from panic3d.datagen.synth.meshes.mesh import smoothstep

ON_SKULL, FALLING = 9, 13
Values = Float[np.ndarray, " N"] | float | int


def direction(azimuth_deg: Values, polar_deg: Values) -> Float[np.ndarray, "N 3"]:
    """Unit vectors from azimuth and polar angle; one for two numbers."""
    azimuth, polar = np.broadcast_arrays(*np.atleast_1d(np.radians(azimuth_deg), np.radians(polar_deg)))
    return np.stack([np.sin(polar) * np.sin(azimuth), np.cos(polar), np.sin(polar) * np.cos(azimuth)], axis=-1)


def on_cranium(way: Float[np.ndarray, "*any 3"], lift_m: Float[np.ndarray, "*any"] | float) -> np.ndarray:
    """Points that float `lift_m` above the cranium."""
    return CRANIUM_CENTRE_M + (CRANIUM_RADII_M + np.asarray(lift_m)[..., None]) * way


def parting(azimuth_deg: Values, part_deg: float = 0.0, forward_deg: float = 12.0) -> Float[np.ndarray, "N 3"]:
    """Where hair that falls at an azimuth is rooted: along a line over the head, shifted sideways by the parting."""
    forward = np.radians(forward_deg * np.cos(np.radians(azimuth_deg)) - 5.0)
    sideways = np.radians(part_deg + 5.0 * np.sin(np.radians(azimuth_deg)))
    return unit(np.stack([np.sin(sideways), np.cos(forward) * np.cos(sideways), np.sin(forward)], axis=-1))


def slerp(
    a: Float[np.ndarray, "N 3"], b: Float[np.ndarray, "N 3"], t: Float[np.ndarray, " M"]
) -> Float[np.ndarray, "N M 3"]:
    """Along the great circle."""
    angle = np.arccos(np.clip((a * b).sum(-1), -1, 1))[:, None, None]
    t = t[None, :, None]
    sine = np.maximum(np.sin(angle), 1e-6)
    return unit((np.sin((1 - t) * angle) * a[:, None] + np.sin(t * angle) * b[:, None]) / sine)


def grown(
    root: Float[np.ndarray, "N 3"],
    leave: Float[np.ndarray, "N 3"],
    *,
    lift_m: Values,
    fall_m: Values,
    half_width_m: Values,
    thickness_m: Values = 0.006,
    root_lift_m: Values = 0.006,
    aim: Float[np.ndarray, "N 3"] | tuple[float, float, float] = (0.0, -1.0, 0.0),
    turn: Values = 0.6,
    curl: Values = 0.0,
    wave_m: Values = 0.0,
    waves: Values = 2.0,
    phase: Values = 0.0,
    swirl: Values = 0.0,
    root_width: Values = 0.4,
    taper: Values = 1.6,
    column: Int[np.ndarray, " N"] | int = 0,
) -> Strands:
    """Locks along the skull from `root` to `leave`, rising from `root_lift_m` to `lift_m`, then `fall_m` through air.

    The free part turns towards `aim` within the share `turn` of its length; `curl` (radians) bends its tip outwards
    (negative: inwards); `wave_m` is the amplitude of its waves; `swirl` (radians) bows the path on the skull sideways.
    """
    count = len(leave)

    def column_of(value: Values) -> Float[np.ndarray, "N 1"]:
        return np.broadcast_to(np.asarray(value, float), (count,))[:, None]

    t = np.linspace(0, 1, ON_SKULL)
    units = slerp(np.broadcast_to(root, leave.shape), leave, t)
    side = np.cross(units, np.gradient(units, axis=1))
    bow = np.tan(column_of(swirl)) * np.sin(np.pi * t)
    units = unit(units + unit(side) * bow[..., None])
    lift = column_of(root_lift_m) + (column_of(lift_m) - column_of(root_lift_m)) * smoothstep(0, 0.7, t)[None]
    hugging = on_cranium(units, lift)
    normals = unit(units / (CRANIUM_RADII_M + 0.01))
    polar = np.degrees(np.arccos(np.clip(units[..., 1], -1, 1)))
    v_hugging = np.maximum.accumulate(np.clip(polar / 110, 0, 1), axis=1) * 0.5

    start = unit(hugging[:, -1] - hugging[:, -2])
    s = np.linspace(0, 1, FALLING + 1)[1:]
    blend = smoothstep(0.0, 1.0, np.clip(s[None] / np.maximum(column_of(turn), 1e-3), 0, 1))[..., None]
    target = unit(np.broadcast_to(np.asarray(aim, float), leave.shape))
    heading = unit(start[:, None] * (1 - blend) + target[:, None] * blend)
    outward = unit(normals[:, -1:] - (normals[:, -1:] * heading).sum(-1, keepdims=True) * heading)
    bend = (column_of(curl) * s[None] ** 2)[..., None]
    heading = heading * np.cos(bend) + outward * np.sin(bend)
    falling = hugging[:, -1:] + np.cumsum(heading * (column_of(fall_m) / FALLING)[..., None], axis=1)
    outward = unit(outward - (outward * heading).sum(-1, keepdims=True) * heading)
    across = np.cross(heading, outward)
    angle = 2 * np.pi * (column_of(waves) * s + column_of(phase))
    swing = column_of(wave_m) * smoothstep(0, 0.35, s)[None]
    falling = falling + across * (swing * np.sin(angle))[..., None] + outward * (swing * 0.6 * np.cos(angle))[..., None]

    v_start = v_hugging[:, -1:]
    v = np.concatenate([v_hugging, v_start + (1 - v_start) * s[None]], axis=1)
    return Strands(
        path=outside_skull(np.concatenate([hugging, falling], axis=1)),
        outward=np.concatenate([normals, outward], axis=1),
        v=v,
        half_width=column_of(half_width_m)[:, 0].copy(),
        thickness=column_of(thickness_m)[:, 0].copy(),
        root=column_of(root_width)[:, 0].copy(),
        taper=column_of(taper)[:, 0].copy(),
        column=np.broadcast_to(np.asarray(column), (count,)).astype(np.int64),
    )


def outside_skull(points: Float[np.ndarray, "N M 3"], margin_m: float = 0.005) -> Float[np.ndarray, "N M 3"]:
    """Points pushed out of face and neck, horizontally."""
    x, y, z = np.moveaxis(points, -1, 0)
    front, back = RINGS[1:13][::-1], RINGS[1:][::-1]
    half_width = np.interp(y, back[:, 1], back[:, 2]) + margin_m
    ahead = np.interp(y, front[:, 0], front[:, 4]) + margin_m
    behind = -np.interp(y, back[:, 1], back[:, 3]) + margin_m
    reach = np.where(z > 0, ahead, behind)
    inside = np.sqrt((x / half_width) ** 2 + (z / reach) ** 2)
    below_crown = y < 0.10
    factor = np.where((inside < 1) & below_crown & (y > -0.19), 1 / np.maximum(inside, 0.2), 1.0)
    return np.stack([x * factor, y, z * factor], axis=-1)


def free(
    path: Float[np.ndarray, "N M 3"],
    axis: Float[np.ndarray, "N M 3"],
    *,
    half_width_m: Values,
    thickness_m: Values = 0.008,
    root_width: Values = 0.6,
    taper: Values = 1.6,
    column: Int[np.ndarray, " N"] | int = 0,
    v_root: float = 0.2,
) -> Strands:
    """Locks along given paths (tails, braids), facing away from the points of `axis`."""
    count, length = path.shape[:2]

    def each(value: Values) -> Float[np.ndarray, " N"]:
        return np.broadcast_to(np.asarray(value, float), (count,)).copy()

    return Strands(
        path=path,
        outward=unit(path - axis + 1e-6),
        v=np.broadcast_to(np.linspace(v_root, 1.0, length), (count, length)).copy(),
        half_width=each(half_width_m),
        thickness=each(thickness_m),
        root=each(root_width),
        taper=each(taper),
        column=np.broadcast_to(np.asarray(column), (count,)).astype(np.int64),
    )
