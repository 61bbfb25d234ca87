"""Locks with rounded cross-sections whose roots sink into the scalp, so that the crown has no corners."""

import numpy as np
from jaxtyping import Float, Int

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.locks import INNER, HairLocks
from panic3d.datagen.synth.hair.surfaces.strips import STRIPS
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.vectors import normalize

_TURN = np.linspace(np.pi, 0.0, 7)
OUTER = np.stack([np.cos(_TURN), np.sin(_TURN) ** 0.85], axis=1)
INNER_SIDE = np.array([[1.0, 0.0], [0.0, -0.35], [-1.0, 0.0]])
"""Cross-section: across (half widths) and outward (thicknesses); the inner side shows the dark strip."""
EDGES = np.array([0, 1, 2, 3, 4, 5, 7, 8])
ROOT_DEPTH = 0.35
"""How far the root's end lies below the path, as a share of the length of its cap."""
MOST_RINGS, FEWEST_RINGS = 20, 9


def choose_ring_count(locks: int, triangles: int) -> int:
    """Choose how many rings each lock has, so that all locks together have about so many triangles."""
    return int(np.clip(triangles / (2 * len(EDGES) * max(locks, 1)) + 1, FEWEST_RINGS, MOST_RINGS))


def resample_smoothly(values: Float[np.ndarray, "N M C"], count: int) -> Float[np.ndarray, "N count C"]:
    """Resample along the arc length of the first three channels by cubics, denser towards both ends."""
    steps = np.linalg.norm(np.diff(values[..., :3], axis=1), axis=2)
    along = np.concatenate([np.zeros((len(values), 1)), np.cumsum(steps, axis=1)], axis=1)
    along /= np.maximum(along[:, -1:], 1e-9)
    even = np.linspace(0, 1, count)
    target = even - 0.5 * np.sin(2 * np.pi * even) / (2 * np.pi)
    right = np.clip((along[:, :, None] < target[None, None]).sum(axis=1), 1, along.shape[1] - 1)
    rows = np.arange(len(values))[:, None]
    low, high = along[rows, right - 1], along[rows, right]
    t = np.clip((target - low) / np.maximum(high - low, 1e-9), 0, 1)[..., None]
    # Hermite cubics with the slopes of the neighbouring points
    slope = np.gradient(values, axis=1)
    a, b = values[rows, right - 1], values[rows, right]
    return (
        a * (1 + 2 * t) * (1 - t) ** 2
        + b * t**2 * (3 - 2 * t)
        + slope[rows, right - 1] * t * (1 - t) ** 2
        - slope[rows, right] * t**2 * (1 - t)
    )


def build_rounded_locks(locks: HairLocks, rings: int, material: str = "Hair") -> MeshPart:
    """Build one mesh of all locks, with rounded roots and pointed tips."""
    sampled = resample_smoothly(np.concatenate([locks.path, locks.outward, locks.v[..., None]], axis=2), rings)
    path, outward, v = sampled[..., :3], sampled[..., 3:6], np.clip(sampled[..., 6], 0, 1)
    tangent = normalize(np.gradient(path, axis=1))
    outward = normalize(outward - (outward * tangent).sum(-1, keepdims=True) * tangent)
    across = np.cross(tangent, outward)
    steps = np.linalg.norm(np.diff(path, axis=1), axis=2)
    along_m = np.concatenate([np.zeros((len(path), 1)), np.cumsum(steps, axis=1)], axis=1)
    t = along_m / np.maximum(along_m[:, -1:], 1e-9)
    cap_m = np.minimum(locks.cap_m[:, None], 0.3 * along_m[:, -1:])
    cap = np.sqrt(np.clip(1 - (1 - np.clip(along_m / cap_m, 0, 1)) ** 2, 0, 1))
    swell = locks.root[:, None] + (1 - locks.root[:, None]) * smoothstep(0.0, 0.35, t)
    end = np.maximum(1 - t ** (1.6 * locks.taper[:, None]), 0.012)
    width = locks.half_width[:, None] * swell * end * np.maximum(cap, 0.05)
    depth = locks.thickness[:, None] * (0.55 + 0.45 * swell) * np.sqrt(end) * np.maximum(cap, 0.05)
    path = path - outward * (ROOT_DEPTH * cap_m * (1 - smoothstep(0.0, 1.3 * cap_m, along_m)))[..., None]
    ring = np.concatenate([OUTER, INNER_SIDE])
    # a wide lock bends around the head
    bend = -(width[..., None] ** 2) * ring[:, 0] ** 2 / (2 * 0.11)
    xyz = (
        path[:, :, None]
        + across[:, :, None] * (width[..., None] * ring[:, 0])[..., None]
        + outward[:, :, None] * (depth[..., None] * ring[:, 1] + bend)[..., None]
    )
    strip = np.broadcast_to(locks.column[:, None, None], xyz.shape[:3]).copy()
    strip[..., len(OUTER) :] = INNER
    u = (strip + 0.5 + 0.42 * ring[:, 0]) / STRIPS
    uv = np.stack([u, np.broadcast_to(v[..., None], u.shape)], axis=-1)
    return MeshPart(material, xyz.reshape(-1, 3), _triangulate(len(path), rings), uv.reshape(-1, 2))


def _triangulate(locks: int, rings: int) -> Int[np.ndarray, "F 3"]:
    size = len(OUTER) + len(INNER_SIDE)
    first = (np.arange(locks)[:, None, None] * rings + np.arange(rings - 1)[None, :, None]) * size + EDGES
    first = first.reshape(-1)
    below = first + size
    return np.concatenate([np.stack([first, first + 1, below], 1), np.stack([first + 1, below + 1, below], 1)]).astype(
        np.int64
    )
