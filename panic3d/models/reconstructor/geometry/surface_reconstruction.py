"""A head from a field: its surface, found once; views are ray cast against it, coloured by the field and the input.

The stitch puts the input's own colours on the surface that it shows (paper 3.4, "front stitching"). The published one
tests each rendered pixel: opaque, no depth edge, and nothing between the point and the front camera from 1 cm in front
of it on. Here each surface point is tested by a ray, so that views and mesh agree; the test for a depth edge becomes
one for a surface that turns away from the front camera.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, UInt8

from panic3d.cameras.camera import Camera
from panic3d.cameras.projected_picture import ProjectedPicture, compute_facing_share
from panic3d.cameras.resampling import average_blocks
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import ColouredMesh, compute_vertex_normals
from panic3d.geometry.ray_caster import RayCaster
from panic3d.geometry.raycast import SUPERSAMPLING, Window, find_window, scale_window
from panic3d.models.reconstructor.fields.field import Field
from panic3d.models.reconstructor.geometry.density_grid import sample_density_grid
from panic3d.models.reconstructor.geometry.iso_surface import extract_surface

POINTS_PER_BATCH = 1 << 17
GATE_OFFSET_M, GATE_START_M = 0.004, 0.03
"""Where the rays for the gate's visibility start: off the surface along its normal, then towards the front camera.

In training, whatever stands less than the lattice's spacing in front of a point hardly hides it.
"""
VISIBILITY_START_M = 0.01
"""Where the ray from a point to the front camera starts for the stitch, in front of the point."""
COLOUR_INSET_M = 0.006
"""Where the surface faces sideways, the picture's colours are taken this far inside its outline.

On the outline itself are the last pixels of an ink line, and pixels that are half background.
"""
MIN_VISIBLE_SHARE = 1 / 1024
"""A smaller share of the picture's colour changes no pixel by half a grey level, and is ignored."""


class SurfaceReconstruction:
    """A head as the surface of a field; views are ray cast, and coloured by the field and the input picture."""

    def __init__(
        self,
        field: Field,
        rgba: UInt8[np.ndarray, "512 512 4"],
        stitch: bool,
        density_level: float = 0.0,
        complete_silhouette: bool = False,
    ) -> None:
        """Extract the surface.

        `field`: of this picture alone. `stitch`: surface points that the picture shows take its colours; otherwise
        only the field's gate decides where they are taken. `density_level` and `complete_silhouette`: see
        `density_grid.sample_density_grid`.
        """
        self.field, self.picture, self.stitch = field, ProjectedPicture(rgba), stitch
        self.surface = extract_surface(sample_density_grid(field, rgba[..., 3], density_level, complete_silhouette))
        self.ray_caster = RayCaster(self.surface.vertices_head_m, self.surface.triangles)

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        return [self._render(camera, size) for camera in cameras]

    def mesh(self) -> ColouredMesh:
        vertices = self.surface.vertices_head_m
        rgb = self._colour_points(vertices, self._vertex_attributes)
        return ColouredMesh(vertices, self.surface.triangles, np.round(rgb.clip(0, 1) * 255).astype(np.uint8))

    def _render(self, camera: Camera, size: int) -> RenderedView:
        rgb, alpha = np.ones((size, size, 3), np.float32), np.zeros((size, size), np.float32)
        depth_m = np.full_like(alpha, np.nan)
        if not len(self.surface.triangles):
            return RenderedView(rgb, alpha, depth_m)
        window = find_window(self.surface.vertices_head_m, camera, size)
        hit, shade, _ = self._cast(camera, size * SUPERSAMPLING, scale_window(window, SUPERSAMPLING))
        fine = np.ones((*hit.shape, 3), np.float32)
        fine[hit] = shade
        rgb[window], alpha[window] = (average_blocks(part, SUPERSAMPLING) for part in (fine, hit.astype(np.float32)))
        _, _, depth_m[window] = self._cast(camera, size, window, coloured=False)
        return RenderedView(rgb, alpha, depth_m)

    def _cast(
        self, camera: Camera, size: int, window: Window, coloured: bool = True
    ) -> tuple[Bool[np.ndarray, "H W"], Float[np.ndarray, "N 3"], Float[np.ndarray, "H W"]]:
        """Return where rays through a window's pixel centres hit, the colours there, and plane depth (NaN: no hit)."""
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
            torch.from_numpy(self._vertex_attributes),
            per_sample_weights=torch.from_numpy(shares),
            mode="sum",
        )
        return hit, self._colour_points(points, shade.numpy()), depth_m

    def _colour_points(
        self, points: Float[np.ndarray, "N 3"], attributes: Float[np.ndarray, "N 7"]
    ) -> Float[np.ndarray, "N 3"]:
        """Return the field's colours at surface points, mixed with the picture's where it shows these points.

        The share of the picture is that of the field's own gate, as in training, since what the field decodes where
        the gate is open was never rendered; and that of the stitch where it is greater.
        """
        rgb, normals, share = attributes[:, :3].copy(), attributes[:, 3:6], attributes[:, 6].copy()
        open_ = share > MIN_VISIBLE_SHARE
        # The surface runs along the line of sight at the silhouette: rays start a little off it.
        beside = points[open_] + GATE_OFFSET_M * normals[open_]
        share[open_] *= self._is_visible(beside, GATE_START_M)
        if self.stitch:
            facing = compute_facing_share(normals[:, 2])
            tested = facing > np.maximum(share, MIN_VISIBLE_SHARE)
            visible = self._is_visible(points[tested], VISIBILITY_START_M)
            share[tested] = np.where(visible, facing[tested], share[tested])
        taken = share > MIN_VISIBLE_SHARE
        sideways = (1 - compute_facing_share(normals[taken, 2]))[:, None] * normals[taken]
        inwards = points[taken] - COLOUR_INSET_M * sideways
        rgb[taken] += share[taken, None] * (self.picture.sample(inwards) - rgb[taken])
        return rgb

    def _is_visible(self, points: Float[np.ndarray, "N 3"], start_m: float) -> Bool[np.ndarray, "N"]:
        """Return whether nothing lies between points and the front camera, from `start_m` in front of them on."""
        rays = np.zeros((len(points), 6), np.float32)
        rays[:, :3] = points
        rays[:, 2] += start_m
        rays[:, 5] = 1
        return ~self.ray_caster.is_occluded(rays)

    @cached_property
    def _vertex_attributes(self) -> Float[np.ndarray, "V 7"]:
        """The field's colour, the normal and the field's gate of each vertex.

        They are interpolated between vertices, since planes and feature maps are far coarser than the mesh.
        """
        parts = []
        for some in torch.from_numpy(self.surface.vertices_head_m).split(POINTS_PER_BATCH):
            with torch.no_grad():
                gate = self.field.gate(some[None])
                gate = torch.zeros(1, len(some)) if gate is None else gate
                parts.append(torch.cat([self.field.colours(some[None])[0], gate[0, :, None]], dim=1).numpy())
        found = np.concatenate(parts)
        return np.concatenate([found[:, :3], self._normals, found[:, 3:]], axis=1).astype(np.float32)

    @cached_property
    def _normals(self) -> Float[np.ndarray, "V 3"]:
        return compute_vertex_normals(self.surface.vertices_head_m, self.surface.triangles)
