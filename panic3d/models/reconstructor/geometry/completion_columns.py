"""Which columns of a density grid silhouette completion fills."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from panic3d.models.reconstructor.geometry.column_maps import beside


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


REACH_CELLS = 4
"""A rim is rounded off from as far inside the field as it is wide, at most from here: the field's own edge is round,
and what grew on its very tip would be a sheet again."""


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
