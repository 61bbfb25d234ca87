"""The authors' pictures of a view to ours: 8-bit position maps to depth, colour on white to straight alpha, cameras."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from scipy.optimize import least_squares

from panic3d.cameras.axes import BOX_SIDE_M, PERSPECTIVE_FOV_DEG
from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import RIGS, camera_of
from panic3d.datagen.sources.official.tree import View
from panic3d.shards.schema import encode_depth, png_bytes

OPAQUE = 255
FITTED_POINTS = 400
MOST_PIXELS_OFF = 4.0
"""Of the median surface point from where its position map puts it; a quantum of the map is 2 pixels of 512."""
LEAST_POINTS = 20
STARTS = 6


class UnusablePicture(Exception):
    """A picture cannot be used; the message is one sentence."""


def read_picture(path: Path, size: int, mode: str) -> np.ndarray:
    """The pixels of a PNG of `size` x `size`. UnusablePicture where it is another."""
    try:
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            if image.size != (size, size):
                raise UnusablePicture(f"{path.name} has {image.width}x{image.height} pixels, expected {size}x{size}")
            return np.asarray(image.convert(mode))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnusablePicture(f"{path} is no readable picture ({type(error).__name__})") from None


def head_from_map(position: UInt8[np.ndarray, "H W 4"]) -> Float[np.ndarray, "H W 3"]:
    """A position map (glTF axes about the head's origin, the box over 8 bits) to the head frame, metres."""
    xyz_gltf_m = position[..., :3].astype(np.float64) / 255 * BOX_SIDE_M - BOX_SIDE_M / 2
    return xyz_gltf_m * (-1.0, 1.0, -1.0)


def view_members(root: Path, view: View, cameras: Mapping[str, Any], size: int) -> tuple[Camera, dict[str, bytes]]:
    """The camera of a view and its members. UnusablePicture where pictures or camera do not fit each other.

    Depth is there only where the position map is fully opaque: at edges it was averaged with nothing.
    """
    position = read_picture(root / view.position, size, "RGBA")
    xyz_head_m, solid = head_from_map(position), position[..., 3] == OPAQUE
    camera = _camera(view, cameras, xyz_head_m, solid)
    off = pixels_off(camera, xyz_head_m, solid)
    if off > MOST_PIXELS_OFF * size / 512:
        raise UnusablePicture(f"{view.position} does not fit its camera: half of it lies {off:.0f} pixels off or more")
    if camera.kind == "ortho":
        rgba = read_picture(root / view.colour, size, "RGBA")
    else:
        rgba = off_white(read_picture(root / view.colour, size, "RGB"), position[..., 3])
    depth_m = camera.project(xyz_head_m.reshape(-1, 3), size)[:, 2].reshape(size, size)
    members = {
        f"{view.name}.rgba.png": png_bytes(rgba),
        f"{view.name}.depth.png": png_bytes(encode_depth(np.where(solid, depth_m, np.nan))),
    }
    return camera, members


def off_white(rgb: UInt8[np.ndarray, "H W 3"], alpha: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 4"]:
    """Straight colour of a picture that was composited on white."""
    coverage = alpha[..., None].astype(np.float64) / 255
    straight = 255 - (255 - rgb.astype(np.float64)) / np.maximum(coverage, 1 / 255)
    colour = np.where(alpha[..., None] > 0, np.clip(np.round(straight), 0, 255), 0).astype(np.uint8)
    return np.concatenate([colour, alpha[..., None]], axis=-1)


def pixels_off(camera: Camera, xyz_head_m: Float[np.ndarray, "S S 3"], solid: Bool[np.ndarray, "S S"]) -> float:
    """The median distance between a pixel and where the camera sees the point that its map holds; 0 without points."""
    pixels, points = _sampled(xyz_head_m, solid)
    if len(pixels) < LEAST_POINTS:
        return 0.0
    seen = camera.project(points, solid.shape[0])[:, :2]
    return float(np.median(np.linalg.norm(seen - pixels, axis=1)))


def solved_camera(xyz_head_m: Float[np.ndarray, "S S 3"], solid: Bool[np.ndarray, "S S"]) -> Camera:
    """The perspective camera at distance 1 that sees every point of a map in its pixel.

    UnusablePicture where the map is too empty to tell.
    """
    pixels, points = _sampled(xyz_head_m, solid)
    if len(pixels) < LEAST_POINTS:
        raise UnusablePicture("its position map is too empty to tell its camera")
    size = solid.shape[0]

    def misses(angles_deg: np.ndarray) -> np.ndarray:
        camera = Camera("persp", float(angles_deg[0]), float(angles_deg[1]), fov_deg=PERSPECTIVE_FOV_DEG)
        return (camera.project(points, size)[:, :2] - pixels).ravel()

    starts = [np.array([azimuth, elevation]) for azimuth in range(-180, 180, 30) for elevation in range(-75, 90, 25)]
    starts.sort(key=lambda angles_deg: float(np.abs(misses(angles_deg)).mean()))
    fits = [least_squares(misses, start, loss="soft_l1", f_scale=2.0) for start in starts[:STARTS]]
    azimuth_deg, elevation_deg = min(fits, key=lambda fit: float(fit.cost)).x
    return Camera("persp", float(azimuth_deg), float(elevation_deg), fov_deg=PERSPECTIVE_FOV_DEG)


def _camera(
    view: View, cameras: Mapping[str, Any], xyz_head_m: Float[np.ndarray, "S S 3"], solid: Bool[np.ndarray, "S S"]
) -> Camera:
    if view.name not in RIGS["persp8"]:
        return camera_of(view.name)
    record = cameras.get(view.camera_key)
    if record is None:
        return solved_camera(xyz_head_m, solid)
    params = record.get("render_params", record)
    try:
        return Camera(
            "persp", float(params["azim"]), float(params["elev"]), float(params["dist"]), float(params["fov"])
        )
    except (KeyError, TypeError, ValueError):
        raise UnusablePicture(f"the camera table's entry for {view.camera_key} lacks elev, azim, dist or fov") from None


def _sampled(
    xyz_head_m: Float[np.ndarray, "S S 3"], solid: Bool[np.ndarray, "S S"]
) -> tuple[Float[np.ndarray, "P 2"], Float[np.ndarray, "P 3"]]:
    """Pixel centres (column, row) and points, evenly drawn from what is solid."""
    rows, columns = np.nonzero(solid)
    chosen = np.linspace(0, len(rows) - 1, min(FITTED_POINTS, len(rows))).astype(int)
    rows, columns = rows[chosen], columns[chosen]
    return np.stack([columns + 0.5, rows + 0.5], axis=1), xyz_head_m[rows, columns]
