"""`visual-hull`: the largest solid with the true outlines, a bound for silhouettes (Laurentini 1994)."""

from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import map_coordinates

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA
from panic3d.cameras.filling import fill_from_nearest
from panic3d.cameras.rigs import RIGS, make_view_camera
from panic3d.geometry.depth_hull import compute_cell_centres_m, extract_level_surface
from panic3d.geometry.outline_distance import compute_outline_distance_px
from panic3d.geometry.raycast import MeshReconstruction
from panic3d.models.method import OracleMethod, Reconstruction, TrueViews

VIEWS = ("front", "left", *RIGS["spin12"])
"""Back and right have the outlines of front and left."""
RESOLUTION = 192


class VisualHullMethod:
    """The cells that fall inside the outline in every view, coloured from the four orthographic ones."""

    def reconstruct_from(self, truth: TrueViews) -> Reconstruction:
        axis_m = compute_cell_centres_m(RESOLUTION)
        cells_m = np.stack(np.meshgrid(axis_m, axis_m, axis_m, indexing="ij"), axis=-1).reshape(-1, 3)
        margin_m = np.full(len(cells_m), np.inf)
        cell_m = BOX_SIDE_M / RESOLUTION
        for view in VIEWS:
            open_ = np.flatnonzero(margin_m > -cell_m)
            inside = truth.rgba(view)[..., 3] >= MASK_ALPHA * 255
            margin_m[open_] = np.minimum(margin_m[open_], _compute_margin_m(cells_m[open_], view, inside))
        occupancy = np.clip(0.5 + margin_m / (2 * cell_m), 0, 1).reshape((RESOLUTION,) * 3)
        rgbas = {view: truth.rgba(view) for view in RIGS["ortho4"]}
        rgbs = {view: fill_from_nearest(x[..., :3] / np.float32(255), x[..., 3] == 0) for view, x in rgbas.items()}
        return MeshReconstruction(extract_level_surface(occupancy.astype(np.float32), 0.5, rgbs))


def _compute_margin_m(
    xyz_head_m: Float[np.ndarray, "N 3"], view: str, inside: Bool[np.ndarray, "S S"]
) -> Float[np.ndarray, "N"]:
    """Return how far inside a view's outline points lie, in metres at their depth; negative outside."""
    camera, size = make_view_camera(view), len(inside)
    column, row, depth_m = camera.project(xyz_head_m, size).T
    margin_px = map_coordinates(
        compute_outline_distance_px(inside).astype(np.float32), (row - 0.5, column - 0.5), order=1, mode="nearest"
    )
    return margin_px / camera.pixel_scale(size) * (1 if camera.fov_deg is None else depth_m)


def load(weights: Path | None) -> OracleMethod:
    """Return the method, which has no weights."""
    return VisualHullMethod()
