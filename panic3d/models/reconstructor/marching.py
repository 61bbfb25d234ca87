"""The published way from a field to a mesh, its slips as switches: grid of opacities, marching cubes, voxel colours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from panic3d.conventions import BOX_SIDE_M
from panic3d.models.reconstructor.decoder import opacity, optical_depth_per_m
from panic3d.models.reconstructor.volume import EMPTY, outside_crop

PointField = Callable[[Float[Tensor, "N 3"]], tuple[Float[Tensor, "N"], Float[Tensor, "N C"]]]
"""Points in the head frame, metres, to density (before the published law) and colours in [0, 1]."""
POINTS_AT_ONCE = 1 << 18
LEVEL = 0.5


@dataclass(frozen=True)
class MarchingConfig:
    """The defaults are what the authors meant; `paper` has what their code does."""

    size: int = 256
    """Points along a side of the box."""
    crop_m: float = 0.1
    cull: float = 0.5
    """Nothing where the opacity of a metre is below this."""
    cull_twice: bool = False
    """Published code applies the opacity's law to the opacity before it culls, so that only what is saturated in
    float32 (a density over 16.7) is left: a blocky surface about a voxel inside the true one."""
    grid: Literal["regular", "sheared"] = "regular"
    """Published code does not round the indices of a point's x and y down: the grid leans by up to a voxel."""
    spacing: Literal["centre", "side"] = "centre"
    """Published code places vertices with the box's side over N, though its points lie the side over N - 1 apart."""


@dataclass(frozen=True)
class Volume:
    """Opacities and colours at the points of a grid, indexed [x, y, z]; x runs against the head frame's."""

    opacity: Float[np.ndarray, "N N N"]
    """Of a metre, EMPTY where cropped or culled."""
    rgb: Float[np.ndarray, "N N N 3"]


@dataclass(frozen=True)
class Extracted:
    """What marching cubes gives, in the head frame."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]
    normals: Float[np.ndarray, "V 3"]
    values: Float[np.ndarray, "V"]
    rgb: Float[np.ndarray, "V 3"]


def grid_points(size: int, config: MarchingConfig, part: slice | None = None) -> Float[Tensor, "N 3"]:
    """Points in the head frame (or some of them), z fastest, x slowest."""
    index = torch.arange(size**3)[part or slice(None)]
    if config.grid == "sheared":
        z, y = (index % size).float(), (index.float() / size) % size
        x = ((index.float() / size) / size) % size
    else:
        z, y, x = (index % size).float(), (index // size % size).float(), (index // size**2).float()
    return torch.stack([x, y, z], dim=1) * (BOX_SIDE_M / (size - 1)) - BOX_SIDE_M / 2


@torch.no_grad()
def sampled_volume(field: PointField, config: MarchingConfig) -> Volume:
    """The field over the whole box, not yet cropped or culled."""
    size = config.size
    alpha, rgb = torch.empty(size**3), torch.empty(size**3, 3)
    for first in range(0, size**3, POINTS_AT_ONCE):
        part = slice(first, min(first + POINTS_AT_ONCE, size**3))
        density, colours = field(grid_points(size, config, part))
        alpha[part] = opacity(optical_depth_per_m(density, "published"))
        rgb[part] = colours[:, :3]
    shape = (size, size, size)
    return Volume(alpha.view(shape).flip(0).numpy(), rgb.view(*shape, 3).flip(0).numpy())


def edited(volume: Volume, config: MarchingConfig) -> Volume:
    """Cropped, then culled."""
    alpha = torch.from_numpy(volume.opacity)
    if config.crop_m:
        # In portions: whether a point is cropped depends on its place alone, and the sheared grid has no planes.
        parts = [slice(f, f + POINTS_AT_ONCE) for f in range(0, config.size**3, POINTS_AT_ONCE)]
        outside = torch.cat([outside_crop(grid_points(config.size, config, part), config.crop_m) for part in parts])
        alpha = alpha.masked_fill(outside.view(alpha.shape).flip(0), EMPTY)
    if config.cull:
        alpha = alpha.masked_fill(culled(alpha, config), EMPTY)
    return Volume(alpha.numpy(), volume.rgb)


def culled(alpha: Float[Tensor, "*N"], config: MarchingConfig) -> Tensor:
    """Where an opacity is too low."""
    return (opacity(optical_depth_per_m(alpha, "published")) if config.cull_twice else alpha) < config.cull


def extracted(volume: Volume, config: MarchingConfig) -> Extracted:
    """Marching cubes at one half, turned back into the head frame. Empty where nothing is inside."""
    from skimage.measure import marching_cubes

    if volume.opacity.max() <= LEVEL or volume.opacity.min() >= LEVEL:
        nothing = np.zeros((0, 3), np.float32)
        return Extracted(nothing, np.zeros((0, 3), np.int64), nothing, np.zeros(0, np.float32), nothing)
    vertices, triangles, normals, values = marching_cubes(volume.opacity, LEVEL)
    x, y, z = vertices.astype(np.int64).T
    rgb = volume.rgb[x, y, z]
    step_m = BOX_SIDE_M / (config.size if config.spacing == "side" else config.size - 1)
    turned = np.array([-1, 1, 1], np.float32)
    head_m = (vertices * step_m - BOX_SIDE_M / 2).astype(np.float32) * turned
    return Extracted(head_m, triangles.astype(np.int64), normals * turned, values, rgb)
