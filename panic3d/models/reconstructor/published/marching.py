"""The published way from a field to a mesh, its errors as switches: opacities, marching cubes, colours of voxels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.geometry.marching_cubes import march_cubes
from panic3d.models.reconstructor.fields.density import EMPTY_DENSITY, opacity, optical_depth_per_m
from panic3d.models.reconstructor.fields.density_edits import is_outside_crop
from panic3d.models.reconstructor.network.inference_config import MarchingConfig


@dataclass(frozen=True)
class PointField:
    """A field as functions of points in the head frame, in metres."""

    density: Callable[[Float[Tensor, "N 3"]], Float[Tensor, "N"]]
    """Density before the published law."""
    colours: Callable[[Float[Tensor, "N 3"]], Float[Tensor, "N C"]]
    """Colours in [0, 1]; RGB first."""


POINTS_PER_BATCH = 1 << 18
OPACITY_LEVEL = 0.5


@dataclass(frozen=True)
class MarchedSurface:
    """The result of marching cubes in the head frame."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]
    normals: Float[np.ndarray, "V 3"]
    values: Float[np.ndarray, "V"]
    rgb: Float[np.ndarray, "V 3"]


def compute_grid_points(index: Int[Tensor, "N"], config: MarchingConfig) -> Float[Tensor, "N 3"]:
    """Return the points of the grid in the head frame by their numbers; z counts fastest, x slowest."""
    size = config.size
    if config.grid == "sheared":
        z, y = (index % size).float(), (index.float() / size) % size
        x = ((index.float() / size) / size) % size
    else:
        z, y, x = (index % size).float(), (index // size % size).float(), (index // size**2).float()
    return torch.stack([x, y, z], dim=1) * (BOX_SIDE_M / (size - 1)) - BOX_SIDE_M / 2


@torch.no_grad()
def sample_opacity(field: PointField, config: MarchingConfig) -> Float[Tensor, "N N N"]:
    """Opacity per metre at the points of the grid, indexed [x, y, z] with x descending; EMPTY_DENSITY where cropped.

    The field is not evaluated at cropped points.
    """
    size = config.size
    alpha = torch.full((size**3,), EMPTY_DENSITY)
    for first in range(0, size**3, POINTS_PER_BATCH):
        index = torch.arange(first, min(first + POINTS_PER_BATCH, size**3))
        points = compute_grid_points(index, config)
        if config.crop_m:
            inside = ~is_outside_crop(points, config.crop_m)
            index, points = index[inside], points[inside]
        if len(points):
            alpha[index] = opacity(optical_depth_per_m(field.density(points), "published"))
    return alpha.view(size, size, size).flip(0)


def is_culled(alpha: Float[Tensor, "*N"], config: MarchingConfig) -> Tensor:
    """Return which opacities are below the threshold."""
    return (opacity(optical_depth_per_m(alpha, "published")) if config.cull_twice else alpha) < config.cull


@torch.no_grad()
def extract_mesh(alpha: Float[Tensor, "N N N"], field: PointField, config: MarchingConfig) -> MarchedSurface:
    """Extract the surface at opacity one half, of points that are not culled; empty where there is none.

    A vertex has the colour of the grid point before it, as published.
    """
    if config.cull:
        alpha = alpha.masked_fill(is_culled(alpha, config), EMPTY_DENSITY)
    found = march_cubes(alpha.numpy(), OPACITY_LEVEL)
    x, y, z = torch.from_numpy(found.vertices.astype(np.int64)).unbind(1)
    index = ((config.size - 1 - x) * config.size + y) * config.size + z
    rgb = field.colours(compute_grid_points(index, config))[:, :3].numpy()
    step_m = BOX_SIDE_M / (config.size if config.spacing == "side" else config.size - 1)
    turned = np.array([-1, 1, 1], np.float32)
    head_m = (found.vertices * step_m - BOX_SIDE_M / 2).astype(np.float32) * turned
    return MarchedSurface(head_m, found.triangles, found.normals * turned, found.values, rgb)
