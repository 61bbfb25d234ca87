"""Silhouette completion: where the portrait's outline reaches past the field's, a rounded surface is added up to it.

A field is never sure of its outline to the millimetre, and in an unfamiliar style not to the centimetre. Filled column
by column, the columns that the outline has and the field lacks would be a flange of ragged sheets around the head.
"""

import numpy as np
from jaxtyping import Float

from panic3d.models.reconstructor.geometry.column_maps import find_longest_runs, find_steepest_step, smooth_columns
from panic3d.models.reconstructor.geometry.completion_columns import SilhouetteCompletion, find_missing_columns
from panic3d.models.reconstructor.geometry.completion_thickness import (
    extrapolate_outwards,
    solve_squared_half_thickness,
)
from panic3d.models.reconstructor.geometry.iso_surface import DENSITY_CLAMP

UNION_BLEND_DENSITY = 2.0
"""Densities within this of each other are blended where completion and field meet."""
JOIN_DENSITY_OFFSET = 1.0
"""Density by which the completion starts below the field's surface, so that no step is visible there."""
MIN_HALF_THICKNESS_CELLS, STEP_OVERLAP = 1.0, 0.6
"""Least half thickness, since a thinner strand could slip between the points of the grid, and what is added to it.

A strand that runs steeply along z is thicker by this share of its step from column to column, so that it stays in one
piece.
"""
MIN_SLOPE_HALF_THICKNESS_CELLS = 3.0
"""Strands thinner than this have the density slope of one that is as thick."""


def complete_silhouette(
    grid: Float[np.ndarray, "Y X Z"],
    density: Float[np.ndarray, "Y X Z"],
    distance_cells: Float[np.ndarray, "Y X"],
    slope: float,
) -> None:
    """Add the completion to a grid that is filled and cut at the portrait's outline, in place.

    `density`: the field's, neither filled nor cut, less its level at the surface. `distance_cells`: to the outline,
    positive inside. `slope`: of the completion's density at its surface, per cell.

    The square u of the half thickness solves the screened Poisson equation
    Laplacian(u) = 2 u / PART_HALF_THICKNESS_CELLS^2 - 2 between the field's at the completion's edge and 0 at the
    outline. (Without the screening term a strand's is half the chord of a circle.)
    """
    completion = find_missing_columns(density, distance_cells)
    changed = completion.columns | completion.outside
    if not changed.any():
        return
    around = completion.columns | completion.edge
    lowest, highest = find_longest_runs(density, around)
    middle = np.where(np.isnan(lowest), estimate_centres(completion, density, lowest, highest), (lowest + highest) / 2)
    centre = smooth_columns(middle, around)
    squared = solve_squared_half_thickness(completion, ((highest - lowest) / 2) ** 2, distance_cells)
    least = MIN_HALF_THICKNESS_CELLS + STEP_OVERLAP * find_steepest_step(centre, around)
    squared = np.where(completion.columns, np.maximum(squared, least**2), 0)
    beyond = extrapolate_outwards(squared, completion.empty, distance_cells)
    squared = np.where(completion.outside, beyond, squared)[changed][:, None]
    z = np.arange(density.shape[2])
    half = np.sqrt(np.maximum(squared, MIN_SLOPE_HALF_THICKNESS_CELLS**2))
    added = slope / 2 * (squared - (z - centre[changed][:, None]) ** 2) / half
    share = completion.share[changed][:, None]
    joined = smooth_union(grid[changed], added - JOIN_DENSITY_OFFSET * (1 - share), UNION_BLEND_DENSITY * share)
    cut = np.minimum(joined, slope * distance_cells[changed][:, None])
    blended = (share > 0) & (share < 1)
    grid[changed] = np.where(blended, cut, added)


def estimate_centres(
    completion: SilhouetteCompletion,
    density: Float[np.ndarray, "Y X Z"],
    lowest: Float[np.ndarray, "Y X"],
    highest: Float[np.ndarray, "Y X"],
) -> Float[np.ndarray, "Y X"]:
    """Estimate the centre of empty columns along z, in cells: where they are densest, within bounds.

    A column may leave the depths of the nearest filled one by at most its distance to that column. Further away the
    maximum of a field that is unsure means nothing, and may lie at the end of the box.
    """
    row, column = completion.nearest
    least = np.nan_to_num(lowest[row, column] - completion.from_field_cells, nan=-np.inf)
    most = np.nan_to_num(highest[row, column] + completion.from_field_cells, nan=np.inf)
    return np.clip(density.argmax(axis=2), least, most)


def smooth_union(
    a: Float[np.ndarray, "N Z"], b: Float[np.ndarray, "N Z"], width: Float[np.ndarray, "N 1"]
) -> Float[np.ndarray, "N Z"]:
    """Return the greater density, raised a little where both are within `width` of each other."""
    a, b = np.clip(a, -DENSITY_CLAMP, DENSITY_CLAMP), np.clip(b, -DENSITY_CLAMP, DENSITY_CLAMP)
    return np.maximum(a, b) + np.maximum(width - np.abs(a - b), 0) ** 2 / np.maximum(4 * width, 1e-6)
