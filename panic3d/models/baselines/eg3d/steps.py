"""A step of EG3D's training: the reconstructor's adversarial step, with latents where it has portraits.

Non-saturating logistic loss, lazy R1, density regularisation, EMA, style mixing (Karras et al. 2020, Chan et al. 2022).
On the lattice the discriminator sees coverage as a fourth channel: what is white and what is empty look alike on white.
"""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.rigs import camera_of
from panic3d.datasets.multiview import VIEWS, Batch
from panic3d.models.baselines.eg3d.config import Eg3dTrainConfig
from panic3d.models.baselines.eg3d.draws import LatentDraws, LatentLooks
from panic3d.models.baselines.eg3d.generator import Generator
from panic3d.models.baselines.eg3d.looking import pictures_of, true_pictures
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator
from panic3d.models.reconstructor.rendering.camera_labels import make_camera_labels
from panic3d.models.reconstructor.training.volume_steps import VolumeSteps
from panic3d.models.reconstructor.training.volume_task import (
    GeneratorTask,
    Looks,
    Pictures,
    Terms,
    density_change,
    judged,
)
from panic3d.models.reconstructor.training.volume_views import rendered


class LatentTask(GeneratorTask):
    """The generator and its terms."""

    model: Generator

    def __init__(self, model: Generator, config: Eg3dTrainConfig, judge: DualDiscriminator | None) -> None:
        super().__init__(model, config.volume, config.loss, config.adversarial, None, None, judge)
        self.config = config

    def forward(self, batch: Batch, wanted: Any, looks: Looks, bf16: bool) -> tuple[Terms, Pictures | None]:
        """Weighted terms of the wanted parts (`adversarial`, `density`), and the pictures that were judged."""
        assert isinstance(looks, LatentLooks)
        draws, terms = looks.draws, {}
        with torch.autocast(draws.z.device.type, torch.bfloat16, enabled=bf16):
            encoded = self.model.synthesised(self.mixed(draws))
        fake = None
        if "adversarial" in wanted:
            if self.config.renderer == "volume":
                view = rendered(self.model, encoded, looks.fake_from, self.volume)
                fake = judged(view, make_camera_labels(looks.fake_from).to(view.rgb))
            else:
                fake = shown(pictures_of(encoded, self.model.decoder, looks.size), draws.fake_view_u, self.config)
            terms["adversarial"] = self.adversarial.weight * self.convincing(fake, bf16)
        if "density" in wanted:
            change = density_change(self.model, encoded, draws.unit, draws.offset, self.volume)
            terms["density"] = self.volume.density_weight * self.volume.density_every * change
        return terms, fake

    def mixed(self, draws: LatentDraws) -> Float[Tensor, "B N D"]:
        """One w a layer: of z, and from some layer on, for some, of another z."""
        ws = self.model.everywhere(self.model.mapped(draws.z))
        if not self.config.latent.style_mixing:
            return ws
        others = self.model.everywhere(self.model.mapped(draws.other_z))
        first = 1 + (draws.mixing_u[:, 1:] * (self.model.w_count - 1)).floor()
        layer = torch.arange(self.model.w_count, device=ws.device)
        other = (draws.mixing_u[:, :1] < self.config.latent.style_mixing) & (layer >= first)
        return torch.where(other[..., None], others, ws)


class Eg3dSteps(VolumeSteps):
    """Generator and discriminator with their optimisers."""

    config: Eg3dTrainConfig

    def task_of(self, model: Any, lpips: Any, tagger: Any, judge: DualDiscriminator | None) -> GeneratorTask:
        return LatentTask(model, self.config, judge)

    def step(self, batch: Batch, mirrored: list[bool], step: int, rate: float) -> dict[str, float]:
        assert isinstance(self.model, Generator)
        self.follow_mean_w(self.model, self._draws(step))
        return super().step(batch, mirrored, step, rate)

    @torch.no_grad()
    def follow_mean_w(self, model: Generator, draws: LatentDraws) -> None:
        mean = self.fabric.all_reduce(model.mapped(draws.z).mean(dim=0), reduce_op="mean")
        model.backbone.mapping.get_buffer("w_avg").lerp_(mean, 1 - self.config.latent.w_average)

    def phases(self, step: int) -> list[tuple[str, ...]]:
        due = self.config.volume.density_weight and step % self.config.volume.density_every == 0
        parts: list[tuple[str, ...]] = [("adversarial",), *([("density",)] if due else [])]
        return parts if self.config.volume.order == "separate" else [tuple(name for names in parts for name in names)]

    def looks(self, batch: Batch, mirrored: list[bool], chosen: slice, step: int) -> LatentLooks:
        views = super().looks(batch, mirrored, chosen, step)
        draws, size = self._draws(step).part(chosen), self.config.adversarial.network.size
        size = size // 2 if step < self.config.latent.half_size_steps else size
        return LatentLooks(views.real_views, views.real_from, views.fake_from, draws, size)

    def _draws(self, step: int) -> LatentDraws:
        fabric = self.fabric
        return LatentDraws.of_step(self.config, step, fabric.global_rank, fabric.world_size).to(fabric.device)

    def _real(self, part: tuple[Batch, Looks]) -> Pictures:
        if self.config.renderer == "volume":
            return super()._real(part)
        batch, looks = part
        assert isinstance(looks, LatentLooks)
        return shown(true_pictures(batch, looks.size), looks.draws.real_view_u, self.config)


def shown(pictures: Float[Tensor, "B 4 4 S S"], view_u: Float[Tensor, "B 4"], config: Eg3dTrainConfig) -> Pictures:
    """Some views of each head in a drawn order, at the discriminator's size, and their cameras."""
    labels, count = make_camera_labels([camera_of(view) for view in VIEWS]).to(pictures), config.latent.views
    order = view_u.argsort(dim=1)[:, :count] if count < len(VIEWS) else torch.arange(4).expand(len(pictures), -1)
    head = torch.arange(len(pictures), device=pictures.device)[:, None]
    chosen, size = pictures[head, order].flatten(0, 1), config.adversarial.network.size
    if chosen.shape[-1] < size:
        chosen = F.interpolate(chosen, (size, size), mode="bilinear", align_corners=False)
    return Pictures(chosen, None, labels[order].flatten(0, 1))
