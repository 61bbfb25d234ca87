"""Operations on maps that hold one value per column (y, x) of a density grid."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Shaped

CENTRE_SMOOTHING_CELLS = 2.0
"""Standard deviation of the Gaussian that `smooth_columns` applies."""


def find_longest_runs(
    density: Float[np.ndarray, "Y X Z"], where: Bool[np.ndarray, "Y X"]
) -> tuple[Float[np.ndarray, "Y X"], Float[np.ndarray, "Y X"]]:
    """Return the lower and the upper end of the longest run of densities above 0 in each of the columns `where`.

    Ends are z in cells, interpolated to where the density crosses 0; NaN where nothing is above 0, and elsewhere.
    """
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


def find_steepest_step(values: Float[np.ndarray, "Y X"], where: Bool[np.ndarray, "Y X"]) -> Float[np.ndarray, "Y X"]:
    """Return the greatest difference of each column to a neighbour, both within `where`; 0 elsewhere."""
    masked = np.where(where, values, np.nan)
    steps = [np.abs(masked - near) for near in shift_to_neighbours(masked, np.nan)]
    return np.nan_to_num(steps).max(axis=0)


def smooth_columns(values: Float[np.ndarray, "Y X"], where: Bool[np.ndarray, "Y X"]) -> Float[np.ndarray, "Y X"]:
    """Smooth values with a Gaussian that averages over the columns `where` alone."""
    from scipy.ndimage import gaussian_filter

    weight = gaussian_filter(where.astype(float), CENTRE_SMOOTHING_CELLS)
    return gaussian_filter(np.where(where, values, 0), CENTRE_SMOOTHING_CELLS) / np.maximum(weight, 1e-9)


def find_adjacent(columns: Bool[np.ndarray, "Y X"]) -> Bool[np.ndarray, "Y X"]:
    """Return which columns have one of `columns` at one of their four sides."""
    return np.any(list(shift_to_neighbours(columns, 0)), axis=0)


def shift_to_neighbours(values: Shaped[np.ndarray, "Y X"], outside: float | int) -> Iterator[Shaped[np.ndarray, "Y X"]]:
    """Yield four maps that hold, for each column, the value at one of its sides; `outside` beyond the grid."""
    padded = np.pad(values, 1, constant_values=outside)
    yield from (padded[2:, 1:-1], padded[:-2, 1:-1], padded[1:-1, 2:], padded[1:-1, :-2])
