"""Pictures of a coloured mesh from any camera by ray casting (Open3D, Embree): exact, deterministic, no OpenGL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Int

from panic3d.cameras.camera import Camera
from panic3d.cameras.colour import linear_from_srgb, srgb_from_linear
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import ColouredMesh

SUPERSAMPLING = 2
"""Rays along each side of a pixel."""
Window = tuple[slice, slice]


@dataclass(frozen=True)
class MeshReconstruction:
    """A reconstruction that is a mesh: what it shows is the mesh, ray cast."""

    coloured_mesh: ColouredMesh

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        return render_mesh(self.coloured_mesh, cameras, size)

    def mesh(self) -> ColouredMesh:
        return self.coloured_mesh


def render_mesh(
    mesh: ColouredMesh, cameras: Sequence[Camera], size: int, supersampling: int = SUPERSAMPLING
) -> list[RenderedView]:
    """Unlit pictures, both sides drawn, of what lies between each camera's near and far plane.

    Colour is the mean in linear light of `supersampling` squared rays a pixel, encoded as sRGB and put on white with
    coverage as alpha; depth is that of the surface at the pixel's centre.
    """
    scene = raycasting_scene(mesh.vertices_head_m, mesh.triangles)
    corner_colours = linear_from_srgb(mesh.colours / 255.0).astype(np.float32)[mesh.triangles]
    return [
        _view(scene, corner_colours, camera, size, supersampling, window_of(mesh.vertices_head_m, camera, size))
        for camera in cameras
    ]


def raycasting_scene(vertices_m: Float[np.ndarray, "V 3"], triangles: Int[np.ndarray, "T 3"]) -> Any:
    """Open3D's RaycastingScene of one mesh, which may be empty."""
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene()
    if len(triangles):
        scene.add_triangles(
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(vertices_m, np.float32)),
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(triangles, np.uint32)),
        )
    return scene


def window_of(vertices_head_m: Float[np.ndarray, "V 3"], camera: Camera, size: int) -> Window:
    """Rows and columns of the pixels that a mesh with these vertices can touch: only their rays need be cast."""
    if len(vertices_head_m) == 0:
        return slice(0, 0), slice(0, 0)
    projected = camera.project(vertices_head_m, size)
    if (projected[:, 2] <= 0).any():  # behind a perspective camera a projection bounds nothing
        return slice(0, size), slice(0, size)
    low = np.clip(np.floor(projected.min(axis=0)), 0, size).astype(int)
    high = np.clip(np.ceil(projected.max(axis=0)), 0, size).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def finer(window: Window, factor: int) -> Window:
    """The same part of a picture with so many more pixels along each side."""
    rows, columns = (slice(part.start * factor, part.stop * factor) for part in window)
    return rows, columns


def _view(
    scene: Any,
    corner_colours: Float32[np.ndarray, "T 3 3"],
    camera: Camera,
    size: int,
    supersampling: int,
    window: Window,
) -> RenderedView:
    rgb = np.ones((size, size, 3), np.float32)
    alpha = np.zeros((size, size), np.float32)
    depth_m = np.full((size, size), np.nan, np.float32)
    depth_m[window] = _depth_m(scene, camera, size, window)

    hits = _cast(scene, camera, size * supersampling, finer(window, supersampling))
    there = hits["t_hit"] <= camera.far_m - camera.near_m
    triangle, uv = hits["primitive_ids"][there], hits["primitive_uvs"][there]
    weights = np.stack([1 - uv[:, 0] - uv[:, 1], uv[:, 0], uv[:, 1]], axis=1)
    linear = np.zeros((*there.shape, 3), np.float32)
    linear[there] = np.einsum("nk,nkc->nc", weights, corner_colours[triangle])

    coverage, linear = block_means(there.astype(np.float32), supersampling), block_means(linear, supersampling)
    straight = srgb_from_linear(linear / np.maximum(coverage, 1e-6)[..., None])
    alpha[window] = coverage
    rgb[window] = 1 - coverage[..., None] * (1 - straight)
    return RenderedView(rgb=rgb, alpha=alpha, depth_m=depth_m)


def render_depth(scene: Any, camera: Camera, size: int) -> Float32[np.ndarray, "H W"]:
    """Plane depth in metres of the nearest surface of a scene at each pixel's centre; NaN where there is none."""
    return _depth_m(scene, camera, size, (slice(None), slice(None)))


def _depth_m(scene: Any, camera: Camera, size: int, window: Window) -> Float32[np.ndarray, "h w"]:
    depth_m = _cast(scene, camera, size, window)["t_hit"] + np.float32(camera.near_m)
    return np.where(depth_m <= camera.far_m, depth_m, np.float32(np.nan))


def block_means(fine: Float32[np.ndarray, "h w ..."], factor: int) -> Float32[np.ndarray, "H W ..."]:
    """Each pixel from its rays. Sums of slices: numpy's means over such short axes take ten times as long."""
    parts = [fine[i::factor, j::factor] for i in range(factor) for j in range(factor)]
    return np.asarray(sum(parts) / np.float32(len(parts)), np.float32)


def _cast(scene: Any, camera: Camera, size: int, window: Window) -> dict[str, np.ndarray]:
    """Open3D's answers for the ray through each pixel's centre; `t_hit` counts plane depth from the near plane on."""
    origins, directions = camera.rays(size, window)
    rays = np.concatenate([origins + camera.near_m * directions, directions], axis=2, dtype=np.float32)
    return {name: answer.numpy() for name, answer in scene.cast_rays(rays).items()}
