"""Operations on maps with one value per column (y, x) of a density grid."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Shaped

CENTRE_SIGMA_CELLS = 2.0


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


def steepest_step(values: Float[np.ndarray, "Y X"], where: Bool[np.ndarray, "Y X"]) -> Float[np.ndarray, "Y X"]:
    """The greatest difference to a neighbour, both among these columns; 0 elsewhere."""
    masked = np.where(where, values, np.nan)
    steps = [np.abs(masked - near) for near in neighbours(masked, np.nan)]
    return np.nan_to_num(steps).max(axis=0)


def smoothed(values: Float[np.ndarray, "Y X"], where: Bool[np.ndarray, "Y X"]) -> Float[np.ndarray, "Y X"]:
    """Averages of the values there."""
    from scipy.ndimage import gaussian_filter

    weight = gaussian_filter(where.astype(float), CENTRE_SIGMA_CELLS)
    return gaussian_filter(np.where(where, values, 0), CENTRE_SIGMA_CELLS) / np.maximum(weight, 1e-9)


def beside(columns: Bool[np.ndarray, "Y X"]) -> Bool[np.ndarray, "Y X"]:
    return np.any(list(neighbours(columns, 0)), axis=0)


def neighbours(values: Shaped[np.ndarray, "Y X"], beyond: float | int) -> Iterator[Shaped[np.ndarray, "Y X"]]:
    """Of each column those at its four sides; `beyond` past the grid."""
    padded = np.pad(values, 1, constant_values=beyond)
    yield from (padded[2:, 1:-1], padded[:-2, 1:-1], padded[1:-1, 2:], padded[1:-1, :-2])
