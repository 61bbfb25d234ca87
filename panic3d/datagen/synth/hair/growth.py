"""Growth of locks: along the skull from the root to the point of departure, then falling freely."""

import numpy as np
from jaxtyping import Float, Int

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.head.cranium import CRANIUM_RADII_M, Values, place_above_cranium
from panic3d.datagen.synth.head.skull import RINGS
from panic3d.datagen.synth.meshes.vectors import normalize

POINTS_ON_SKULL, POINTS_FALLING = 9, 13
CAP_ON_SKULL_M, CAP_IN_AIR_M = 0.020, 0.004
"""Length of the rounded end at the root of locks that grow from the scalp, and of those that begin at a tie."""


def compute_parting_roots(
    azimuth_deg: Values, part_deg: float = 0.0, forward_deg: float = 12.0
) -> Float[np.ndarray, "N 3"]:
    """Return the roots of hair that falls at an azimuth: on a line over the head that the parting shifts sideways."""
    forward = np.radians(forward_deg * np.cos(np.radians(azimuth_deg)) - 5.0)
    sideways = np.radians(part_deg + 5.0 * np.sin(np.radians(azimuth_deg)))
    return normalize(np.stack([np.sin(sideways), np.cos(forward) * np.cos(sideways), np.sin(forward)], axis=-1))


def slerp(
    a: Float[np.ndarray, "N 3"], b: Float[np.ndarray, "N 3"], t: Float[np.ndarray, " M"]
) -> Float[np.ndarray, "N M 3"]:
    """Interpolate unit vectors along the great circle (spherical linear interpolation)."""
    angle = np.arccos(np.clip((a * b).sum(-1), -1, 1))[:, None, None]
    t = t[None, :, None]
    sine = np.maximum(np.sin(angle), 1e-6)
    return normalize((np.sin((1 - t) * angle) * a[:, None] + np.sin(t * angle) * b[:, None]) / sine)


def grow_locks(
    root: Float[np.ndarray, "N 3"],
    departure: Float[np.ndarray, "N 3"],
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
) -> HairLocks:
    """Grow locks along the skull from `root` to `departure`, then freely through the air.

    Along the skull they rise from `root_lift_m` to `lift_m`; the free part has the length `fall_m`. It turns towards
    `aim` within the share `turn` of its length. `curl` (radians) bends its tip outwards (negative: inwards); `wave_m`
    is the amplitude of its waves; `swirl` (radians) bows the path on the skull sideways.
    """
    count = len(departure)

    def broadcast_column(value: Values) -> Float[np.ndarray, "N 1"]:
        return np.broadcast_to(np.asarray(value, float), (count,))[:, None]

    t = np.linspace(0, 1, POINTS_ON_SKULL)
    units = slerp(np.broadcast_to(root, departure.shape), departure, t)
    side = np.cross(units, np.gradient(units, axis=1))
    bow = np.tan(broadcast_column(swirl)) * np.sin(np.pi * t)
    units = normalize(units + normalize(side) * bow[..., None])
    lift = (
        broadcast_column(root_lift_m)
        + (broadcast_column(lift_m) - broadcast_column(root_lift_m)) * smoothstep(0, 0.7, t)[None]
    )
    on_skull = place_above_cranium(units, lift)
    normals = normalize(units / (CRANIUM_RADII_M + 0.01))
    polar = np.degrees(np.arccos(np.clip(units[..., 1], -1, 1)))
    v_on_skull = np.maximum.accumulate(np.clip(polar / 110, 0, 1), axis=1) * 0.5

    start = normalize(on_skull[:, -1] - on_skull[:, -2])
    s = np.linspace(0, 1, POINTS_FALLING + 1)[1:]
    blend = smoothstep(0.0, 1.0, np.clip(s[None] / np.maximum(broadcast_column(turn), 1e-3), 0, 1))[..., None]
    target = normalize(np.broadcast_to(np.asarray(aim, float), departure.shape))
    heading = normalize(start[:, None] * (1 - blend) + target[:, None] * blend)
    outward = normalize(normals[:, -1:] - (normals[:, -1:] * heading).sum(-1, keepdims=True) * heading)
    bend = (broadcast_column(curl) * s[None] ** 2)[..., None]
    heading = heading * np.cos(bend) + outward * np.sin(bend)
    falling = on_skull[:, -1:] + np.cumsum(heading * (broadcast_column(fall_m) / POINTS_FALLING)[..., None], axis=1)
    outward = normalize(outward - (outward * heading).sum(-1, keepdims=True) * heading)
    across = np.cross(heading, outward)
    angle = 2 * np.pi * (broadcast_column(waves) * s + broadcast_column(phase))
    swing = broadcast_column(wave_m) * smoothstep(0, 0.35, s)[None]
    falling = falling + across * (swing * np.sin(angle))[..., None] + outward * (swing * 0.6 * np.cos(angle))[..., None]

    v_start = v_on_skull[:, -1:]
    v = np.concatenate([v_on_skull, v_start + (1 - v_start) * s[None]], axis=1)
    return HairLocks(
        path=push_out_of_skull(np.concatenate([on_skull, falling], axis=1)),
        outward=np.concatenate([normals, outward], axis=1),
        v=v,
        half_width=broadcast_column(half_width_m)[:, 0].copy(),
        thickness=broadcast_column(thickness_m)[:, 0].copy(),
        root=broadcast_column(root_width)[:, 0].copy(),
        taper=broadcast_column(taper)[:, 0].copy(),
        column=np.broadcast_to(np.asarray(column), (count,)).astype(np.int64),
        cap_m=np.full(count, CAP_ON_SKULL_M),
    )


def push_out_of_skull(points: Float[np.ndarray, "N M 3"], margin_m: float = 0.005) -> Float[np.ndarray, "N M 3"]:
    """Move points horizontally out of face and neck."""
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


def shape_free_locks(
    path: Float[np.ndarray, "N M 3"],
    axis: Float[np.ndarray, "N M 3"],
    *,
    half_width_m: Values,
    thickness_m: Values = 0.008,
    root_width: Values = 0.6,
    taper: Values = 1.6,
    column: Int[np.ndarray, " N"] | int = 0,
    v_root: float = 0.2,
) -> HairLocks:
    """Make locks along given paths (tails, braids), facing away from the points of `axis`."""
    count, length = path.shape[:2]

    def broadcast(value: Values) -> Float[np.ndarray, " N"]:
        return np.broadcast_to(np.asarray(value, float), (count,)).copy()

    return HairLocks(
        path=path,
        outward=normalize(path - axis + 1e-6),
        v=np.broadcast_to(np.linspace(v_root, 1.0, length), (count, length)).copy(),
        half_width=broadcast(half_width_m),
        thickness=broadcast(thickness_m),
        root=broadcast(root_width),
        taper=broadcast(taper),
        column=np.broadcast_to(np.asarray(column), (count,)).astype(np.int64),
        cap_m=np.full(count, CAP_IN_AIR_M),
    )
