"""Find where rays meet a triangle mesh, with Intel's Embree through embreex.

Embreex has no wheels for Linux on arm64; there the Embree inside Open3D answers instead, with the same results.
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int32

from panic3d.runtime.extras import is_installed, require_library
from panic3d.runtime.threads import map_slices

RAYS_AT_ONCE = 1 << 14
"""More rays are shared among threads."""
Rays = Float32[np.ndarray, "*rays 6"]
"""Origin and direction of each ray, in the frame and unit of the mesh."""


@dataclass(frozen=True)
class RayHits:
    """The first triangle that each ray meets, from either side."""

    distance: Float32[np.ndarray, "*rays"]
    """In lengths of the ray's direction; infinite where the ray meets nothing."""
    triangle: Int32[np.ndarray, "*rays"]
    """Index of the triangle; -1 where the ray meets nothing."""
    uv: Float32[np.ndarray, "*rays 2"]
    """Barycentric weights of the triangle's second and third corner."""


class RayCaster:
    """The acceleration structure of one triangle mesh, which may be empty."""

    def __init__(self, vertices_m: Float[np.ndarray, "V 3"], triangles: Int[np.ndarray, "T 3"]) -> None:
        """Raises UserError where neither embreex nor Open3D is installed."""
        make_scene = _EmbreexScene if is_installed("embreex") else _Open3DScene
        self._scene: _EmbreexScene | _Open3DScene | None = None
        if len(triangles):
            self._scene = make_scene(
                np.ascontiguousarray(vertices_m, np.float32), np.ascontiguousarray(triangles, np.int32)
            )

    def cast(self, rays: Rays) -> RayHits:
        """Return the first hit of each ray at a distance >= 0."""
        shape, flat = rays.shape[:-1], np.ascontiguousarray(rays, np.float32).reshape(-1, 6)
        distance = np.full(len(flat), np.inf, np.float32)
        triangle, uv = np.full(len(flat), -1, np.int32), np.zeros((len(flat), 2), np.float32)
        scene = self._scene
        if scene is not None and len(flat):
            parts = map_slices(lambda some: scene.cast(flat[some]), len(flat), RAYS_AT_ONCE)
            distance, triangle, uv = (np.concatenate(part) for part in zip(*parts, strict=True))
        return RayHits(distance.reshape(shape), triangle.reshape(shape), uv.reshape(*shape, 2))

    def is_occluded(self, rays: Rays) -> Bool[np.ndarray, "*rays"]:
        """Return whether each ray meets any triangle at a distance >= 0."""
        shape, flat = rays.shape[:-1], np.ascontiguousarray(rays, np.float32).reshape(-1, 6)
        scene = self._scene
        if scene is None or not len(flat):
            return np.zeros(shape, bool)
        parts = map_slices(lambda some: scene.is_occluded(flat[some]), len(flat), RAYS_AT_ONCE)
        return np.concatenate(parts).reshape(shape)


class _EmbreexScene:
    """Embree's scene in its robust mode, in which no ray slips between two triangles that share an edge."""

    def __init__(self, vertices_m: Float32[np.ndarray, "V 3"], triangles: Int32[np.ndarray, "T 3"]) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self.scene = EmbreeScene(_get_embree_device(), robust=True)
        TriangleMesh(self.scene, vertices_m, triangles)
        one_ray = np.ones((1, 3), np.float32)
        self.scene.run(one_ray, one_ray)  # the first call builds the structure, which threads must not do at once

    def cast(self, rays: Float32[np.ndarray, "N 6"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        found = self.scene.run(*_split_rays(rays), output=True)
        distance = np.where(found["primID"] >= 0, found["tfar"], np.float32(np.inf))
        return distance, found["primID"], np.stack([found["u"], found["v"]], axis=1)

    def is_occluded(self, rays: Float32[np.ndarray, "N 6"]) -> Bool[np.ndarray, "N"]:
        return self.scene.run(*_split_rays(rays), query="OCCLUDED") >= 0


class _Open3DScene:
    """Open3D's scene, which is Embree's in the same mode."""

    def __init__(self, vertices_m: Float32[np.ndarray, "V 3"], triangles: Int32[np.ndarray, "T 3"]) -> None:
        require_library("open3d", "casting rays without embreex", "data")
        import open3d as o3d

        self._tensor = o3d.core.Tensor.from_numpy
        self.scene = o3d.t.geometry.RaycastingScene()
        self.scene.add_triangles(self._tensor(vertices_m), self._tensor(triangles.astype(np.uint32)))

    def cast(self, rays: Float32[np.ndarray, "N 6"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        found = {name: answer.numpy() for name, answer in self.scene.cast_rays(self._tensor(rays)).items()}
        return found["t_hit"], found["primitive_ids"].astype(np.int32), found["primitive_uvs"]

    def is_occluded(self, rays: Float32[np.ndarray, "N 6"]) -> Bool[np.ndarray, "N"]:
        return self.scene.test_occlusions(self._tensor(rays)).numpy()


@functools.cache
def _get_embree_device() -> Any:
    from embreex.rtcore import EmbreeDevice

    return EmbreeDevice()


def _split_rays(rays: Float32[np.ndarray, "N 6"]) -> tuple[np.ndarray, np.ndarray]:
    return np.ascontiguousarray(rays[:, :3]), np.ascontiguousarray(rays[:, 3:])
