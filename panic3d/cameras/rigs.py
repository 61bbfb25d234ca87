"""Named camera rigs: the views that a dataset holds, and their cameras."""

import zlib

import numpy as np

from panic3d.cameras.axes import PERSPECTIVE_FOV_DEG
from panic3d.cameras.camera import Camera

ORTHO_ANGLES_DEG = {
    "front": (0.0, 0.0),
    "left": (90.0, 0.0),
    "back": (180.0, 0.0),
    "right": (-90.0, 0.0),
    "top": (0.0, 90.0),
}
CAM60_ELEVATIONS_DEG = (60.0, 40.0, 20.0, 0.0, -20.0)

RIGS: dict[str, tuple[str, ...]] = {
    "ortho4": ("front", "left", "back", "right"),
    "ortho5": ("front", "left", "back", "right", "top"),
    "persp8": tuple(f"persp{i}" for i in range(8)),
    "spin12": tuple(f"spin{azimuth:03d}" for azimuth in range(0, 360, 30)),
    "cam60": tuple(f"cam{i:02d}" for i in range(60)),
}


def list_rig_views(rigs: str) -> tuple[str, ...]:
    """Return the views of comma-separated rigs, each once, in order.

    Raises ValueError, which names an unknown rig and the known ones.
    """
    views: dict[str, None] = {}
    for rig in rigs.split(","):
        if rig not in RIGS:
            raise ValueError(f"unknown rig '{rig}': choose from {', '.join(RIGS)}, joined by commas")
        views.update(dict.fromkeys(RIGS[rig]))
    return tuple(views)


def make_view_camera(view: str, key: str = "") -> Camera:
    """Return the camera of a view; those of `persp0` to `persp7` are random and depend on the avatar's key.

    Raises ValueError for an unknown view.
    """
    if view in ORTHO_ANGLES_DEG:
        azimuth_deg, elevation_deg = ORTHO_ANGLES_DEG[view]
        return Camera("ortho", azimuth_deg, elevation_deg)
    if view in RIGS["spin12"]:
        return Camera("persp", float(view[4:]), 0.0, fov_deg=PERSPECTIVE_FOV_DEG)
    if view in RIGS["cam60"]:
        elevation_index, azimuth_index = divmod(int(view[3:]), 12)
        elevation_deg = CAM60_ELEVATIONS_DEG[elevation_index]
        return Camera("persp", -180.0 + 30.0 * azimuth_index, elevation_deg, fov_deg=PERSPECTIVE_FOV_DEG)
    if view in RIGS["persp8"]:
        generator = np.random.Generator(np.random.PCG64(zlib.crc32(f"{key}/{view[5:]}".encode())))
        elevation_deg = float(generator.normal(0.0, 20.0))
        azimuth_deg = float(generator.uniform(-180.0, 180.0))
        return Camera("persp", azimuth_deg, elevation_deg, fov_deg=PERSPECTIVE_FOV_DEG)
    raise ValueError(f"unknown view '{view}'")
