"""The reconstructor as a method: a portrait in, a head out that renders any camera and gives a mesh."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import click
import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8

from panic3d.conventions import Camera
from panic3d.datasets.reader import reduce_rgba
from panic3d.errors import UserError
from panic3d.memory import advising
from panic3d.models.method import Portrait, Reconstruction, RenderedView
from panic3d.models.reconstructor.network import Reconstructor
from panic3d.models.reconstructor.stitch import VISIBILITY_START_M, FrontPicture, picture_share
from panic3d.models.reconstructor.surface import density_grid, extract
from panic3d.models.reconstructor.volume_method import VolumeReconstruction
from panic3d.models.semantic import tagger_of
from panic3d.models.tagger import SemanticFeatures, on_original
from panic3d.shards.mesh import ColouredMesh

SHIPPED_WEIGHTS = Path(__file__).with_name("small.safetensors")
POINTS_AT_ONCE = 1 << 17
SUPERSAMPLING = 2
"""Rays along each side of a pixel."""


class PanicMethod:
    """PAniC-3D with one set of weights."""

    def __init__(self, model: Reconstructor, tagger: SemanticFeatures | None = None) -> None:
        """The tagger is for weights that were trained with its features."""
        self.model, self.tagger = model, tagger

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        with advising("these weights want more than there is: leave --weights out, the shipped ones take 1 GB"):
            if self.model.config.inference.pictures == "volume":
                return VolumeReconstruction(self.model, portrait, self.tagger)
            semantic = None if self.tagger is None else on_original(self.tagger, portrait.original)
            return PanicReconstruction(self.model, portrait.line_free, semantic)


class PanicReconstruction:
    """A head: the field's surface, found once; views are ray cast against it, coloured by the field and the input."""

    def __init__(
        self,
        model: Reconstructor,
        rgba: UInt8[np.ndarray, "512 512 4"],
        semantic: Float[torch.Tensor, "1 T 8 8"] | None = None,
    ) -> None:
        import open3d

        self.model, self.picture = model, FrontPicture(rgba)
        size = model.config.picture_size
        small = torch.from_numpy(reduce_rgba(rgba, size)).float() / 255
        with torch.no_grad():
            rgb, alpha = small[..., :3].permute(2, 0, 1), small[..., 3]
            self.encoded = model(rgb[None], alpha[None], noise="const", semantic=semantic)
        self.surface = extract(density_grid(model, self.encoded.planes, rgba[..., 3]))
        self.scene = open3d.t.geometry.RaycastingScene()
        if len(self.surface.triangles):
            vertices = open3d.core.Tensor.from_numpy(np.ascontiguousarray(self.surface.vertices_head_m, np.float32))
            self.scene.add_triangles(vertices, open3d.core.Tensor.from_numpy(self.surface.triangles.astype(np.uint32)))

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        return [self._render(camera, size) for camera in cameras]

    def mesh(self) -> ColouredMesh:
        vertices = self.surface.vertices_head_m
        rgb = self._stitched(vertices, self._colours, self._normals[:, 2])
        return ColouredMesh(vertices, self.surface.triangles, np.round(rgb.clip(0, 1) * 255).astype(np.uint8))

    def _render(self, camera: Camera, size: int) -> RenderedView:
        if not len(self.surface.triangles):
            nothing = np.zeros((size, size), np.float32)
            return RenderedView(np.ones((size, size, 3), np.float32), nothing, np.full_like(nothing, np.nan))
        fine = size * SUPERSAMPLING
        hit, shade, _ = self._cast(camera, fine)
        rgb, alpha = np.ones((fine, fine, 3), np.float32), hit.astype(np.float32)
        rgb[hit] = shade
        blocks = (size, SUPERSAMPLING, size, SUPERSAMPLING)
        _, _, depth_m = self._cast(camera, size, coloured=False)
        return RenderedView(rgb.reshape(*blocks, 3).mean(axis=(1, 3)), alpha.reshape(blocks).mean(axis=(1, 3)), depth_m)

    def _cast(
        self, camera: Camera, size: int, coloured: bool = True
    ) -> tuple[Bool[np.ndarray, "H W"], Float[np.ndarray, "N 3"], Float[np.ndarray, "H W"]]:
        """Where rays through pixel centres hit, the colours there, and plane depth (NaN: nothing)."""
        origins, directions = camera.rays(size)
        answer = self._shoot(np.concatenate([origins, directions], axis=-1))
        depth_m = answer["t_hit"].numpy()
        hit = np.isfinite(depth_m)
        if not coloured:
            return hit, np.zeros((0, 3), np.float32), np.where(hit, depth_m, np.nan).astype(np.float32)
        points = (origins + directions * np.where(hit, depth_m, 0)[..., None])[hit].astype(np.float32)
        corners = self.surface.triangles[answer["primitive_ids"].numpy()[hit]]
        uv = answer["primitive_uvs"].numpy()[hit]
        weights = np.stack([1 - uv.sum(axis=1), uv[:, 0], uv[:, 1]], axis=1)[..., None]
        rgb = (self._colours[corners] * weights).sum(axis=1)
        normal_z = (self._normals[corners] * weights).sum(axis=1)[:, 2]
        return hit, self._stitched(points, rgb, normal_z), depth_m

    def _stitched(
        self, points: Float[np.ndarray, "N 3"], rgb: Float[np.ndarray, "N 3"], normal_z: Float[np.ndarray, "N"]
    ) -> Float[np.ndarray, "N 3"]:
        """The field's colours at surface points, with the picture's over them where it shows these points."""
        if not self.model.config.inference.paste:
            return rgb
        share = picture_share(self._visible(points), normal_z)[:, None]
        return rgb + share * (self.picture.at(points) - rgb)

    def _visible(self, points: Float[np.ndarray, "N 3"]) -> Bool[np.ndarray, "N"]:
        """Whether nothing stands between the points and the front camera, from 1 cm in front of them on."""
        forward = np.broadcast_to(np.array([0, 0, 1], np.float32), points.shape)
        return ~np.isfinite(
            self._shoot(np.concatenate([points + VISIBILITY_START_M * forward, forward], 1))["t_hit"].numpy()
        )

    def _shoot(self, rays: np.ndarray) -> dict:
        import open3d

        return self.scene.cast_rays(open3d.core.Tensor.from_numpy(np.ascontiguousarray(rays, np.float32)))

    @cached_property
    def _colours(self) -> Float[np.ndarray, "V 3"]:
        """The field's own colour at the vertices; the planes are far coarser than the mesh."""
        colours = []
        for some in torch.from_numpy(self.surface.vertices_head_m).split(POINTS_AT_ONCE):
            with torch.no_grad():
                colours.append(self.model.query(self.encoded, some[None]).colours[0, :, :3].numpy())
        return np.concatenate(colours)

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


def load(weights: Path | None) -> PanicMethod:
    """The method with a run's weights (the file or the run's folder), or with those shipped where there are some."""
    return load_shipped(weights or SHIPPED_WEIGHTS, "small")


def load_shipped(path: Path, preset: str) -> PanicMethod:
    """The method with these weights. UserError where they are those of this installation and it lacks them."""
    from panic3d.models.training.files import WEIGHTS, load_reconstructor

    if path.parent == SHIPPED_WEIGHTS.parent and not path.exists():
        raise UserError(
            "this installation lacks the shipped weights: train some (`panic3d train reconstructor --data DIR "
            f"--preset {preset} --out RUN`) and name them with --weights RUN/weights.safetensors"
        )
    model = load_reconstructor(path / WEIGHTS if path.is_dir() else path)
    return PanicMethod(model, tagger_of(model.config, lambda sentence: click.echo(sentence, err=True)))
