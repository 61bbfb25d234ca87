"""The rim: where the portrait's outline reaches past the field's, the surface is rounded off to the portrait's.

A field is never sure of its outline to the millimetre, and in a foreign style not to the centimetre. Filled column by
column, what the outline has and the field has not is a flange of ragged sheets around the head.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

REACH_CELLS = 4
"""A rim is rounded off from as far inside the field as it is wide, at most from here: the field's own edge is round,
and what grew on its very tip would be a sheet again."""
JOINED_CELLS = 12.0
"""From the outline. What the field lacks further in is no rim of its body but a part of its own, as hair behind a jaw:
nothing ties its thickness to the body's."""
PART_HALF_CELLS = 6.0
"""Half the thickness of a wide part."""
CENTRE_SIGMA_CELLS = 2.0
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
LEAST_TO_OUTLINE = 0.2
"""Of the way to the next cell: an outline that is nearer to a cell's centre counts as here."""


@dataclass(frozen=True)
class Rim:
    """Columns along z where the field falls short of the portrait's outline, and those that they are joined to."""

    inside: Bool[np.ndarray, "Y X"]
    """The portrait's outline."""
    share: Float[np.ndarray, "Y X"]
    """1 where the field has nothing, falling to 0 where its own surface takes over and where there is no rim."""
    from_field_cells: Float[np.ndarray, "Y X"]
    nearest: Int[np.ndarray, "2 Y X"]
    """Row and column of the nearest column that the field has; itself where it has it."""

    @cached_property
    def columns(self) -> Bool[np.ndarray, "Y X"]:
        return self.share > 0

    @cached_property
    def edge(self) -> Bool[np.ndarray, "Y X"]:
        """What is beside it in the outline."""
        return beside(self.columns) & self.inside & ~self.columns

    @cached_property
    def empty(self) -> Bool[np.ndarray, "Y X"]:
        return self.share == 1

    @cached_property
    def outside(self) -> Bool[np.ndarray, "Y X"]:
        """What is beside its empty columns out of the outline."""
        return beside(self.empty) & ~self.inside


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


def rim_of(density: Float[np.ndarray, "Y X Z"], distance_cells: Float[np.ndarray, "Y X"]) -> Rim:
    """Empty columns that the field surrounds are no rim."""
    from scipy.ndimage import distance_transform_edt, label

    inside = distance_cells > 0
    empty = inside & ~(density.max(axis=2) > 0)
    parts, _ = label(empty | ~inside)
    empty &= np.isin(parts, np.unique(parts[~inside]))
    from_field, nearest = distance_transform_edt(empty | ~inside, return_indices=True)
    from_field = np.where(empty, from_field, 0)
    share = empty.astype(float)
    for width in range(1, REACH_CELLS + 1):
        if not (as_wide := from_field >= width).any():
            break
        depth = np.maximum(distance_transform_edt(~as_wide) - width + 1, 0)
        share = np.maximum(share, 1 - depth / (width + 1))
    return Rim(inside, np.where(inside, share, 0), from_field, nearest)


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


def longest_runs(
    density: Float[np.ndarray, "Y X Z"], where: Bool[np.ndarray, "Y X"]
) -> tuple[Float[np.ndarray, "Y X"], Float[np.ndarray, "Y X"]]:
    """Ends, in cells, of the longest stretch above 0 of these columns; NaN where there is none, and elsewhere."""
    some = density[where]
    run, longest, last = (np.zeros(len(some), np.int64) for _ in range(3))
    for z in range(some.shape[1]):
        run = np.where(some[:, z] > 0, run + 1, 0)
        longer = run > longest
        longest, last = np.where(longer, run, longest), np.where(longer, z, last)
    column, first = np.arange(len(some)), last - longest + 1
    ends = []
    for cell, step in ((first, -1), (last, 1)):
        value = some[column, cell]
        beyond = np.minimum(some[column, np.clip(cell + step, 0, some.shape[1] - 1)], 0)
        end = cell + step * np.where(longest > 0, value / np.maximum(value - beyond, 1e-6), np.nan)
        ends.append(np.full(where.shape, np.nan))
        ends[-1][where] = end
    return ends[0], ends[1]


def squared_half_thickness(
    rim: Rim, of_field: Float[np.ndarray, "Y X"], distance_cells: Float[np.ndarray, "Y X"]
) -> Float[np.ndarray, "Y X"]:
    """Of the rim, in cells; 0 elsewhere. `of_field` matters at the rim's edge alone."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import spsolve

    columns = rim.columns
    count = int(columns.sum())
    number = np.full(columns.shape, -1)
    number[columns] = row = np.arange(count)
    diagonal, right = np.full(count, 2 / PART_HALF_CELLS**2), np.full(count, 2.0)
    rows, others = [row], [row]
    own = distance_cells[columns]
    fixed_squares = np.where(rim.edge & (distance_cells < JOINED_CELLS), of_field, np.nan)
    for others_number, others_square, others_distance in zip(
        neighbours(number, -1), neighbours(fixed_squares, np.nan), neighbours(distance_cells, np.inf), strict=True
    ):
        other, square, distance = others_number[columns], others_square[columns], others_distance[columns]
        joined, fixed, outline = other >= 0, np.isfinite(square), distance <= 0
        rows.append(row[joined])
        others.append(other[joined])
        diagonal += joined + fixed.astype(float)
        right[fixed] += square[fixed]
        share = own[outline] / (own[outline] - distance[outline])
        diagonal[outline] += 1 / np.maximum(share, LEAST_TO_OUTLINE)
    values = np.concatenate([diagonal, np.full(sum(map(len, rows[1:])), -1.0)])
    matrix = coo_matrix((values, (np.concatenate(rows), np.concatenate(others))), shape=(count, count)).tocsc()
    squared = np.zeros(columns.shape)
    squared[columns] = spsolve(matrix, right)
    return squared


def steepest_step(values: Float[np.ndarray, "Y X"], where: Bool[np.ndarray, "Y X"]) -> Float[np.ndarray, "Y X"]:
    """The greatest difference to a neighbour, both among these columns; 0 elsewhere."""
    masked = np.where(where, values, np.nan)
    steps = [np.abs(masked - near) for near in neighbours(masked, np.nan)]
    return np.nan_to_num(steps).max(axis=0)


def continued(
    squared: Float[np.ndarray, "Y X"], columns: Bool[np.ndarray, "Y X"], distance_cells: Float[np.ndarray, "Y X"]
) -> Float[np.ndarray, "Y X"]:
    """Beyond the outline, so that it is 0 there: the mean of what each neighbour in these columns asks for."""
    total, count = np.zeros(columns.shape), np.zeros(columns.shape)
    slope = np.where(columns, squared / np.maximum(distance_cells, LEAST_TO_OUTLINE), 0)
    for near, near_slope in zip(neighbours(columns, 0), neighbours(slope, 0.0), strict=True):
        total += near_slope
        count += near
    return distance_cells * total / np.maximum(count, 1)


def smoothed(values: Float[np.ndarray, "Y X"], where: Bool[np.ndarray, "Y X"]) -> Float[np.ndarray, "Y X"]:
    """Averages of the values there."""
    from scipy.ndimage import gaussian_filter

    weight = gaussian_filter(where.astype(float), CENTRE_SIGMA_CELLS)
    return gaussian_filter(np.where(where, values, 0), CENTRE_SIGMA_CELLS) / np.maximum(weight, 1e-9)


def flowing_union(
    a: Float[np.ndarray, "N Z"], b: Float[np.ndarray, "N Z"], width: Float[np.ndarray, "N 1"]
) -> Float[np.ndarray, "N Z"]:
    """The greater density, and a little more where both are within `width` of each other."""
    a, b = np.clip(a, -MOST, MOST), np.clip(b, -MOST, MOST)
    return np.maximum(a, b) + np.maximum(width - np.abs(a - b), 0) ** 2 / np.maximum(4 * width, 1e-6)


def beside(columns: Bool[np.ndarray, "Y X"]) -> Bool[np.ndarray, "Y X"]:
    return np.any(list(neighbours(columns, 0)), axis=0)


def neighbours(values: Shaped[np.ndarray, "Y X"], beyond: float | int) -> Iterator[Shaped[np.ndarray, "Y X"]]:
    """Of each column those at its four sides; `beyond` past the grid."""
    padded = np.pad(values, 1, constant_values=beyond)
    yield from (padded[2:, 1:-1], padded[:-2, 1:-1], padded[1:-1, 2:], padded[1:-1, :-2])
