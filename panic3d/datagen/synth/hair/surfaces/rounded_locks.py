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
MOST_RINGS, FEWEST_RINGS, RING_STEP = 32, 7, 2
"""Rings of a lock; locks whose numbers differ by less than the step are built together."""
RINGS_OF_STRAIGHT_LOCKS, RINGS_PER_RADIAN = 4.0, 4.5
"""The wanted rings: those of a straight lock, and more for each radian by which it turns."""
MOST_OF_WANTED_RINGS = 1.5
BEND_M_PER_RADIAN = 0.10
"""Where a lock turns, its rings are as dense as if it were longer by this for each radian."""


def choose_ring_counts(locks: HairLocks, triangles: int) -> Int[np.ndarray, " N"]:
    """Choose how many rings each lock has, so that all together have about so many triangles: more where it turns."""
    wanted = RINGS_OF_STRAIGHT_LOCKS + RINGS_PER_RADIAN * compute_turning(locks.path).sum(axis=1)
    share = min(triangles / (2 * len(EDGES) * wanted.sum()), MOST_OF_WANTED_RINGS)
    counts = np.clip(wanted * share + 1, FEWEST_RINGS, MOST_RINGS)
    return (RING_STEP * np.round(counts / RING_STEP)).astype(np.int64)


def compute_turning(path: Float[np.ndarray, "N M 3"]) -> Float[np.ndarray, "N M"]:
    """Return the angle in radians by which each path turns at each point."""
    heading = normalize(np.diff(path, axis=1))
    turning = np.arccos(np.clip((heading[:, 1:] * heading[:, :-1]).sum(-1), -1, 1))
    return np.pad(turning, ((0, 0), (1, 1)))


def resample_smoothly(values: Float[np.ndarray, "N M C"], count: int) -> Float[np.ndarray, "N count C"]:
    """Resample by cubics along the path of the first three channels, denser where it turns and towards both ends."""
    turning = compute_turning(values[..., :3])
    steps = np.linalg.norm(np.diff(values[..., :3], axis=1), axis=2)
    steps = steps + BEND_M_PER_RADIAN * (turning[:, 1:] + turning[:, :-1]) / 2
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
