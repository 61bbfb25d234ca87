"""Shards of painted spheres with exact views: characters that a test knows in closed form."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from panic3d.cameras.camera import Camera
from panic3d.shards.schema import encode_depth, encode_json, encode_png, make_camera_record

ANGLES_DEG = {"front": 0.0, "left": 90.0, "back": 180.0, "right": -90.0}


def make_sphere_views(
    radius_m: float,
    x_m: float,
    size: int,
    painted: bool = False,
    cameras: Mapping[str, Camera] = MappingProxyType({}),
) -> dict[str, bytes]:
    """Make the views of a sphere at (x, 0, 0): red where x > 0 in the head frame, else blue; or with hair and eyes.

    They are the four orthographic views and those of the given cameras, with a `meta.json` that states them.
    """
    members: dict[str, bytes] = {}
    rig = {view: Camera("ortho", azimuth_deg) for view, azimuth_deg in ANGLES_DEG.items()} | dict(cameras)
    members["meta.json"] = encode_json({"views": {view: make_camera_record(rig[view], size) for view in rig}})
    for view, camera in rig.items():
        origins, directions = camera.rays(size)
        centre = np.array([x_m, 0, 0])
        squared = (directions**2).sum(-1)
        along = ((centre - origins) * directions).sum(-1) / squared
        miss2 = ((centre - origins) ** 2).sum(-1) - along**2 * squared
        half = np.sqrt(np.maximum(radius_m**2 - miss2, 0) / squared)
        depth_m = np.where(miss2 < radius_m**2, along - half, np.nan)
        xyz = origins + directions * np.nan_to_num(depth_m)[..., None]
        rgba = np.zeros((size, size, 4), np.uint8)
        rgba[..., :3] = np.where(xyz[..., :1] > 0, [255, 0, 0], [0, 0, 255])
        if painted:
            rgba[..., :3] = [240, 200, 180]
            rgba[(xyz[..., 1] > 0.3 * radius_m) | (xyz[..., 2] < 0), :3] = [60, 40, 120]
            for side in (-1, 1):
                eye = np.hypot(xyz[..., 0] - x_m - side * 0.4 * radius_m, xyz[..., 1]) < 0.15 * radius_m
                rgba[eye & (xyz[..., 2] > 0), :3] = [20, 120, 40]
        rgba[..., 3] = 255 * np.isfinite(depth_m)
        rgba[~np.isfinite(depth_m)] = 0
        members |= {f"{view}.rgba.png": encode_png(rgba), f"{view}.depth.png": encode_png(encode_depth(depth_m))}
    return members


def write_shard(path: Path, members_by_key: dict[str, dict[str, bytes]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for key, members in members_by_key.items():
            for name, data in members.items():
                entry = tarfile.TarInfo(f"{key}.{name}")
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
