"""The depth of a face over the plane of the front view."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial import cKDTree

from panic3d.avatar.face.splitting import FaceMesh
from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.geometry.ray_caster import RayCaster

MARGIN_M = 0.02
"""How far beyond its landmarks a face is changed."""
DEPTH_RANGE_M = 0.035
"""How far behind the rearmost landmark of eyes, nose and mouth the surface still belongs to the face."""
STENCIL_M, STEEP = 0.003, 3.0
"""Skin is steep where z changes by more than so many times the distance, over this distance."""
FEATURES = slice(5, 28)
"""Landmarks without those of the jaw."""


class FaceRegion:
    """The front of a face: where its triangles may be changed."""

    def __init__(self, landmarks_head_m: Float[np.ndarray, "28 3"]) -> None:
        features = landmarks_head_m[FEATURES]
        self.low_m, self.high_m = features.min(0) - MARGIN_M, features.max(0) + MARGIN_M
        self.low_m[1] = min(self.low_m[1], float(landmarks_head_m[2, 1]))
        self.rear_m = float(features[:, 2].min()) - DEPTH_RANGE_M

    def contains(self, xyz_head_m: Float[np.ndarray, "N 3"]) -> Bool[np.ndarray, " N"]:
        """Return which points of the skin belong to the face."""
        xy = xyz_head_m[:, :2]
        inside: Bool[np.ndarray, " N"] = ((xy > self.low_m[:2]) & (xy < self.high_m[:2])).all(1)
        return inside & (xyz_head_m[:, 2] > self.rear_m)


class FaceSurface:
    """z of the skin at places of the plane, as seen from the front."""

    def __init__(self, mesh: FaceMesh, region: FaceRegion) -> None:
        """Beside the head the surface goes on as it is in the region, or anywhere where no vertex is in it."""
        self._caster = RayCaster(mesh.vertices_head_m, mesh.triangles)
        inside = region.contains(mesh.vertices_head_m)
        points = mesh.vertices_head_m[inside if inside.any() else slice(None)]
        self._nearest = cKDTree(points[:, :2])
        self._nearest_z = points[:, 2]

    def measure_depth(self, xy_head_m: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, " N"]:
        """Return z at places; beside the head that of the nearest vertex of the face."""
        z = self._cast(xy_head_m)
        missing = np.isnan(z)
        z[missing] = self._nearest_z[self._nearest.query(xy_head_m[missing])[1]]
        return z

    def is_flat(self, xy_head_m: Float[np.ndarray, "N 2"]) -> Bool[np.ndarray, " N"]:
        """Return where there is skin, which does not fall off steeply."""
        z = [
            self._cast(xy_head_m + offset)
            for offset in STENCIL_M * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
        ]
        found: Bool[np.ndarray, " N"] = np.ptp(np.stack(z), axis=0) < STEEP * STENCIL_M
        return found

    def _cast(self, xy_head_m: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, " N"]:
        return _cast_from_front(self._caster, xy_head_m)


def measure_front(mesh: FaceMesh, xy_head_m: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, " N"]:
    """Return z of the foremost surface at places; beside the mesh that of its nearest vertex."""
    z = _cast_from_front(RayCaster(mesh.vertices_head_m, mesh.triangles), xy_head_m)
    missing = np.isnan(z)
    z[missing] = mesh.vertices_head_m[cKDTree(mesh.vertices_head_m[:, :2]).query(xy_head_m[missing])[1], 2]
    return z


def _cast_from_front(caster: RayCaster, xy_head_m: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, " N"]:
    rays = np.zeros((len(xy_head_m), 6), np.float32)
    rays[:, :2], rays[:, 2], rays[:, 5] = xy_head_m, BOX_SIDE_M, -1
    distance = caster.cast(rays).distance.astype(float)
    return np.where(np.isfinite(distance), BOX_SIDE_M - distance, np.nan)
