"""A solid from depth maps, the cells behind a surface in every view, and its coloured surface."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float, Float32

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.marching_cubes import march_cubes
from panic3d.geometry.mesh import ColouredMesh

FACING_POWER = 4
"""Exponent of the cosine by which the colours of views are weighted."""


class DepthHull:
    """The grid of a hull, and the pixel and depth of each of its cells in each view."""

    def __init__(self, views: Sequence[str], resolution: int, size: int) -> None:
        self.resolution = resolution
        axis_m = compute_cell_centres_m(resolution)
        cells_m = np.stack(np.meshgrid(axis_m, axis_m, axis_m, indexing="ij"), axis=-1).reshape(-1, 3)
        self.places: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for view in views:
            projected = make_view_camera(view).project(cells_m, size)
            column, row = np.clip(np.floor(projected[:, :2]).astype(np.int32), 0, size - 1).T
            self.places[view] = row * size + column, projected[:, 2].astype(np.float32)

    def occupancy(self, depth_m: Mapping[str, Float32[np.ndarray, "S S"]]) -> Bool[np.ndarray, "R R R"]:
        """Return which cells have a surface in front of them in every view, indexed [x, y, z], ascending."""
        inside = np.ones(self.resolution**3, bool)
        for view, (pixel, cell_depth_m) in self.places.items():
            inside &= depth_m[view].ravel()[pixel] <= cell_depth_m  # NaN, nothing there, compares false
        return inside.reshape((self.resolution,) * 3)


def compute_cell_centres_m(resolution: int) -> Float[np.ndarray, "R"]:
    """Return the cell centres of a grid along one axis of the box, in metres."""
    return (np.arange(resolution) + 0.5) / resolution * BOX_SIDE_M - BOX_SIDE_M / 2


def extract_level_surface(
    occupancy: Float[np.ndarray, "R R R"],
    level: float,
    rgb_of_view: Mapping[str, Float32[np.ndarray, "S S 3"]],
) -> ColouredMesh:
    """Extract the closed surface at `level` of an occupancy in [0, 1], coloured from views (sRGB in [0, 1])."""
    cell_m = BOX_SIDE_M / len(occupancy)
    # The triangles are those of a solid below the level; this one is above it.
    found = march_cubes(np.pad(occupancy, 1).astype(np.float32), level)
    vertices_m = (found.vertices - 0.5) * cell_m - BOX_SIDE_M / 2  # index 1 of the padded grid is the centre of cell 0
    colours = np.zeros((len(vertices_m), 3))
    total = np.zeros((len(vertices_m), 1))
    for view, rgb in rgb_of_view.items():
        camera = make_view_camera(view)
        weight = np.maximum(1e-6, found.normals @ get_direction_to_camera(camera))[:, None] ** FACING_POWER
        column, row = np.clip(camera.project(vertices_m, len(rgb))[:, :2], 0, len(rgb) - 1).astype(int).T
        colours += weight * rgb[row, column]
        total += weight
    return ColouredMesh(
        vertices_m.astype(np.float32),
        found.triangles[:, ::-1],
        np.round(255 * colours / total).astype(np.uint8),
    )


def get_direction_to_camera(camera: Camera) -> Float[np.ndarray, "3"]:
    """Return the unit vector from the head to the camera."""
    return -camera.head_from_camera()[:3, 2]
