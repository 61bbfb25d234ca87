"""Generalised winding numbers of meshes (Barill et al. 2018, "Fast winding numbers for soups and clouds")."""

import numpy as np
from jaxtyping import Float, Int

from panic3d.runtime.extras import require_library


def compute_winding_numbers(
    vertices_m: Float[np.ndarray, "V 3"],
    triangles: Int[np.ndarray, "T 3"],
    points_m: Float[np.ndarray, "N 3"],
    task: str,
    extra: str | None = None,
) -> Float[np.ndarray, "N"]:
    """Return how often a surface winds around points: 1 inside, 0 outside, in between near holes.

    About 0.5 at the vertices of a single closed surface. Raises UserError, which names the task and the extra, where
    libigl is not installed.
    """
    require_library("igl", task, extra)
    import igl

    if len(triangles) == 0:
        return np.zeros(len(points_m))
    vertices, points = (np.ascontiguousarray(xyz, np.float64) for xyz in (vertices_m, points_m))
    return np.asarray(igl.fast_winding_number(vertices, np.ascontiguousarray(triangles, np.int64), points))
