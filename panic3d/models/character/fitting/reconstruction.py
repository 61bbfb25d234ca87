"""A fitted character as a head: views of its textures, with the portrait's own pixels where it shows the surface."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA
from panic3d.cameras.camera import Camera
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.ray_caster import RayCaster
from panic3d.geometry.textured_mesh import TexturedMesh, interpolate_corners, look_up_colours, subdivide
from panic3d.geometry.textured_raycast import SurfacePoints, TexturedScene
from panic3d.models.reconstructor.geometry.stitch import FrontPicture, compute_facing_share

VISIBILITY_START_M = 0.002
"""Where the ray from a point to the front camera starts; layers of hair are millimetres apart."""
MIN_AREA_M2 = 1e-10
"""Triangles of less area are left out of the mesh."""
MESH_EDGE_M = 0.008
"""Longest edge of the mesh whose vertices carry the colours."""


class CharacterReconstruction:
    """A textured character, deformed to a portrait and in its colours."""

    def __init__(self, mesh: TexturedMesh, rgba: UInt8[np.ndarray, "512 512 4"]) -> None:
        self.textured, self.picture = mesh, FrontPicture(rgba)
        self.scene = TexturedScene(mesh)

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        return self.scene.render(cameras, size, self._shade)

    def mesh(self) -> ColouredMesh:
        return self._mesh

    def _shade(self, points: SurfacePoints, rgb: Float32[np.ndarray, "N 3"]) -> Float32[np.ndarray, "N 3"]:
        """Mix the colours with the picture's where it shows the points."""
        share = compute_facing_share(points.normal_head[:, 2])
        tested = share > 0
        share[tested] *= self._is_visible(points.xyz_head_m[tested])
        taken = share > 0
        mixed = rgb.copy()
        mixed[taken] += share[taken, None] * (self.picture.sample(points.xyz_head_m[taken]) - rgb[taken])
        return mixed

    def _is_visible(self, xyz_head_m: Float[np.ndarray, "N 3"]) -> Bool[np.ndarray, " N"]:
        """Return whether nothing opaque lies between points and the front camera."""
        rays = np.zeros((len(xyz_head_m), 6), np.float32)
        rays[:, :3] = xyz_head_m
        rays[:, 2] += VISIBILITY_START_M
        rays[:, 5] = 1
        return ~self._opaque.is_occluded(rays)

    @cached_property
    def _opaque(self) -> RayCaster:
        """The triangles without those that are mixed with what lies behind."""
        blended = np.array([m.alpha_mode == "BLEND" for m in self.textured.materials])
        return RayCaster(self.textured.vertices_head_m, self.textured.triangles[~blended[self.textured.material]])

    @cached_property
    def _mesh(self) -> ColouredMesh:
        textured = self.textured
        corners = textured.vertices_head_m[textured.triangles].astype(float)
        areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
        inside = (np.abs(corners) <= BOX_SIDE_M / 2).all((1, 2)) & (areas > MIN_AREA_M2)
        fine = subdivide(textured, np.flatnonzero(inside), MESH_EDGE_M)
        colours = look_up_colours(textured, fine.origin, fine.barycentric)
        normals = interpolate_corners(self.scene.smooth_normals[textured.triangles[fine.origin]], fine.barycentric)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        vertices = fine.vertices_head_m.astype(np.float32)
        rgb = self._shade(SurfacePoints(vertices, fine.origin, normals.astype(np.float32)), colours[:, :3])
        kept = fine.triangles[colours[fine.triangles, 3].mean(1) >= MASK_ALPHA]
        return ColouredMesh(vertices, kept, np.round(rgb.clip(0, 1) * 255).astype(np.uint8))
