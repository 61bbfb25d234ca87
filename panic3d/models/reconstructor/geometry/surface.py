"""The field's surface: one evaluation on a grid, cut to the input's silhouette, then marching cubes."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA
from panic3d.models.reconstructor.geometry.rim import MOST, round_off
from panic3d.models.reconstructor.network.decoder import DensityLaw
from panic3d.models.reconstructor.rendering.field import Field
from panic3d.models.reconstructor.rendering.lattice import Lattice
from panic3d.models.reconstructor.rendering.volume import EMPTY

SURFACE_LEVEL: dict[DensityLaw, float] = {"sharp": 0.0, "published": 1.0}
"""The density at which a field is half opaque: over a 64th of the box (sharp), over a metre (published)."""
SILHOUETTE_SLOPE_PER_M = 500.0
"""How fast the density falls outside the silhouette: about as it does at the surface of a trained field."""
FIELD_SIZE, MESH_SIZE = 128, 256
ROWS_AT_ONCE = 16
LEAST_PEAK = 1.0
"""Of the density in a column of the silhouette, over the surface's level."""
LEAST = 1e-2
"""Of densities about the surface, so that vertices keep apart; MOST is the other end."""
SMALLEST_PART = 0.005
"""Components with a smaller share of the vertices are floaters."""


@dataclass(frozen=True)
class Surface:
    """A closed triangle mesh in the head frame, counter-clockwise from outside."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]


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
    density = torch.full((FIELD_SIZE,) * 3, EMPTY)
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
    return torch.where(lift < LEAST_PEAK - EMPTY / 2, lift, 0)


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


def extract(grid: Float[np.ndarray, "S S S"]) -> Surface:
    """Marching cubes at 0 of a grid indexed [y, x, z]; small loose parts are dropped. Empty where nothing is inside.

    What the box cuts, the shoulders, is closed there: the mesh is watertight.
    """
    from skimage.measure import marching_cubes

    if grid.max() <= 0:
        return Surface(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64))
    vertices, triangles, _, _ = marching_cubes(closed(grid), 0.0)
    head_m = ((vertices[:, [1, 0, 2]] - 0.5) * (BOX_SIDE_M / len(grid)) - BOX_SIDE_M / 2).astype(np.float32)
    return without_floaters(without_holes(Surface(head_m, triangles.astype(np.int64))))


def closed(grid: Float[np.ndarray, "S S S"]) -> Float[np.ndarray, "T T T"]:
    """The grid in a shell of its own values, mirrored to the outside: they cross 0 exactly at the box's faces."""
    padded = np.pad(np.clip(grid, -MOST, MOST), 1, mode="edge")
    shell = np.ones(padded.shape, bool)
    shell[1:-1, 1:-1, 1:-1] = False
    padded[shell] = -np.abs(padded[shell])
    # A surface through a grid point, or all but, would fold its triangles into that point.
    return np.where(np.abs(padded) < LEAST, np.copysign(np.float32(LEAST), padded), padded)


def without_holes(surface: Surface) -> Surface:
    """Marching cubes leaves a triangle or two out where a cell's faces can be joined in two ways."""
    import trimesh

    mesh = trimesh.Trimesh(surface.vertices_head_m, surface.triangles, process=False)
    if not mesh.is_watertight:
        trimesh.repair.fill_holes(mesh)
    return Surface(surface.vertices_head_m, np.asarray(mesh.faces, np.int64))


def without_floaters(surface: Surface) -> Surface:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count, triangles = len(surface.vertices_head_m), surface.triangles
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    graph = coo_matrix((np.ones(len(edges), bool), (edges[:, 0], edges[:, 1])), shape=(count, count))
    _, part = connected_components(graph, directed=False)
    kept = (np.bincount(part) >= SMALLEST_PART * count)[part]
    renumbered = np.cumsum(kept) - 1
    return Surface(surface.vertices_head_m[kept], renumbered[triangles[kept[triangles[:, 0]]]])
