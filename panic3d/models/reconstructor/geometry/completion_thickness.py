"""How thick the completed part of a head is."""

import numpy as np
from jaxtyping import Bool, Float

from panic3d.models.reconstructor.geometry.column_maps import neighbours
from panic3d.models.reconstructor.geometry.completion_columns import Rim

JOINED_CELLS = 12.0
"""From the outline. What the field lacks further in is no rim of its body but a part of its own, as hair behind a jaw:
nothing ties its thickness to the body's."""
PART_HALF_CELLS = 6.0
"""Half the thickness of a wide part."""
LEAST_TO_OUTLINE = 0.2
"""Of the way to the next cell: an outline that is nearer to a cell's centre counts as here."""


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
