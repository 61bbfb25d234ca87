"""The density of a field on the grid of the mesh, cut to the input's silhouette."""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA
from panic3d.geometry.outline_distance import compute_outline_distance_px
from panic3d.models.reconstructor.fields.density import EMPTY_DENSITY, DensityLaw
from panic3d.models.reconstructor.fields.field import Field
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.geometry.silhouette_completion import complete_silhouette as complete

SURFACE_DENSITY: dict[DensityLaw, float] = {"sharp": 0.0, "published": 1.0}
"""The density at which a field is half opaque: over a 64th of the box (sharp), over a metre (published)."""
SILHOUETTE_SLOPE_PER_M = 500.0
"""How fast the density falls outside the silhouette: about as it does at the surface of a trained field."""
FIELD_SIZE, MESH_SIZE = 128, 256
"""Cells along the side of the grid on which the field is evaluated, and of the grid of the mesh."""
ROWS_PER_BATCH = 16
MIN_PEAK_DENSITY = 1.0
"""Each column of the silhouette is raised until its greatest density is at least this far above the surface's."""


@torch.no_grad()
def sample_density_grid(
    field: Field, alpha: UInt8[np.ndarray, "H W"], density_level: float = 0.0, complete_silhouette: bool = False
) -> Float[np.ndarray, "S S S"]:
    """Return the density of a single head at the cell centres of the mesh's grid, less its level at the surface.

    `alpha`: coverage of the input, row 0 on top. `density_level`: of the surface, above the density at which the field
    is half opaque. `complete_silhouette`: parts of the silhouette that the field lacks are rounded (see
    `silhouette_completion`); otherwise they are filled column by column.

    The grid is indexed [y, x, z], all ascending. The field is evaluated on a grid of half the size and interpolated,
    since planes of 32 to 256 cells hold no more detail. Outside the silhouette, where the field was not trained, the
    density falls with the distance, so that the surface ends exactly at the outline and not at a cell's border.
    """
    near = compute_silhouette_distance_m(alpha, FIELD_SIZE) > -2 * BOX_SIDE_M / FIELD_SIZE
    axis = torch.arange(FIELD_SIZE)[None]
    density = torch.full((FIELD_SIZE,) * 3, EMPTY_DENSITY)
    for first in range(0, FIELD_SIZE, ROWS_PER_BATCH):
        rows = slice(first, first + ROWS_PER_BATCH)
        columns = torch.from_numpy(near[rows])
        if columns.any():
            lattice = Lattice(FIELD_SIZE, axis, axis[:, rows], axis)
            density[rows][columns] = field.density_on_lattice(lattice, columns[None])
    density -= SURFACE_DENSITY[field.law] + density_level
    distance_m = compute_silhouette_distance_m(alpha, MESH_SIZE)
    fine = _resample_to_mesh_grid(density, "trilinear")
    raised = fine + _resample_to_mesh_grid(compute_column_lift(density), "bilinear")[..., None]
    grid = np.minimum(raised, SILHOUETTE_SLOPE_PER_M * distance_m[..., None], out=raised)
    if complete_silhouette:
        cell_m = BOX_SIDE_M / MESH_SIZE
        complete(grid, fine, distance_m / cell_m, SILHOUETTE_SLOPE_PER_M * cell_m)
    return grid


def _resample_to_mesh_grid(values: Float[Tensor, "*small"], mode: str) -> Float[np.ndarray, "*large"]:
    size = (MESH_SIZE,) * values.ndim
    return F.interpolate(values[None, None], size, mode=mode, align_corners=False)[0, 0].numpy()


def compute_column_lift(density: Float[Tensor, "Y X Z"]) -> Float[Tensor, "Y X"]:
    """Return what must be added to each column so that its densest place is inside the surface.

    The silhouette shows that each of its columns holds something; where the field is below the surface's density all
    along a column, its maximum still tells where that is most likely. 0 for columns that reach the surface and for
    those that were not evaluated.
    """
    lift = (MIN_PEAK_DENSITY - density.amax(dim=2)).clamp(min=0)
    return torch.where(lift < MIN_PEAK_DENSITY - EMPTY_DENSITY / 2, lift, 0)


def compute_silhouette_distance_m(alpha: UInt8[np.ndarray, "H W"], size: int) -> Float[np.ndarray, "S S"]:
    """Return the distance to the silhouette's outline at the columns of a grid [y ascending, x], positive inside."""
    from scipy.ndimage import map_coordinates

    mask = alpha[::-1] >= MASK_ALPHA * 255
    distance_px = compute_outline_distance_px(mask)
    centres = (np.arange(size) + 0.5) * (len(mask) / size) - 0.5
    places = np.meshgrid(centres, centres, indexing="ij")
    sampled_px = map_coordinates(distance_px, places, order=1, mode="nearest")
    return (sampled_px * (BOX_SIDE_M / len(mask))).astype(np.float32)
