"""How thick the completed part of a head is: a screened Poisson equation over its columns."""

import numpy as np
from jaxtyping import Bool, Float

from panic3d.models.reconstructor.geometry.column_maps import shift_to_neighbours
from panic3d.models.reconstructor.geometry.completion_columns import SilhouetteCompletion

MAX_JOIN_CELLS = 12.0
"""The completion takes up the field's thickness where they meet at most this far from the outline.

What the field lacks further inside is a part of its own, as hair behind a jaw is: nothing ties its thickness to that
of the field.
"""
PART_HALF_THICKNESS_CELLS = 6.0
"""Half the thickness of a wide part, far from its borders."""
MIN_OUTLINE_SHARE = 0.2
"""An outline that is nearer to a cell's centre than this share of a cell counts as this far."""


def solve_squared_half_thickness(
    completion: SilhouetteCompletion, of_field: Float[np.ndarray, "Y X"], distance_cells: Float[np.ndarray, "Y X"]
) -> Float[np.ndarray, "Y X"]:
    """Solve for the squared half thickness of the completion in cells; 0 in other columns.

    `of_field`: the field's squared half thickness, which matters at the completion's edge alone.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import spsolve

    columns = completion.columns
    count = int(columns.sum())
    number = np.full(columns.shape, -1)
    number[columns] = row = np.arange(count)
    diagonal, right = np.full(count, 2 / PART_HALF_THICKNESS_CELLS**2), np.full(count, 2.0)
    rows, others = [row], [row]
    own = distance_cells[columns]
    fixed_squares = np.where(completion.edge & (distance_cells < MAX_JOIN_CELLS), of_field, np.nan)
    for others_number, others_square, others_distance in zip(
        shift_to_neighbours(number, -1),
        shift_to_neighbours(fixed_squares, np.nan),
        shift_to_neighbours(distance_cells, np.inf),
        strict=True,
    ):
        other, square, distance = others_number[columns], others_square[columns], others_distance[columns]
        joined, fixed, outline = other >= 0, np.isfinite(square), distance <= 0
        rows.append(row[joined])
        others.append(other[joined])
        diagonal += joined + fixed.astype(float)
        right[fixed] += square[fixed]
        share = own[outline] / (own[outline] - distance[outline])
        diagonal[outline] += 1 / np.maximum(share, MIN_OUTLINE_SHARE)
    values = np.concatenate([diagonal, np.full(sum(map(len, rows[1:])), -1.0)])
    matrix = coo_matrix((values, (np.concatenate(rows), np.concatenate(others))), shape=(count, count)).tocsc()
    squared = np.zeros(columns.shape)
    squared[columns] = spsolve(matrix, right)
    return squared


def extrapolate_outwards(
    squared: Float[np.ndarray, "Y X"], columns: Bool[np.ndarray, "Y X"], distance_cells: Float[np.ndarray, "Y X"]
) -> Float[np.ndarray, "Y X"]:
    """Extrapolate squared half thicknesses past the outline, linearly, so that they are 0 on it.

    Each column takes the mean of the values that its neighbours within `columns` imply.
    """
    total, count = np.zeros(columns.shape), np.zeros(columns.shape)
    slope = np.where(columns, squared / np.maximum(distance_cells, MIN_OUTLINE_SHARE), 0)
    for near, near_slope in zip(shift_to_neighbours(columns, 0), shift_to_neighbours(slope, 0.0), strict=True):
        total += near_slope
        count += near
    return distance_cells * total / np.maximum(count, 1)
