"""The field's density on the grid of the mesh, cut to the input's silhouette."""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA
from panic3d.models.reconstructor.fields.density import EMPTY_DENSITY, DensityLaw
from panic3d.models.reconstructor.fields.field import Field
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.geometry.silhouette_completion import round_off

SURFACE_LEVEL: dict[DensityLaw, float] = {"sharp": 0.0, "published": 1.0}
"""The density at which a field is half opaque: over a 64th of the box (sharp), over a metre (published)."""
SILHOUETTE_SLOPE_PER_M = 500.0
"""How fast the density falls outside the silhouette: about as it does at the surface of a trained field."""
FIELD_SIZE, MESH_SIZE = 128, 256
ROWS_AT_ONCE = 16
LEAST_PEAK = 1.0
"""Of the density in a column of the silhouette, over the surface's level."""


@torch.no_grad()
def density_grid(
    field: Field, alpha: UInt8[np.ndarray, "H W"], level: float = 0.0, rim: bool = False
) -> Float[np.ndarray, "S S S"]:
    """Density of a single head, less its surface level, at the cell centres of the mesh's grid.

    `level`: of the surface, over the density at which the field is half opaque. `rim`: what the silhouette has and the
    field has not is rounded off (`rim.py`), else filled column by column.

    Indexed [y, x, z], all ascending. The field is evaluated on a grid of half the size and interpolated: planes of 32
    to 256 cells hold no more. Outside the silhouette of `alpha` (row 0 on top) the density falls with the distance, so
    that the surface ends exactly there and not at a cell: training never looked there.
    """
    near = silhouette_distance_m(alpha, FIELD_SIZE) > -2 * BOX_SIDE_M / FIELD_SIZE
    axis = torch.arange(FIELD_SIZE)[None]
    density = torch.full((FIELD_SIZE,) * 3, EMPTY_DENSITY)
    for first in range(0, FIELD_SIZE, ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        columns = torch.from_numpy(near[rows])
        if columns.any():
            lattice = Lattice(FIELD_SIZE, axis, axis[:, rows], axis)
            density[rows][columns] = field.density_on_lattice(lattice, columns[None])
    density -= SURFACE_LEVEL[field.law] + level
    distance_m = silhouette_distance_m(alpha, MESH_SIZE)
    fine = enlarged(density, "trilinear")
    raised = fine + enlarged(column_lift(density), "bilinear")[..., None]
    grid = np.minimum(raised, SILHOUETTE_SLOPE_PER_M * distance_m[..., None], out=raised)
    if rim:
        cell_m = BOX_SIDE_M / MESH_SIZE
        round_off(grid, fine, distance_m / cell_m, SILHOUETTE_SLOPE_PER_M * cell_m)
    return grid


def enlarged(field: Float[Tensor, "*small"], mode: str) -> Float[np.ndarray, "*large"]:
    """From the field's grid to the mesh's."""
    size = (MESH_SIZE,) * field.ndim
    return F.interpolate(field[None, None], size, mode=mode, align_corners=False)[0, 0].numpy()


def column_lift(field: Float[Tensor, "Y X Z"]) -> Float[Tensor, "Y X"]:
    """What columns that nowhere reach the surface lack for their densest place to do so; 0 where nothing was asked.

    The silhouette says that something is in each of its columns; where an unsure field says "not here" all along the
    column, it still says where it is likeliest.
    """
    lift = (LEAST_PEAK - field.amax(dim=2)).clamp(min=0)
    return torch.where(lift < LEAST_PEAK - EMPTY_DENSITY / 2, lift, 0)


def silhouette_distance_m(alpha: UInt8[np.ndarray, "H W"], size: int) -> Float[np.ndarray, "S S"]:
    """Distance to the silhouette's edge at grid columns [y ascending, x], positive inside."""
    from scipy.ndimage import distance_transform_edt, map_coordinates

    mask = alpha[::-1] >= MASK_ALPHA * 255
    signed_px = np.where(mask, distance_transform_edt(mask) - 0.5, 0.5 - distance_transform_edt(~mask))
    if not mask.any():
        signed_px = np.full(mask.shape, -float(len(mask)))
    elif mask.all():
        signed_px = np.full(mask.shape, float(len(mask)))
    centres = (np.arange(size) + 0.5) * (len(mask) / size) - 0.5
    places = np.meshgrid(centres, centres, indexing="ij")
    return (map_coordinates(signed_px, places, order=1, mode="nearest") * (BOX_SIDE_M / len(mask))).astype(np.float32)
