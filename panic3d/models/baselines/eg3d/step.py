"""A step of EG3D's training: the reconstructor's adversarial step, with latents where it has portraits.

Non-saturating logistic loss, lazy R1, density regularisation, EMA, style mixing (Karras et al. 2020, Chan et al. 2022).
On the lattice the discriminator is given coverage as a fourth channel: on white, white and empty pixels are the same.
"""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.rigs import make_view_camera
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.baselines.eg3d.config import Eg3dTrainConfig
from panic3d.models.baselines.eg3d.draws import LatentDraws, LatentViewDraws
from panic3d.models.baselines.eg3d.generator import Eg3dGenerator
from panic3d.models.baselines.eg3d.pictures import make_real_pictures, render_pictures
from panic3d.models.engine.update import Terms
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator
from panic3d.models.reconstructor.rendering.camera_labels import make_camera_labels, make_pose_labels
from panic3d.models.reconstructor.training.volume.objective import (
    DiscriminatorInput,
    ViewDraws,
    VolumeGeneratorObjective,
    compute_density_change,
    make_fake_input,
)
from panic3d.models.reconstructor.training.volume.step import Part, VolumeStep
from panic3d.models.reconstructor.training.volume.views import render_view


class LatentObjective(VolumeGeneratorObjective):
    """The generator of latents and its terms."""

    model: Eg3dGenerator

    def __init__(self, model: Eg3dGenerator, config: Eg3dTrainConfig, discriminator: DualDiscriminator | None) -> None:
        super().__init__(model, config.volume, config.loss, config.adversarial, None, None, discriminator)
        self.config = config

    def forward(
        self, batch: MultiviewBatch, wanted: Any, draws: ViewDraws, bf16: bool
    ) -> tuple[Terms, DiscriminatorInput | None]:
        """Return weighted terms of the wanted parts (`adversarial`, `density`), and the generated pictures."""
        assert isinstance(draws, LatentViewDraws)
        latents, terms = draws.latents, {}
        with torch.autocast(latents.z.device.type, torch.bfloat16, enabled=bf16):
            noise = draws.generators.draw_noise if self.model.config.backbone.noise == "random" else None
            encoded = self.model.synthesise(self.mix_styles(latents), noise)
        fake = None
        if "adversarial" in wanted:
            if self.config.renderer == "volume":
                view = render_view(self.model, encoded, draws.fake_cameras, self.volume, draws.generators)
                fake = make_fake_input(view, make_camera_labels(draws.fake_cameras).to(view.rgb))
            else:
                pictures = render_pictures(encoded, self.model.decoder, draws.size)
                fake = choose_views(pictures, latents.fake_view_u, self.config)
            terms["adversarial"] = self.adversarial.weight * self.adversarial_loss(fake, bf16)
        if "density" in wanted:
            change = compute_density_change(self.model, encoded, latents.unit, latents.offset, self.volume)
            terms["density"] = self.volume.density_weight * self.volume.density_every * change
        return terms, fake

    def mix_styles(self, draws: LatentDraws) -> Float[Tensor, "B N D"]:
        """Return one w per layer: of z, and for some latents from a random layer on of another z."""
        ws = self.model.broadcast_w(self.model.map_latents(draws.z))
        if not self.config.latent.style_mixing:
            return ws
        others = self.model.broadcast_w(self.model.map_latents(draws.other_z))
        first = 1 + (draws.mixing_u[:, 1:] * (self.model.w_count - 1)).floor()
        layer = torch.arange(self.model.w_count, device=ws.device)
        other = (draws.mixing_u[:, :1] < self.config.latent.style_mixing) & (layer >= first)
        return torch.where(other[..., None], others, ws)


class Eg3dStep(VolumeStep):
    """Generator and discriminator with their optimisers."""

    config: Eg3dTrainConfig

    def build_objective(
        self, model: Any, lpips: Any, tagger: Any, discriminator: DualDiscriminator | None
    ) -> VolumeGeneratorObjective:
        return LatentObjective(model, self.config, discriminator)

    def update(self, batch: MultiviewBatch, mirrored: list[bool], step: int, learning_rate: float) -> dict[str, float]:
        assert isinstance(self.model, Eg3dGenerator)
        self._update_mean_w(self.model, self._make_latents(step))
        return super().update(batch, mirrored, step, learning_rate)

    @torch.no_grad()
    def _update_mean_w(self, model: Eg3dGenerator, draws: LatentDraws) -> None:
        mean = self.fabric.all_reduce(model.map_latents(draws.z).mean(dim=0), reduce_op="mean")
        model.backbone.mapping.get_buffer("w_avg").lerp_(mean, 1 - self.config.latent.w_average)

    def list_phases(self, step: int) -> list[tuple[str, ...]]:
        due = self.config.volume.density_weight and step % self.config.volume.density_every == 0
        parts: list[tuple[str, ...]] = [("adversarial",), *([("density",)] if due else [])]
        return parts if self.config.volume.order == "separate" else [tuple(name for names in parts for name in names)]

    def make_draws(self, batch: MultiviewBatch, chosen: slice, step: int) -> LatentViewDraws:
        views = super().make_draws(batch, chosen, step)
        latents, size = self._make_latents(step).select(chosen), self.config.adversarial.network.size
        size = size // 2 if step < self.config.latent.half_size_steps else size
        return LatentViewDraws(
            views.real_views, views.real_cameras, views.fake_cameras, views.generators, latents, size
        )

    def _make_latents(self, step: int) -> LatentDraws:
        fabric = self.fabric
        return LatentDraws.from_step(self.config, step, fabric.global_rank, fabric.world_size).to(fabric.device)

    def _make_real(self, part: Part) -> DiscriminatorInput:
        if self.config.renderer == "volume":
            return super()._make_real(part)
        batch, draws = part
        assert isinstance(draws, LatentViewDraws)
        return choose_views(make_real_pictures(batch, draws.size), draws.latents.real_view_u, self.config)


def choose_views(
    pictures: Float[Tensor, "B 4 4 S S"], view_u: Float[Tensor, "B 4"], config: Eg3dTrainConfig
) -> DiscriminatorInput:
    """Return some views of each head in a drawn order, at the discriminator's size, with their cameras."""
    labels, count = make_pose_labels([make_view_camera(view) for view in VIEWS]).to(pictures), config.latent.views
    order = view_u.argsort(dim=1)[:, :count] if count < len(VIEWS) else torch.arange(4).expand(len(pictures), -1)
    head = torch.arange(len(pictures), device=pictures.device)[:, None]
    chosen, size = pictures[head, order].flatten(0, 1), config.adversarial.network.size
    if chosen.shape[-1] < size:
        chosen = F.interpolate(chosen, (size, size), mode="bilinear", align_corners=False)
    return DiscriminatorInput(chosen, None, labels[order].flatten(0, 1))
