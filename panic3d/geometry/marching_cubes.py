"""Marching cubes: the triangles at a level of values on a regular grid (scikit-image, Lewiner et al. 2003)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class GridSurface:
    """Triangles in the coordinates of the grid: index (i, j, k) of the grid is the point (i, j, k).

    For a right-handed order of the axes the triangles are clockwise seen from the side below the level.
    """

    vertices: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]
    normals: Float[np.ndarray, "V 3"]
    """Unit normals from the gradient of the values."""
    values: Float[np.ndarray, "V"]
    """The greatest value near each vertex."""


def march_cubes(grid: Float[np.ndarray, "I J K"], level: float) -> GridSurface:
    """Extract the surface between values above and below a level. It is empty where the grid does not cross it."""
    from skimage.measure import marching_cubes

    if grid.max() <= level or grid.min() >= level:
        nothing = np.zeros((0, 3), np.float32)
        return GridSurface(nothing, np.zeros((0, 3), np.int64), nothing, np.zeros(0, np.float32))
    vertices, triangles, normals, values = marching_cubes(grid, level)
    return GridSurface(vertices, triangles.astype(np.int64), normals, values)
