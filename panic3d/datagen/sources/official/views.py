"""Conversion of a view: 8-bit position maps to depth, colour on white to straight alpha, and the view's camera."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.optimize import least_squares

from panic3d.cameras.axes import BOX_SIDE_M, PERSPECTIVE_FOV_DEG
from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import RIGS, make_view_camera
from panic3d.datagen.sources.official.tree import OfficialView
from panic3d.runtime.pictures import open_picture
from panic3d.runtime.regular_files import UnsuitableFile
from panic3d.shards.executors import SampleError
from panic3d.shards.schema import encode_depth, encode_png

OPAQUE_ALPHA = 255
FITTED_POINTS = 400
"""Surface points that a camera is fitted to."""
MAX_MEDIAN_ERROR_PX = 4.0
"""Largest accepted median distance, at 512 pixels, of a surface point from its pixel.

The quantum of the position map is 2 pixels."""
MIN_POINTS = 20
"""With fewer surface points no camera is fitted or checked."""
FITTED_STARTS = 6
"""How many of the starting angles with the smallest error are refined."""


class UnusablePicture(SampleError):
    """A picture cannot be used. The message is one sentence."""


def read_picture(path: Path, size: int, mode: str) -> np.ndarray:
    """Read the pixels of a PNG of `size` x `size`. Raises UnusablePicture where it is broken or has another size."""
    try:
        with open_picture(path) as image:
            if image.size != (size, size):
                raise UnusablePicture(f"{path.name} has {image.width}x{image.height} pixels, expected {size}x{size}")
            return np.asarray(image.convert(mode))
    except (UnsuitableFile, OSError, SyntaxError, ValueError) as error:
        raise UnusablePicture(f"{path} is no readable picture ({type(error).__name__})") from None


def head_from_position_map(position: UInt8[np.ndarray, "H W 4"]) -> Float[np.ndarray, "H W 3"]:
    """Convert a position map (glTF axes around the head's origin, 8 bits over the box) to the head frame, in metres."""
    xyz_gltf_m = position[..., :3].astype(np.float64) / 255 * BOX_SIDE_M - BOX_SIDE_M / 2
    return xyz_gltf_m * (-1.0, 1.0, -1.0)


def make_view_members(
    root: Path, view: OfficialView, cameras: Mapping[str, Any], size: int
) -> tuple[Camera, dict[str, bytes]]:
    """Make the camera of a view and its members. Raises UnusablePicture where pictures and camera disagree.

    Only pixels whose position map is fully opaque get a depth: at edges the map was averaged with the background.
    """
    position = read_picture(root / view.position, size, "RGBA")
    xyz_head_m, solid = head_from_position_map(position), position[..., 3] == OPAQUE_ALPHA
    camera = _find_camera(view, cameras, xyz_head_m, solid)
    error_px = compute_median_error_px(camera, xyz_head_m, solid)
    if error_px > MAX_MEDIAN_ERROR_PX * size / 512:
        raise UnusablePicture(f"{view.position} does not fit its camera: the median error is {error_px:.0f} pixels")
    if camera.kind == "ortho":
        rgba = read_picture(root / view.colour, size, "RGBA")
    else:
        rgba = remove_white(read_picture(root / view.colour, size, "RGB"), position[..., 3])
    depth_m = camera.project(xyz_head_m.reshape(-1, 3), size)[:, 2].reshape(size, size)
    members = {
        f"{view.name}.rgba.png": encode_png(rgba),
        f"{view.name}.depth.png": encode_png(encode_depth(np.where(solid, depth_m, np.nan))),
    }
    return camera, members


def remove_white(rgb: UInt8[np.ndarray, "H W 3"], alpha: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 4"]:
    """Recover straight colour from a picture that was composited on white."""
    coverage = alpha[..., None].astype(np.float64) / 255
    straight = 255 - (255 - rgb.astype(np.float64)) / np.maximum(coverage, 1 / 255)
    colour = np.where(alpha[..., None] > 0, np.clip(np.round(straight), 0, 255), 0).astype(np.uint8)
    return np.concatenate([colour, alpha[..., None]], axis=-1)


def compute_median_error_px(
    camera: Camera, xyz_head_m: Float[np.ndarray, "S S 3"], solid: Bool[np.ndarray, "S S"]
) -> float:
    """Return the median distance between pixels and the projections of their points; 0 with too few points."""
    pixels, points = _sample_points(xyz_head_m, solid)
    if len(pixels) < MIN_POINTS:
        return 0.0
    projected_px = camera.project(points, solid.shape[0])[:, :2]
    return float(np.median(np.linalg.norm(projected_px - pixels, axis=1)))


def fit_camera(xyz_head_m: Float[np.ndarray, "S S 3"], solid: Bool[np.ndarray, "S S"]) -> Camera:
    """Fit the perspective camera at distance 1 that projects every point of a position map to its pixel.

    Raises UnusablePicture where the map has too few points.
    """
    pixels, points = _sample_points(xyz_head_m, solid)
    if len(pixels) < MIN_POINTS:
        raise UnusablePicture("its position map has too few points to fit its camera")
    size = solid.shape[0]

    def residuals_px(angles_deg: np.ndarray) -> np.ndarray:
        camera = Camera("persp", float(angles_deg[0]), float(angles_deg[1]), fov_deg=PERSPECTIVE_FOV_DEG)
        return (camera.project(points, size)[:, :2] - pixels).ravel()

    starts = [np.array([azimuth, elevation]) for azimuth in range(-180, 180, 30) for elevation in range(-75, 90, 25)]
    starts.sort(key=lambda angles_deg: float(np.abs(residuals_px(angles_deg)).mean()))
    fits = [least_squares(residuals_px, start, loss="soft_l1", f_scale=2.0) for start in starts[:FITTED_STARTS]]
    azimuth_deg, elevation_deg = min(fits, key=lambda fit: float(fit.cost)).x
    return Camera("persp", float(azimuth_deg), float(elevation_deg), fov_deg=PERSPECTIVE_FOV_DEG)


def _find_camera(
    view: OfficialView,
    cameras: Mapping[str, Any],
    xyz_head_m: Float[np.ndarray, "S S 3"],
    solid: Bool[np.ndarray, "S S"],
) -> Camera:
    if view.name not in RIGS["persp8"]:
        return make_view_camera(view.name)
    record = cameras.get(view.camera_key)
    if record is None:
        return fit_camera(xyz_head_m, solid)
    try:
        params = record.get("render_params", record)
        return Camera(
            "persp", float(params["azim"]), float(params["elev"]), float(params["dist"]), float(params["fov"])
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UnusablePicture(f"the camera table's entry for {view.camera_key} lacks elev, azim, dist or fov") from None


def _sample_points(
    xyz_head_m: Float[np.ndarray, "S S 3"], solid: Bool[np.ndarray, "S S"]
) -> tuple[Float[np.ndarray, "P 2"], Float[np.ndarray, "P 3"]]:
    """Sample pixel centres (column, row) and their points, evenly from the solid pixels."""
    rows, columns = np.nonzero(solid)
    chosen = np.linspace(0, len(rows) - 1, min(FITTED_POINTS, len(rows))).astype(int)
    rows, columns = rows[chosen], columns[chosen]
    return np.stack([columns + 0.5, rows + 0.5], axis=1), xyz_head_m[rows, columns]
