"""A fitted character as a head: views of its textures, with the pixels of pictures where they show the surface."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA
from panic3d.cameras.camera import Camera
from panic3d.cameras.projected_picture import compute_facing_share
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.ray_caster import RayCaster
from panic3d.geometry.textured_mesh import (
    Subdivision,
    TexturedMesh,
    interpolate_corners,
    look_up_colours,
    look_up_opacity,
    subdivide,
)
from panic3d.geometry.textured_raycast import SurfacePoints, TexturedScene
from panic3d.models.character.fitting.fitted import FittedCharacter
from panic3d.models.character.fitting.head_turn import UNTURNED, HeadTurn
from panic3d.models.character.fitting.projection import PictureProjection
from panic3d.shards.schema import PARTS

FACE_PARTS = (PARTS["face"], PARTS["eye"])
FACING_NORMAL_Z = (0.2, 0.45)
"""See `compute_facing_share`: on what turns further away the lines of a drawing would become stripes along z.

A triangle that the only picture shows takes its colours on both sides, as thin sheets of hair do; what turns away from
the picture is hidden by what faces it.
"""
VISIBILITY_START_M = 0.002
"""Where the ray from a point to a picture's camera starts; layers of hair are millimetres apart."""
STEP_M, MAX_CUT_OUTS = 2e-5, 6
"""How far behind a place that is cut out of a texture a ray goes on, and through how many of them."""
MIN_AREA_M2 = 1e-10
"""Triangles of less area are left out of the mesh."""
FACE_EDGE_M, PICTURED_EDGE_M, MESH_EDGE_M = 0.0025, 0.006, 0.016
"""Longest edges of the mesh whose vertices carry the colours: of a face that a picture shows, of other surfaces that
one shows, and of the rest."""


class CharacterReconstruction:
    """A textured character, deformed to a portrait and in its colours."""

    def __init__(
        self,
        mesh: TexturedMesh,
        pictures: Sequence[PictureProjection],
        outline_iou: float = 1.0,
        fitted: FittedCharacter | None = None,
        turn: HeadTurn = UNTURNED,
    ) -> None:
        """`mesh` is in the portrait's frame. `pictures` show it, and give it their colours where they do.

        `outline_iou`: intersection over union of the outlines of character and portrait before anything was cut off or
        added, which tells how well the character explains the portrait. `fitted` is what an avatar is made of.
        `turn`: from the head that faces the front, of which views and the coloured mesh are made, to the portrait's
        frame.
        """
        self.textured, self.pictures, self.outline_iou, self.fitted = mesh, tuple(pictures), outline_iou, fitted
        self.turn = turn
        self.scene = TexturedScene(mesh)

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        return self._front_scene.render(cameras, size, self._shade_front)

    def mesh(self) -> ColouredMesh:
        return self._mesh

    def shade(
        self,
        points: SurfacePoints,
        rgb: Float32[np.ndarray, "N 3"],
        is_shown: Callable[[Float32[np.ndarray, "K 3"], float], Bool[np.ndarray, " K"]] | None = None,
    ) -> Float32[np.ndarray, "N 3"]:
        """Mix the colours of points of the portrait's frame with those of the pictures that show them.

        `is_shown` tells of places whether a camera in front (1) or behind (-1) sees them where this surface says no.
        """
        mixed = rgb.copy()
        flat = np.abs(self.scene.normals[points.triangle, 2])
        for picture in self.pictures:
            facing = picture.direction * points.normal_head[:, 2]
            folded = facing > -FACING_NORMAL_Z[1] if len(self.pictures) > 1 else np.ones(len(facing), bool)
            facing = np.where(folded, np.maximum(flat, facing), facing)
            share = compute_facing_share(facing, FACING_NORMAL_Z) * picture.contains(points.xyz_head_m)
            tested = share > 0
            places = points.xyz_head_m[tested]
            visible = self.is_visible(places, picture.direction)
            if is_shown is not None:
                visible[~visible] = is_shown(places[~visible], picture.direction)
            share[tested] *= visible
            taken = share > 0
            mixed[taken] += share[taken, None] * (picture.sample(points.xyz_head_m[taken]) - mixed[taken])
        return mixed

    def is_visible(self, xyz_head_m: Float[np.ndarray, "N 3"], direction: float) -> Bool[np.ndarray, " N"]:
        """Return whether nothing opaque lies between points and the camera in front (1) or behind (-1)."""
        rays = np.zeros((len(xyz_head_m), 6), np.float32)
        rays[:, :3] = xyz_head_m
        rays[:, 2] += direction * VISIBILITY_START_M
        rays[:, 5] = direction
        visible = np.ones(len(rays), bool)
        active = np.arange(len(rays))
        for _ in range(MAX_CUT_OUTS):
            hits = self._covering.cast(rays[active])
            met = np.isfinite(hits.distance)
            active, triangle = active[met], self._covering_triangles[hits.triangle[met]]
            opaque = look_up_opacity(self.textured, triangle, hits.uv[met]) >= MASK_ALPHA
            visible[active[opaque]] = False
            rays[active, 2] += direction * (hits.distance[met] + STEP_M)
            active = active[~opaque]
            if not len(active):
                break
        return visible

    def _shade_front(self, points: SurfacePoints, rgb: Float32[np.ndarray, "N 3"]) -> Float32[np.ndarray, "N 3"]:
        """Shade points of the head that faces the front."""
        xyz = self.turn.turn(points.xyz_head_m).astype(np.float32)
        normals = self.turn.turn_normals(points.normal_head, points.xyz_head_m)
        return self.shade(SurfacePoints(xyz, points.triangle, normals), rgb)

    @cached_property
    def _front_scene(self) -> TexturedScene:
        """The head that faces the front."""
        if self.turn.pose.is_frontal:
            return self.scene
        vertices = self.turn.turn_back(self.textured.vertices_head_m)
        return TexturedScene(self.textured.with_vertices(vertices.astype(np.float32)))

    @cached_property
    def _covering_triangles(self) -> Int[np.ndarray, " C"]:
        """The triangles without those that are mixed with what lies behind."""
        blended = np.array([m.alpha_mode == "BLEND" for m in self.textured.materials])
        return np.flatnonzero(~blended[self.textured.material])

    @cached_property
    def _covering(self) -> RayCaster:
        return RayCaster(self.textured.vertices_head_m, self.textured.triangles[self._covering_triangles])

    @cached_property
    def _mesh(self) -> ColouredMesh:
        textured = self.textured
        corners = textured.vertices_head_m[textured.triangles].astype(float)
        areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
        inside = (np.abs(corners) <= BOX_SIDE_M / 2).all((1, 2)) & (areas > MIN_AREA_M2)
        part = np.array([material.part for material in textured.materials])[textured.material]
        pictured, face = self._find_pictured(corners), np.isin(part, FACE_PARTS)
        groups = ((pictured & face, FACE_EDGE_M), (pictured & ~face, PICTURED_EDGE_M), (~pictured, MESH_EDGE_M))
        parts = [
            self._colour(subdivide(textured, np.flatnonzero(inside & chosen), edge_m))
            for chosen, edge_m in groups
            if (inside & chosen).any()
        ]
        starts = np.cumsum([0, *(len(part.vertices_head_m) for part in parts)])
        vertices = np.concatenate([part.vertices_head_m for part in parts])
        return ColouredMesh(
            self.turn.turn_back(vertices).astype(np.float32),
            np.concatenate([part.triangles + start for part, start in zip(parts, starts[:-1], strict=True)]),
            np.concatenate([part.colours for part in parts]),
        )

    def _find_pictured(self, corners: Float[np.ndarray, "T 3 3"]) -> Bool[np.ndarray, " T"]:
        """Return which triangles a picture shows at their middle or at a corner."""
        smooth = self.scene.smooth_normals[self.textured.triangles]
        found = np.zeros(len(corners), bool)
        for picture in self.pictures:
            facing = np.flatnonzero((picture.direction * smooth[:, :, 2]).max(1) > 0)
            places = np.concatenate([corners[facing], corners[facing].mean(1, keepdims=True)], axis=1)
            seen = self.is_visible(places.reshape(-1, 3), picture.direction).reshape(-1, 4)
            found[facing[seen.any(1)]] = True
        return found

    def _colour(self, fine: Subdivision) -> ColouredMesh:
        """Return the triangles that are not transparent, with the colours of their vertices."""
        colours = look_up_colours(self.textured, fine.origin, fine.barycentric)
        triangles = self.textured.triangles[fine.origin]
        normals = interpolate_corners(self.scene.smooth_normals[triangles], fine.barycentric)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        vertices = fine.vertices_head_m.astype(np.float32)
        rgb = self.shade(SurfacePoints(vertices, fine.origin, normals.astype(np.float32)), colours[:, :3])
        kept = fine.triangles[colours[fine.triangles, 3].mean(1) >= MASK_ALPHA]
        return ColouredMesh(vertices, kept, np.round(rgb.clip(0, 1) * 255).astype(np.uint8))
