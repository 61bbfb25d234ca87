"""Render a textured mesh by ray casting: transparent layers, cut-outs and one-sided triangles, without OpenGL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float32, Int, UInt8

from panic3d.cameras.axes import MASK_ALPHA
from panic3d.cameras.camera import Camera
from panic3d.cameras.colour import linear_from_srgb, srgb_from_linear
from panic3d.cameras.resampling import average_blocks
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import compute_vertex_normals
from panic3d.geometry.rasterise import find_fragments
from panic3d.geometry.ray_caster import RayCaster
from panic3d.geometry.raycast import SUPERSAMPLING, Window, find_window, scale_window
from panic3d.geometry.textured_mesh import TexturedMesh, interpolate_corners, look_up_colours, look_up_opacity
from panic3d.runtime.threads import map_slices

MAX_LAYERS = 12
"""Triangles that one ray passes through before it counts as having met nothing more."""
STEP_M = 2e-5
"""How far behind a passed triangle a ray goes on."""
MIN_TRANSMITTANCE = 1 / 512
"""Rays end where less of what lies behind would be seen."""


@dataclass(frozen=True)
class SurfacePoints:
    """Points that rays met, one per ray and layer."""

    xyz_head_m: Float32[np.ndarray, "N 3"]
    triangle: Int[np.ndarray, " N"]
    normal_head: Float32[np.ndarray, "N 3"]
    """Smooth unit normal, on the side of the triangle that the ray met."""


Shade = Callable[[SurfacePoints, Float32[np.ndarray, "N 3"]], Float32[np.ndarray, "N 3"]]
"""Changes the sRGB colours of points, for instance to those of a picture that shows them."""


class TexturedScene:
    """A textured mesh that is ready for rays."""

    def __init__(self, mesh: TexturedMesh) -> None:
        self.mesh = mesh
        corners = mesh.vertices_head_m[mesh.triangles]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        self.normals = (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)).astype(np.float32)
        self.double_sided = np.array([m.double_sided for m in mesh.materials], bool)

    @cached_property
    def caster(self) -> RayCaster:
        """What casts rays at the mesh."""
        return RayCaster(self.mesh.vertices_head_m, self.mesh.triangles)

    @cached_property
    def smooth_normals(self) -> Float32[np.ndarray, "V 3"]:
        """Unit normals of the vertices, in the head frame."""
        return compute_vertex_normals(self.mesh.vertices_head_m, self.mesh.triangles).astype(np.float32)

    def render(
        self, cameras: Sequence[Camera], size: int, shade: Shade | None = None, supersampling: int = SUPERSAMPLING
    ) -> list[RenderedView]:
        """Render unlit views of what lies between each camera's near and far plane.

        Colour is the mean in linear light of `supersampling` squared rays per pixel, encoded as sRGB and composited on
        white with coverage as alpha; depth is that of the first surface of opacity >= 0.5 at the pixel's centre.
        """
        return map_slices(
            lambda one: self._render_view(cameras[one.start], size, shade, supersampling), len(cameras), 1
        )

    def find_materials(self, camera: Camera, size: int) -> Int[np.ndarray, "H W"]:
        """Return the material of the nearest opaque surface at each pixel's centre; -1 where there is none.

        Raises ValueError for a perspective camera.
        """
        if camera.kind != "ortho":
            raise ValueError("materials are found by orthographic cameras alone")
        mesh = self.mesh
        points = camera.project(mesh.vertices_head_m, size)
        away = self.normals @ camera.head_from_camera()[:3, 2] > 0
        seen = np.flatnonzero(self.double_sided[mesh.material] | ~away)
        fragments = find_fragments(points[:, :2], mesh.triangles[seen], (size, size))
        triangle = seen[fragments.triangle]
        depth_m = interpolate_corners(points[mesh.triangles[triangle], 2:], fragments.uv)[:, 0]
        shown = (depth_m >= camera.near_m) & (depth_m <= camera.far_m)
        shown[shown] = look_up_opacity(mesh, triangle[shown], fragments.uv[shown]) >= MASK_ALPHA
        # From behind to the front; of triangles at one depth the last is drawn last.
        order = np.flatnonzero(shown)[np.argsort(-depth_m[shown], kind="stable")]
        material = np.full(size * size, -1)
        material[fragments.pixel[order]] = mesh.material[triangle[order]]
        return material.reshape(size, size)

    def render_parts(self, camera: Camera, size: int) -> UInt8[np.ndarray, "H W"]:
        """Return the part id of the nearest opaque surface at each pixel's centre; 0 where there is none."""
        parts = np.array([*(m.part for m in self.mesh.materials), 0], np.uint8)
        return parts[self.find_materials(camera, size)]

    def _render_view(self, camera: Camera, size: int, shade: Shade | None, supersampling: int) -> RenderedView:
        rgb, alpha = np.ones((size, size, 3), np.float32), np.zeros((size, size), np.float32)
        depth_m = np.full((size, size), np.nan, np.float32)
        window = find_window(self.mesh.vertices_head_m, camera, size)
        fine = self._cast(camera, size * supersampling, scale_window(window, supersampling), shade, coloured=True)
        coverage = average_blocks(1 - fine.transmittance, supersampling)
        linear = average_blocks(fine.linear, supersampling)
        straight = srgb_from_linear(linear / np.maximum(coverage, 1e-6)[..., None])
        alpha[window] = coverage
        rgb[window] = 1 - coverage[..., None] * (1 - straight)
        depth_m[window] = self._cast(camera, size, window, None).depth_m
        return RenderedView(rgb, alpha, depth_m)

    def _cast(
        self, camera: Camera, size: int, window: Window, shade: Shade | None, coloured: bool = False
    ) -> "_RayResults":
        """Follow the ray through each pixel's centre; without colours it ends at the first surface that is opaque."""
        origins, directions = camera.rays(size, window)
        shape = origins.shape[:2]
        rays = np.concatenate([origins + camera.near_m * directions, directions], axis=2, dtype=np.float32)
        rays = rays.reshape(-1, 6)
        found = _RayResults.make_empty(len(rays))
        active = np.arange(len(rays))
        passed_m = np.zeros(len(rays), np.float32)
        for _ in range(MAX_LAYERS):
            hits = self.caster.cast(rays[active])
            far = passed_m[active] + hits.distance
            met = far <= camera.far_m - camera.near_m
            active, far = active[met], far[met]
            if not len(active):
                break
            triangle, uv = hits.triangle[met], hits.uv[met]
            directions_met = rays[active, 3:]
            colour = self._look_up(triangle, uv, directions_met)
            opaque = (colour[:, 3] >= MASK_ALPHA) & (found.triangle[active] < 0)
            found.triangle[active[opaque]] = triangle[opaque]
            found.depth_m[active[opaque]] = far[opaque] + np.float32(camera.near_m)
            if coloured:
                seen = colour[:, 3] > 0
                points = rays[active[seen], :3] + directions_met[seen] * hits.distance[met][seen, None]
                if shade is not None:
                    normal = self._interpolate_normals(triangle[seen], uv[seen], directions_met[seen])
                    colour[seen, :3] = shade(SurfacePoints(points, triangle[seen], normal), colour[seen, :3])
                weight = found.transmittance[active] * colour[:, 3]
                found.linear[active] += weight[:, None] * linear_from_srgb(colour[:, :3])
                found.transmittance[active] *= 1 - colour[:, 3]
                left = found.transmittance[active] > MIN_TRANSMITTANCE
            else:
                left = ~opaque
            step_m = hits.distance[met][left] + STEP_M
            active = active[left]
            rays[active, :3] += rays[active, 3:] * step_m[:, None]
            passed_m[active] += step_m
        return found.reshape(shape)

    def _look_up(
        self,
        triangle: Int[np.ndarray, " N"],
        barycentric: Float32[np.ndarray, "N 2"],
        directions: Float32[np.ndarray, "N 3"],
    ) -> Float32[np.ndarray, "N 4"]:
        """Return sRGB and opacity of points; the back of one-sided triangles is invisible."""
        colour = look_up_colours(self.mesh, triangle, barycentric)
        one_sided = ~self.double_sided[self.mesh.material[triangle]]
        from_behind = np.einsum("nc,nc->n", self.normals[triangle[one_sided]], directions[one_sided]) > 0
        colour[np.flatnonzero(one_sided)[from_behind], 3] = 0
        return colour

    def _interpolate_normals(
        self,
        triangle: Int[np.ndarray, " N"],
        barycentric: Float32[np.ndarray, "N 2"],
        directions: Float32[np.ndarray, "N 3"],
    ) -> Float32[np.ndarray, "N 3"]:
        normal = interpolate_corners(self.smooth_normals[self.mesh.triangles[triangle]], barycentric)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        from_behind = np.einsum("nc,nc->n", self.normals[triangle], directions) > 0
        return np.where(from_behind[:, None], -normal, normal)


@dataclass(frozen=True)
class _RayResults:
    transmittance: Float32[np.ndarray, "*rays"]
    linear: Float32[np.ndarray, "*rays 3"]
    depth_m: Float32[np.ndarray, "*rays"]
    triangle: Int[np.ndarray, "*rays"]

    @classmethod
    def make_empty(cls, count: int) -> "_RayResults":
        return cls(
            np.ones(count, np.float32),
            np.zeros((count, 3), np.float32),
            np.full(count, np.nan, np.float32),
            np.full(count, -1, np.int64),
        )

    def reshape(self, shape: tuple[int, ...]) -> "_RayResults":
        return _RayResults(*(a.reshape(*shape, *a.shape[1:]) for a in vars(self).values()))
