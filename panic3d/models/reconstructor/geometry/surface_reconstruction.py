"""A head from a field: its surface, found once; views are ray cast against it, coloured by the field and the input."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int, UInt8

from panic3d.cameras.camera import Camera
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.ray_caster import RayCaster
from panic3d.geometry.raycast import (
    SUPERSAMPLING,
    Window,
    average_blocks,
    scale_window,
    window_of,
)
from panic3d.models.reconstructor.fields.field import Field
from panic3d.models.reconstructor.geometry.density_grid import density_grid
from panic3d.models.reconstructor.geometry.iso_surface import extract
from panic3d.models.reconstructor.geometry.stitch import VISIBILITY_START_M, FrontPicture, facing_share

POINTS_AT_ONCE = 1 << 17
GATE_BESIDE_M, GATE_START_M = 0.004, 0.03
"""In training what stands less than a lattice's spacing before a point hardly hides it."""
INWARDS_M = 0.006
"""Where the surface turns sideways the picture's colours are taken so far inside its outline: on it are the last of an
ink line, and pixels that are half background."""
SHOWS = 1 / 1024
"""A smaller share of the picture's colour moves no pixel by half a grey level: nothing is asked for it."""


class FieldHead:
    """A head: the field's surface, found once; views are ray cast against it, coloured by the field and the input."""

    def __init__(
        self, field: Field, rgba: UInt8[np.ndarray, "512 512 4"], paste: bool, level: float = 0.0, rim: bool = False
    ) -> None:
        """`field`: of this one picture. `paste`: the stitch, the picture's colours on what it shows of the head; else
        the field's gate alone says where they are taken. `level`, `rim`: as `surface.density_grid` has them."""
        self.field, self.picture, self.paste = field, FrontPicture(rgba), paste
        self.surface = extract(density_grid(field, rgba[..., 3], level, rim))
        self.ray_caster = RayCaster(self.surface.vertices_head_m, self.surface.triangles)

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        return [self._render(camera, size) for camera in cameras]

    def mesh(self) -> ColouredMesh:
        vertices = self.surface.vertices_head_m
        rgb = self._stitched(vertices, self._shades)
        return ColouredMesh(vertices, self.surface.triangles, np.round(rgb.clip(0, 1) * 255).astype(np.uint8))

    def _render(self, camera: Camera, size: int) -> RenderedView:
        rgb, alpha = np.ones((size, size, 3), np.float32), np.zeros((size, size), np.float32)
        depth_m = np.full_like(alpha, np.nan)
        if not len(self.surface.triangles):
            return RenderedView(rgb, alpha, depth_m)
        window = window_of(self.surface.vertices_head_m, camera, size)
        hit, shade, _ = self._cast(camera, size * SUPERSAMPLING, scale_window(window, SUPERSAMPLING))
        fine = np.ones((*hit.shape, 3), np.float32)
        fine[hit] = shade
        rgb[window], alpha[window] = (average_blocks(part, SUPERSAMPLING) for part in (fine, hit.astype(np.float32)))
        _, _, depth_m[window] = self._cast(camera, size, window, coloured=False)
        return RenderedView(rgb, alpha, depth_m)

    def _cast(
        self, camera: Camera, size: int, window: Window, coloured: bool = True
    ) -> tuple[Bool[np.ndarray, "H W"], Float[np.ndarray, "N 3"], Float[np.ndarray, "H W"]]:
        """Where rays through a window's pixel centres hit, the colours there, and plane depth (NaN: nothing)."""
        origins, directions = camera.rays(size, window)
        rays = np.concatenate([origins, directions], axis=2, dtype=np.float32)
        hits = self.ray_caster.cast(rays)
        depth_m = hits.distance
        hit = np.isfinite(depth_m)
        if not coloured:
            return hit, np.zeros((0, 3), np.float32), np.where(hit, depth_m, np.nan).astype(np.float32)
        that_hit = rays[hit]
        points = that_hit[:, :3] + that_hit[:, 3:] * depth_m[hit, None]
        corners = self.surface.triangles[hits.triangle[hit]]
        uv = hits.uv[hit]
        shares = np.stack([1 - uv[:, 0] - uv[:, 1], uv[:, 0], uv[:, 1]], axis=1)
        shade = F.embedding_bag(
            torch.from_numpy(corners),
            torch.from_numpy(self._shades),
            per_sample_weights=torch.from_numpy(shares),
            mode="sum",
        )
        return hit, self._stitched(points, shade.numpy()), depth_m

    def _stitched(self, points: Float[np.ndarray, "N 3"], shades: Float[np.ndarray, "N 7"]) -> Float[np.ndarray, "N 3"]:
        """The field's colours at surface points, with the picture's over them where it shows these points.

        By the field's own gate, as in training: what it decodes where the gate is open never showed. And by the stitch.
        """
        rgb, normals, share = shades[:, :3].copy(), shades[:, 3:6], shades[:, 6].copy()
        open_ = share > SHOWS
        # The silhouette's edge is a wall along the line of sight: from a little beside it the way is free or not.
        beside = points[open_] + GATE_BESIDE_M * normals[open_]
        share[open_] *= self._visible(beside, GATE_START_M)
        if self.paste:
            facing = facing_share(normals[:, 2])
            asked = facing > np.maximum(share, SHOWS)
            share[asked] = np.where(self._visible(points[asked], VISIBILITY_START_M), facing[asked], share[asked])
        taken = share > SHOWS
        sideways = (1 - facing_share(normals[taken, 2]))[:, None] * normals[taken]
        inwards = points[taken] - INWARDS_M * sideways
        rgb[taken] += share[taken, None] * (self.picture.at(inwards) - rgb[taken])
        return rgb

    def _visible(self, points: Float[np.ndarray, "N 3"], start_m: float) -> Bool[np.ndarray, "N"]:
        """Whether nothing stands between the points and the front camera, from so far in front of them on."""
        rays = np.zeros((len(points), 6), np.float32)
        rays[:, :3] = points
        rays[:, 2] += start_m
        rays[:, 5] = 1
        return ~self.ray_caster.is_occluded(rays)

    @cached_property
    def _shades(self) -> Float[np.ndarray, "V 7"]:
        """Of the vertices: the field's own colour, the normal, and the field's gate; planes and feature maps are far
        coarser than the mesh."""
        parts = []
        for some in torch.from_numpy(self.surface.vertices_head_m).split(POINTS_AT_ONCE):
            with torch.no_grad():
                gate = self.field.gate(some[None])
                gate = torch.zeros(1, len(some)) if gate is None else gate
                parts.append(torch.cat([self.field.colours(some[None])[0], gate[0, :, None]], dim=1).numpy())
        found = np.concatenate(parts)
        return np.concatenate([found[:, :3], self._normals, found[:, 3:]], axis=1).astype(np.float32)

    @cached_property
    def _normals(self) -> Float[np.ndarray, "V 3"]:
        """Unit normals of the vertices, outwards, each triangle counting by its area."""
        return vertex_normals(self.surface.vertices_head_m, self.surface.triangles)


def vertex_normals(vertices: Float[np.ndarray, "V 3"], triangles: Int[np.ndarray, "T 3"]) -> Float[np.ndarray, "V 3"]:
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    faces = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for corner in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(triangles[:, corner], faces[:, axis], len(vertices))
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
