"""The published way from a portrait to pictures and a mesh: every view volume rendered, super-resolved and stitched."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float

from panic3d.cameras.camera import Camera
from panic3d.cameras.resampling import reduce_rgba
from panic3d.cameras.tensors import resize_bilinear
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import ColouredMesh
from panic3d.models.method import Portrait
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.layers import Noise
from panic3d.models.reconstructor.published.marching import PointField, extract_mesh, sample_opacity
from panic3d.models.reconstructor.published.volume_head import VolumeHead
from panic3d.models.tagging.published import SemanticFeatures, compute_portrait_features
from panic3d.runtime.extras import require_library

if TYPE_CHECKING:
    from panic3d.models.reconstructor.rendering.cpu.triplane_table import CpuTriplaneField


@dataclass(frozen=True)
class QueriedField:
    """A field that is evaluated point by point where its planes are, for callers that work on the CPU."""

    model: Reconstructor
    encoded: TriplaneEncoding

    @torch.no_grad()
    def density(self, xyz_head_m: Float[torch.Tensor, "N 3"]) -> Float[torch.Tensor, "N"]:
        return self.model.query(self.encoded, xyz_head_m.to(self.encoded.planes.device)[None]).density[0].cpu()

    @torch.no_grad()
    def colours(self, xyz_head_m: Float[torch.Tensor, "N 3"]) -> Float[torch.Tensor, "N C"]:
        return self.model.query(self.encoded, xyz_head_m.to(self.encoded.planes.device)[None]).colours[0].cpu()


class VolumeReconstruction:
    """A head from one pass of the backbone; with the published noise a second one for the mesh."""

    def __init__(
        self,
        model: Reconstructor,
        portrait: Portrait,
        tagger: SemanticFeatures | None,
        device: torch.device | None = None,
    ) -> None:
        """`device`: where model and tagger are; None: on the CPU. Pictures and meshes are on the CPU in any case."""
        self.model, self.config = model, model.config.inference
        rgba = torch.from_numpy(reduce_rgba(portrait.line_free, model.config.picture_size)).to(device).float() / 255
        self.front_rgb, self.front_alpha = rgba[..., :3].permute(2, 0, 1), rgba[..., 3]
        self.semantic = None if tagger is None else compute_portrait_features(tagger, portrait.original, device)
        self.head = VolumeHead(model, self.encode(self.config.noise), self.front_rgb, self.config)

    @torch.no_grad()
    def encode(self, noise: Noise) -> TriplaneEncoding:
        return self.model(self.front_rgb[None], self.front_alpha[None], noise=noise, semantic=self.semantic)

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        return [self._render(camera, size) for camera in cameras]

    def _render(self, camera: Camera, size: int) -> RenderedView:
        view, rays = self.head.render_view(camera), (self.config.rays, self.config.rays)
        rgb = F.interpolate(view.finished[None], (size, size), mode="bilinear", antialias=True)[0].clamp(0, 1)
        met_m = self.compute_surface_depth(view.gathered.xyz_head_m, view.gathered.alpha, camera)
        alpha, met_m = resize_bilinear(torch.stack([view.gathered.alpha, met_m]).unflatten(1, rays)[None], size)[
            0
        ].unbind()
        depth_m = torch.where(alpha > 0.5, met_m / alpha, torch.nan)
        return RenderedView(rgb.permute(1, 2, 0).cpu().numpy(), alpha.clamp(0, 1).cpu().numpy(), depth_m.cpu().numpy())

    @staticmethod
    def compute_surface_depth(
        xyz_head_m: Float[torch.Tensor, "R 3"], alpha: Float[torch.Tensor, "R"], camera: Camera
    ) -> Float[torch.Tensor, "R"]:
        """Return the plane depth of mean positions times alpha, so that almost empty rays hardly count when resized."""
        pose = torch.from_numpy(camera.head_from_camera()).float().to(alpha.device)
        met = xyz_head_m - (1 - alpha)[:, None]
        return (met - alpha[:, None] * pose[:3, 3]) @ pose[:3, 2]

    @cached_property
    def field(self) -> "CpuTriplaneField | QueriedField":
        """The field of which the mesh is made."""
        if self.front_rgb.device.type != "cpu":
            encoded = self.head.encoded if self.config.noise == "const" else self.encode("const")
            return QueriedField(self.model, encoded)
        require_library("numba", "the paper's mesh", "paper")
        from panic3d.models.reconstructor.rendering.cpu.triplane_table import CpuTriplaneField

        if self.config.noise == "const":
            return self.head.field
        encoded = self.encode("const")
        return CpuTriplaneField(encoded.planes[0], self.model.decoder)

    def mesh(self) -> ColouredMesh:
        points = PointField(self.field.density, self.field.colours)
        found = extract_mesh(sample_opacity(points, self.config.marching), points, self.config.marching)
        colours = np.round(found.rgb.clip(0, 1) * 255).astype(np.uint8)
        return ColouredMesh(found.vertices_head_m, found.triangles, colours)
