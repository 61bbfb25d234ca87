"""Locks of hair: paths with a width, a thickness and a pointed end, and one mesh of many of them."""

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.vectors import normalize

RING_OUTER = np.array([[-1.0, 0.0], [-0.55, 0.62], [0.0, 1.0], [0.55, 0.62], [1.0, 0.0]])
RING_INNER = np.array([[1.0, 0.0], [0.0, -0.35], [-1.0, 0.0]])
"""Cross-section of a lock: across (half widths) and outward (thicknesses); the inner side shows the dark column."""
LOCK_RINGS = 12
COLUMNS = 8
"""Strips of the hair texture: 0-4 variants of the main colour, 5 the second colour, 6 under layer, 7 inner side."""
SECOND, UNDER, INNER = 5, 6, 7


@dataclass(frozen=True)
class HairLocks:
    """N locks as paths of M points in head units."""

    path: Float[np.ndarray, "N M 3"]
    outward: Float[np.ndarray, "N M 3"]
    v: Float[np.ndarray, "N M"]
    """The texture coordinate along the lock: 0 to 0.5 on the skull, 1 at the tip."""
    half_width: Float[np.ndarray, " N"]
    thickness: Float[np.ndarray, " N"]
    root: Float[np.ndarray, " N"]
    """The ratio of the width at the root to the full width."""
    taper: Float[np.ndarray, " N"]
    """The form of the end: 1 is a long triangle, 2 a leaf, 10 a blunt cut."""
    column: Int[np.ndarray, " N"]
    cap_m: Float[np.ndarray, " N"]
    """The length in which the root of a rounded lock swells from a point to its width (version 3)."""

    def select(self, chosen: Bool[np.ndarray, " N"]) -> "HairLocks":
        """Return some of the locks."""
        return HairLocks(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def mirror(self) -> "HairLocks":
        """Return the same locks on the other side of the head."""
        flip = np.array([-1.0, 1.0, 1.0])
        return replace(self, path=self.path * flip, outward=self.outward * flip)


def resample_paths(values: Float[np.ndarray, "N M C"], count: int) -> Float[np.ndarray, "N count C"]:
    """Resample linearly along the arc length of the first three channels, denser towards the tip."""
    steps = np.linalg.norm(np.diff(values[..., :3], axis=1), axis=2)
    along = np.concatenate([np.zeros((len(values), 1)), np.cumsum(steps, axis=1)], axis=1)
    along /= np.maximum(along[:, -1:], 1e-9)
    target = np.linspace(0, 1, count) ** 0.92
    right = np.clip((along[:, :, None] < target[None, None]).sum(axis=1), 1, along.shape[1] - 1)
    rows = np.arange(len(values))[:, None]
    low, high = along[rows, right - 1], along[rows, right]
    share = np.clip((target - low) / np.maximum(high - low, 1e-9), 0, 1)[..., None]
    return values[rows, right - 1] * (1 - share) + values[rows, right] * share


def build_lock_mesh(strands: HairLocks, material: str = "Hair", rings: int = LOCK_RINGS) -> MeshPart:
    """Build one closed mesh of all locks, with pointed tips."""
    sampled = resample_paths(np.concatenate([strands.path, strands.outward, strands.v[..., None]], axis=2), rings)
    path, outward, v = sampled[..., :3], sampled[..., 3:6], sampled[..., 6]
    tangent = normalize(np.gradient(path, axis=1))
    outward = normalize(outward - (outward * tangent).sum(-1, keepdims=True) * tangent)
    across = np.cross(tangent, outward)
    t = np.linspace(0, 1, rings)[None, :]
    swell = strands.root[:, None] + (1 - strands.root[:, None]) * smoothstep(0.0, 0.35, t)
    end = np.maximum(1 - t ** (1.6 * strands.taper[:, None]), 0.012)
    width = strands.half_width[:, None] * swell * end
    depth = strands.thickness[:, None] * (0.55 + 0.45 * swell) * np.sqrt(end)
    ring = np.concatenate([RING_OUTER, RING_INNER])
    # a wide lock bends around the head
    bend = -(width[..., None] ** 2) * ring[:, 0] ** 2 / (2 * 0.11)
    xyz = (
        path[:, :, None]
        + across[:, :, None] * (width[..., None] * ring[:, 0])[..., None]
        + outward[:, :, None] * (depth[..., None] * ring[:, 1] + bend)[..., None]
    )
    outer = len(RING_OUTER)
    column = np.broadcast_to(strands.column[:, None, None], xyz.shape[:3]).copy()
    column[..., outer:] = INNER
    u = (column + 0.5 + 0.42 * ring[:, 0]) / COLUMNS
    uv = np.stack([u, np.broadcast_to(v[..., None], u.shape)], axis=-1)
    return MeshPart(material, xyz.reshape(-1, 3), _triangulate_locks(len(path), rings), uv.reshape(-1, 2))


def _triangulate_locks(locks: int, rings: int) -> Int[np.ndarray, "F 3"]:
    size = len(RING_OUTER) + len(RING_INNER)
    edges = np.array([0, 1, 2, 3, 5, 6])
    first = (np.arange(locks)[:, None, None] * rings + np.arange(rings - 1)[None, :, None]) * size + edges
    first = first.reshape(-1)
    below = first + size
    return np.concatenate([np.stack([first, first + 1, below], 1), np.stack([first + 1, below + 1, below], 1)]).astype(
        np.int64
    )


def merge_locks(groups: list[HairLocks]) -> HairLocks:
    """Merge the locks of several groups; paths are resampled to the same number of points."""
    count = max(group.path.shape[1] for group in groups)
    even = []
    for group in groups:
        if group.path.shape[1] != count:
            sampled = resample_paths(np.concatenate([group.path, group.outward, group.v[..., None]], axis=2), count)
            group = replace(group, path=sampled[..., :3], outward=sampled[..., 3:6], v=sampled[..., 6])
        even.append(group)
    return HairLocks(**{f.name: np.concatenate([getattr(g, f.name) for g in even]) for f in fields(HairLocks)})
