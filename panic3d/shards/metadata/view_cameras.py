"""The cameras of a sample's views, as its `meta.json` states them."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import ORTHO_ANGLES_DEG, make_view_camera
from panic3d.shards.metadata.samples import SampleMeta, parse_meta
from panic3d.shards.schema import parse_camera_record

META = "meta.json"
POSE_TOLERANCE = 1e-4
"""Largest difference of a pose from that of the view of its name; one pixel of 512 is 1.4e-3 m."""


def read_view_cameras(members: Mapping[str, bytes], views: Sequence[str]) -> tuple[Camera, ...]:
    """Return the cameras of some views of a sample, given its members by name.

    Raises ValueError where `meta.json` is missing or damaged, or lacks a view, or where an orthographic view is not
    what its name says, on which its losses rely.
    """
    if META not in members:
        raise ValueError(f"{META} is missing, which has the cameras of the views")
    meta = parse_meta(members[META])
    return tuple(find_view_camera(meta, view) for view in views)


def find_view_camera(meta: SampleMeta, view: str) -> Camera:
    """Return the camera of one view. Raises ValueError as `read_view_cameras` does."""
    record = meta.get("views", {}).get(view)
    if record is None:
        raise ValueError(f"{META} has no camera of the view {view}")
    camera = parse_camera_record(record, f"the camera of {view}")
    if view in ORTHO_ANGLES_DEG:
        expected = make_view_camera(view)
        off = np.abs(camera.head_from_camera() - expected.head_from_camera()).max()
        if camera.kind != "ortho" or off > POSE_TOLERANCE:
            raise ValueError(
                f"{META} has another camera for {view} than the orthographic one of that name: {camera.kind}, azimuth "
                f"{camera.azimuth_deg:g}, elevation {camera.elevation_deg:g} degrees, {camera.distance_m:g} m away"
            )
    return camera


def encode_cameras(cameras: Sequence[Camera]) -> Float[np.ndarray, "V 6"]:
    """Return cameras as rows: azimuth, elevation and field of view (NaN: orthographic) in degrees, metres."""
    rows = [
        (c.azimuth_deg, c.elevation_deg, math.nan if c.fov_deg is None else c.fov_deg, c.distance_m, c.near_m, c.far_m)
        for c in cameras
    ]
    return np.array(rows, np.float64).reshape(len(rows), 6)


def decode_cameras(rows: Float[np.ndarray, "V 6"]) -> tuple[Camera, ...]:
    """Return the cameras of `encode_cameras`."""
    return tuple(_decode_camera(row) for row in rows)


def _decode_camera(row: Float[np.ndarray, "6"]) -> Camera:
    azimuth_deg, elevation_deg, fov_deg, distance_m, near_m, far_m = map(float, row)
    if math.isnan(fov_deg):
        return Camera("ortho", azimuth_deg, elevation_deg, distance_m, None, near_m, far_m)
    return Camera("persp", azimuth_deg, elevation_deg, distance_m, fov_deg, near_m, far_m)
