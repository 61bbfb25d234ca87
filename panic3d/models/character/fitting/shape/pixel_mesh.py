"""Triangles over pixels of the front view, which show the portrait itself."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from scipy.ndimage import gaussian_filter, map_coordinates

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA
from panic3d.cameras.filling import fill_from_nearest
from panic3d.geometry.textured_mesh import TexturedMesh, TextureMaterial

SMOOTHING_PIXELS = 1.0
PORTRAIT = "Portrait"
"""First part of the names of materials whose texture is the portrait."""


def triangulate_mask(mask: Bool[np.ndarray, "S S"]) -> tuple[Float[np.ndarray, "V 2"], Int[np.ndarray, "T 3"]]:
    """Return columns and rows of vertices, and counter-clockwise triangles, of a mask whose outline is smoothed.

    Vertices are pixels; those outside, at the corner of a cell of which at least half is inside, lie on the outline.
    """
    smooth = gaussian_filter(mask.astype(float), SMOOTHING_PIXELS)
    inside = smooth >= 0.5
    corners = np.stack([inside[:-1, :-1], inside[1:, :-1], inside[1:, 1:], inside[:-1, 1:]])
    row, column = np.nonzero(corners.sum(0) >= 2)
    size = mask.shape[1]
    first = row * size + column
    squares = np.stack([first, first + size, first + size + 1, first + 1], axis=1)
    used, index = np.unique(squares, return_inverse=True)
    index = index.reshape(squares.shape)
    row, column = np.divmod(used, size)
    down, across = np.gradient(smooth)
    steep = np.maximum(down**2 + across**2, 1e-4)
    step = np.where(inside, 0, (0.5 - smooth) / steep)[row, column]
    step = np.clip(step[:, None] * np.stack([across, down], axis=2)[row, column], -1, 1)
    return np.column_stack([column, row]) + step, np.concatenate([index[:, [0, 1, 2]], index[:, [0, 2, 3]]])


def place_pixels(column_row: Float[np.ndarray, "V 2"], size: int) -> Float[np.ndarray, "V 2"]:
    """Return x and y in the head frame, in metres, of the centres of pixels."""
    metres = BOX_SIDE_M / size
    return (column_row + 0.5 - size / 2) * [metres, -metres]


def sample_pixels(values: Float[np.ndarray, "S S"], column_row: Float[np.ndarray, "V 2"]) -> Float[np.ndarray, " V"]:
    """Return bilinear values at columns and rows; those of the border outside."""
    found: Float[np.ndarray, " V"] = map_coordinates(values, column_row[:, ::-1].T, order=1, mode="nearest")
    return found


def sample_points(values: Float[np.ndarray, "S S"], xy_head_m: Float[np.ndarray, "V 2"]) -> Float[np.ndarray, " V"]:
    """Return bilinear values at points of the plane; those of the border outside."""
    size = len(values)
    return sample_pixels(values, (xy_head_m * [1, -1] / BOX_SIDE_M + 0.5) * size - 0.5)


def add_portrait_triangles(
    mesh: TexturedMesh,
    xyz_head_m: Float[np.ndarray, "V 3"],
    triangles: Int[np.ndarray, "T 3"],
    part: int,
    rgba: UInt8[np.ndarray, "P P 4"],
) -> TexturedMesh:
    """Return a mesh without tint with more triangles; their texture is the portrait, laid on from the front."""
    name = f"{PORTRAIT}{part}"
    materials = mesh.materials
    if name not in [material.name for material in materials]:
        filled = fill_from_nearest(rgba[..., :3], rgba[..., 3] < MASK_ALPHA * 255)
        texture = np.concatenate([filled, np.full_like(filled[..., :1], 255)], axis=2)
        materials = (*materials, TextureMaterial(name, texture, double_sided=True, part=part))
    index = [material.name for material in materials].index(name)
    return replace(
        mesh,
        vertices_head_m=np.concatenate([mesh.vertices_head_m, xyz_head_m.astype(np.float32)]),
        triangles=np.concatenate([mesh.triangles, triangles + len(mesh.vertices_head_m)]),
        uv=np.concatenate([mesh.uv, (xyz_head_m[:, :2] * [1, -1] / BOX_SIDE_M + 0.5).astype(np.float32)]),
        material=np.concatenate([mesh.material, np.full(len(triangles), index)]),
        materials=materials,
    )
