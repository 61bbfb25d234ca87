"""Which columns of a density grid silhouette completion fills."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from panic3d.models.reconstructor.geometry.column_maps import find_adjacent

MAX_BLEND_CELLS = 4
"""The completed part is blended into the field over a distance equal to its own width, but at most over this one.

The field's own edge is round: a part that began at its very tip would be a thin sheet.
"""


@dataclass(frozen=True)
class SilhouetteCompletion:
    """Columns along z where the field falls short of the portrait's outline, and those that they are joined to."""

    inside: Bool[np.ndarray, "Y X"]
    """Columns within the portrait's outline."""
    share: Float[np.ndarray, "Y X"]
    """Share of the completion in each column: 1 where the field is empty, falling to 0 in the field."""
    from_field_cells: Float[np.ndarray, "Y X"]
    """Distance of each empty column to the nearest one that the field fills; 0 elsewhere."""
    nearest: Int[np.ndarray, "2 Y X"]
    """Row and column of the nearest column that the field fills; of itself where the field fills it."""

    @cached_property
    def columns(self) -> Bool[np.ndarray, "Y X"]:
        """The columns that the completion changes."""
        return self.share > 0

    @cached_property
    def edge(self) -> Bool[np.ndarray, "Y X"]:
        """The unchanged columns within the outline that are next to changed ones."""
        return find_adjacent(self.columns) & self.inside & ~self.columns

    @cached_property
    def empty(self) -> Bool[np.ndarray, "Y X"]:
        """The columns within the outline where the field is empty."""
        return self.share == 1

    @cached_property
    def outside(self) -> Bool[np.ndarray, "Y X"]:
        """The columns outside the outline that are next to empty ones."""
        return find_adjacent(self.empty) & ~self.inside


def find_missing_columns(
    density: Float[np.ndarray, "Y X Z"], distance_cells: Float[np.ndarray, "Y X"]
) -> SilhouetteCompletion:
    """Find the columns within the outline that the field leaves empty, except those that it surrounds.

    `density`: less its level at the surface. `distance_cells`: to the outline, positive inside.
    """
    from scipy.ndimage import distance_transform_edt, label

    inside = distance_cells > 0
    empty = inside & ~(density.max(axis=2) > 0)
    parts, _ = label(empty | ~inside)
    empty &= np.isin(parts, np.unique(parts[~inside]))
    from_field, nearest = distance_transform_edt(empty | ~inside, return_indices=True)
    from_field = np.where(empty, from_field, 0)
    share = empty.astype(float)
    for width in range(1, MAX_BLEND_CELLS + 1):
        if not (as_wide := from_field >= width).any():
            break
        depth = np.maximum(distance_transform_edt(~as_wide) - width + 1, 0)
        share = np.maximum(share, 1 - depth / (width + 1))
    return SilhouetteCompletion(inside, np.where(inside, share, 0), from_field, nearest)
