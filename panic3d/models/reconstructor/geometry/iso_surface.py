"""From a grid of densities to a closed surface: marching cubes, then repair."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.reconstructor.geometry.silhouette_completion import MOST

LEAST = 1e-2
"""Of densities about the surface, so that vertices keep apart; MOST is the other end."""
SMALLEST_PART = 0.005
"""Components with a smaller share of the vertices are floaters."""


@dataclass(frozen=True)
class Surface:
    """A closed triangle mesh in the head frame, counter-clockwise from outside."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]


def extract(grid: Float[np.ndarray, "S S S"]) -> Surface:
    """Marching cubes at 0 of a grid indexed [y, x, z]; small loose parts are dropped. Empty where nothing is inside.

    What the box cuts, the shoulders, is closed there: the mesh is watertight.
    """
    from skimage.measure import marching_cubes

    if grid.max() <= 0:
        return Surface(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64))
    vertices, triangles, _, _ = marching_cubes(closed(grid), 0.0)
    head_m = ((vertices[:, [1, 0, 2]] - 0.5) * (BOX_SIDE_M / len(grid)) - BOX_SIDE_M / 2).astype(np.float32)
    return without_floaters(without_holes(Surface(head_m, triangles.astype(np.int64))))


def closed(grid: Float[np.ndarray, "S S S"]) -> Float[np.ndarray, "T T T"]:
    """The grid in a shell of its own values, mirrored to the outside: they cross 0 exactly at the box's faces."""
    padded = np.pad(np.clip(grid, -MOST, MOST), 1, mode="edge")
    shell = np.ones(padded.shape, bool)
    shell[1:-1, 1:-1, 1:-1] = False
    padded[shell] = -np.abs(padded[shell])
    # A surface through a grid point, or all but, would fold its triangles into that point.
    return np.where(np.abs(padded) < LEAST, np.copysign(np.float32(LEAST), padded), padded)


def without_holes(surface: Surface) -> Surface:
    """Marching cubes leaves a triangle or two out where a cell's faces can be joined in two ways."""
    import trimesh

    mesh = trimesh.Trimesh(surface.vertices_head_m, surface.triangles, process=False)
    if not mesh.is_watertight:
        trimesh.repair.fill_holes(mesh)
    return Surface(surface.vertices_head_m, np.asarray(mesh.faces, np.int64))


def without_floaters(surface: Surface) -> Surface:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count, triangles = len(surface.vertices_head_m), surface.triangles
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    graph = coo_matrix((np.ones(len(edges), bool), (edges[:, 0], edges[:, 1])), shape=(count, count))
    _, part = connected_components(graph, directed=False)
    kept = (np.bincount(part) >= SMALLEST_PART * count)[part]
    renumbered = np.cumsum(kept) - 1
    return Surface(surface.vertices_head_m[kept], renumbered[triangles[kept[triangles[:, 0]]]])
