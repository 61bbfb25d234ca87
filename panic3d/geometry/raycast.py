"""Render a coloured mesh from any camera by ray casting: exact, deterministic, without OpenGL."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from panic3d.cameras.camera import Camera
from panic3d.cameras.colour import linear_from_srgb, srgb_from_linear
from panic3d.cameras.resampling import average_blocks
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.ray_caster import RayCaster, RayHits

SUPERSAMPLING = 2
"""Rays along each side of a pixel."""
Window = tuple[slice, slice]


@dataclass(frozen=True)
class MeshReconstruction:
    """A reconstruction that is a coloured mesh; its views are ray cast."""

    coloured_mesh: ColouredMesh

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        return render_mesh(self.coloured_mesh, cameras, size)

    def mesh(self) -> ColouredMesh:
        return self.coloured_mesh


def render_mesh(
    mesh: ColouredMesh, cameras: Sequence[Camera], size: int, supersampling: int = SUPERSAMPLING
) -> list[RenderedView]:
    """Render unlit views, from both sides of each triangle, of what lies between each camera's near and far plane.

    Colour is the mean in linear light of `supersampling` squared rays per pixel, encoded as sRGB and composited on
    white with coverage as alpha; depth is that of the surface at the pixel's centre.
    """
    caster = RayCaster(mesh.vertices_head_m, mesh.triangles)
    corner_colours = linear_from_srgb(mesh.colours / 255.0).astype(np.float32)[mesh.triangles]
    return [
        _render_view(
            caster, corner_colours, camera, size, supersampling, find_window(mesh.vertices_head_m, camera, size)
        )
        for camera in cameras
    ]


def find_window(vertices_head_m: Float[np.ndarray, "V 3"], camera: Camera, size: int) -> Window:
    """Return the rows and columns of the pixels that a mesh with these vertices can cover."""
    if len(vertices_head_m) == 0:
        return slice(0, 0), slice(0, 0)
    projected = camera.project(vertices_head_m, size)
    if (projected[:, 2] <= 0).any():  # the projection of a point behind a perspective camera is no bound
        return slice(0, size), slice(0, size)
    low = np.clip(np.floor(projected.min(axis=0)), 0, size).astype(int)
    high = np.clip(np.ceil(projected.max(axis=0)), 0, size).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def scale_window(window: Window, factor: int) -> Window:
    """Return the same part of a picture that has `factor` times as many pixels along each side."""
    rows, columns = (slice(part.start * factor, part.stop * factor) for part in window)
    return rows, columns


def _render_view(
    caster: RayCaster,
    corner_colours: Float32[np.ndarray, "T 3 3"],
    camera: Camera,
    size: int,
    supersampling: int,
    window: Window,
) -> RenderedView:
    rgb = np.ones((size, size, 3), np.float32)
    alpha = np.zeros((size, size), np.float32)
    depth_m = np.full((size, size), np.nan, np.float32)
    depth_m[window] = _render_depth(caster, camera, size, window)

    hits = _cast(caster, camera, size * supersampling, scale_window(window, supersampling))
    there = hits.distance <= camera.far_m - camera.near_m
    triangle, uv = hits.triangle[there], hits.uv[there]
    weights = np.stack([1 - uv[:, 0] - uv[:, 1], uv[:, 0], uv[:, 1]], axis=1)
    linear = np.zeros((*there.shape, 3), np.float32)
    linear[there] = np.einsum("nk,nkc->nc", weights, corner_colours[triangle])

    coverage, linear = average_blocks(there.astype(np.float32), supersampling), average_blocks(linear, supersampling)
    straight = srgb_from_linear(linear / np.maximum(coverage, 1e-6)[..., None])
    alpha[window] = coverage
    rgb[window] = 1 - coverage[..., None] * (1 - straight)
    return RenderedView(rgb=rgb, alpha=alpha, depth_m=depth_m)


def render_depth(caster: RayCaster, camera: Camera, size: int) -> Float32[np.ndarray, "H W"]:
    """Return the plane depth in metres of the nearest surface at each pixel's centre; NaN where there is none."""
    return _render_depth(caster, camera, size, (slice(None), slice(None)))


def _render_depth(caster: RayCaster, camera: Camera, size: int, window: Window) -> Float32[np.ndarray, "h w"]:
    depth_m = _cast(caster, camera, size, window).distance + np.float32(camera.near_m)
    return np.where(depth_m <= camera.far_m, depth_m, np.float32(np.nan))


def _cast(caster: RayCaster, camera: Camera, size: int, window: Window) -> RayHits:
    """Cast the ray through each pixel's centre; the distance is plane depth counted from the near plane."""
    origins, directions = camera.rays(size, window)
    return caster.cast(np.concatenate([origins + camera.near_m * directions, directions], axis=2, dtype=np.float32))
