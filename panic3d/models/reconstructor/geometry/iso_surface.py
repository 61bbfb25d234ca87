"""From a grid of densities to a closed surface: marching cubes, then repair."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.geometry.marching_cubes import march_cubes
from panic3d.geometry.pieces import label_pieces

DENSITY_CLAMP = 5.0
"""Densities are clamped to plus and minus this before the surface is extracted: larger ones would pull at it."""
MIN_ABS_DENSITY = 1e-2
"""Densities nearer to 0 are moved to this, so that vertices keep apart."""
MIN_COMPONENT_SHARE = 0.005
"""Components with a smaller share of the vertices are removed as floaters."""


@dataclass(frozen=True)
class IsoSurface:
    """A closed triangle mesh in the head frame, counter-clockwise seen from outside."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]


def extract_surface(grid: Float[np.ndarray, "S S S"]) -> IsoSurface:
    """Extract the surface at 0 of a grid over the box, indexed [y, x, z], without small loose parts.

    It is closed where the box cuts it, at the shoulders, so that the mesh is watertight. Empty where nothing is inside.
    """
    if grid.max() <= 0:
        return IsoSurface(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64))
    # A left-handed order of the axes: the triangles are counter-clockwise from the side below 0, the outside.
    found = march_cubes(close_at_box(grid), 0.0)
    head_m = ((found.vertices[:, [1, 0, 2]] - 0.5) * (BOX_SIDE_M / len(grid)) - BOX_SIDE_M / 2).astype(np.float32)
    return remove_floaters(fill_holes(IsoSurface(head_m, found.triangles)))


def close_at_box(grid: Float[np.ndarray, "S S S"]) -> Float[np.ndarray, "T T T"]:
    """Pad the grid by a shell of its own values, negated where positive: they cross 0 exactly at the box's faces."""
    padded = np.pad(np.clip(grid, -DENSITY_CLAMP, DENSITY_CLAMP), 1, mode="edge")
    shell = np.ones(padded.shape, bool)
    shell[1:-1, 1:-1, 1:-1] = False
    padded[shell] = -np.abs(padded[shell])
    # A surface through a grid point, or almost, would collapse its triangles into that point.
    return np.where(np.abs(padded) < MIN_ABS_DENSITY, np.copysign(np.float32(MIN_ABS_DENSITY), padded), padded)


def fill_holes(surface: IsoSurface) -> IsoSurface:
    """Close the holes of a triangle or two that marching cubes leaves where a cell's faces are ambiguous."""
    import trimesh

    mesh = trimesh.Trimesh(surface.vertices_head_m, surface.triangles, process=False)
    if not mesh.is_watertight:
        trimesh.repair.fill_holes(mesh)
    return IsoSurface(surface.vertices_head_m, np.asarray(mesh.faces, np.int64))


def remove_floaters(surface: IsoSurface) -> IsoSurface:
    """Remove the connected components with few vertices."""
    count, triangles = len(surface.vertices_head_m), surface.triangles
    part = label_pieces(triangles, count)
    kept = (np.bincount(part) >= MIN_COMPONENT_SHARE * count)[part]
    renumbered = np.cumsum(kept) - 1
    return IsoSurface(surface.vertices_head_m[kept], renumbered[triangles[kept[triangles[:, 0]]]])
