"""x"""

import numpy as np
from jaxtyping import Float

from panic3d.models.reconstructor.geometry.column_maps import longest_runs, smoothed, steepest_step
from panic3d.models.reconstructor.geometry.completion_columns import Rim, rim_of
from panic3d.models.reconstructor.geometry.completion_thickness import continued, squared_half_thickness

FILLET = 2.0
"""Densities this near to each other flow together where rim and field meet."""
SINK = 1.0
"""Density by which the rim begins below the field's surface: no step shows there."""
MOST = 5.0
"""Densities beyond are cut off, here and before the surface is sought: they would pull at it."""
LEAST_HALF_CELLS, OVERLAP = 1.0, 0.6
"""A thinner strand could slip between the grid's points; one that runs steeply along z is thicker by so much of the
step from column to column, that it does not fall apart."""
STEEPEST_HALF_CELLS = 3.0
"""Thinner strands get the slope of this one."""


def round_off(
    grid: Float[np.ndarray, "Y X Z"],
    density: Float[np.ndarray, "Y X Z"],
    distance_cells: Float[np.ndarray, "Y X"],
    slope: float,
) -> None:
    """Joins the rim to a grid that is filled and cut at the portrait's outline, in place.

    `density`: the field's, neither filled nor cut, less its surface level. `distance_cells`: to the outline, positive
    inside. `slope`: of the rim's density at its surface, a cell. The square of the rim's half thickness, u, solves
    the screened Poisson equation Laplacian(u) = 2 u / PART_HALF_CELLS^2 - 2 between the field's at the rim's edge and
    nothing at the outline. (Unscreened, a strand's is a circle's half chord.)
    """
    rim = rim_of(density, distance_cells)
    changed = rim.columns | rim.outside
    if not changed.any():
        return
    lowest, highest = longest_runs(density, rim.columns | rim.edge)
    middle = np.where(np.isnan(lowest), likeliest(rim, density, lowest, highest), (lowest + highest) / 2)
    centre = smoothed(middle, rim.columns | rim.edge)
    squared = squared_half_thickness(rim, ((highest - lowest) / 2) ** 2, distance_cells)
    least = LEAST_HALF_CELLS + OVERLAP * steepest_step(centre, rim.columns | rim.edge)
    squared = np.where(rim.columns, np.maximum(squared, least**2), 0)
    squared = np.where(rim.outside, continued(squared, rim.empty, distance_cells), squared)[changed][:, None]
    z = np.arange(density.shape[2])
    half = np.sqrt(np.maximum(squared, STEEPEST_HALF_CELLS**2))
    caps = slope / 2 * (squared - (z - centre[changed][:, None]) ** 2) / half
    share = rim.share[changed][:, None]
    joined = flowing_union(grid[changed], caps - SINK * (1 - share), FILLET * share)
    cut = np.minimum(joined, slope * distance_cells[changed][:, None])
    own = (share > 0) & (share < 1)
    grid[changed] = np.where(own, cut, caps)


def likeliest(
    rim: Rim,
    density: Float[np.ndarray, "Y X Z"],
    lowest: Float[np.ndarray, "Y X"],
    highest: Float[np.ndarray, "Y X"],
) -> Float[np.ndarray, "Y X"]:
    """Where along z columns are densest, as far as the nearest column that the field has lets them: out of its depths
    they may go as far as they are away from it. Beyond, an unsure field knows nothing, and may point at the box's end.
    """
    row, column = rim.nearest
    least = np.nan_to_num(lowest[row, column] - rim.from_field_cells, nan=-np.inf)
    most = np.nan_to_num(highest[row, column] + rim.from_field_cells, nan=np.inf)
    return np.clip(density.argmax(axis=2), least, most)


def flowing_union(
    a: Float[np.ndarray, "N Z"], b: Float[np.ndarray, "N Z"], width: Float[np.ndarray, "N 1"]
) -> Float[np.ndarray, "N Z"]:
    """The greater density, and a little more where both are within `width` of each other."""
    a, b = np.clip(a, -MOST, MOST), np.clip(b, -MOST, MOST)
    return np.maximum(a, b) + np.maximum(width - np.abs(a - b), 0) ** 2 / np.maximum(4 * width, 1e-6)
