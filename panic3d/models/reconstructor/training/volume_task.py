"""What a volume-rendered step computes: the generator's terms, and the discriminator's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import camera_of
from panic3d.datasets.multiview import VIEWS, Batch
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator
from panic3d.models.reconstructor.rendering.camera_labels import make_camera_labels
from panic3d.models.reconstructor.training.losses import LossWeights
from panic3d.models.reconstructor.training.volume_config import AdversarialConfig, VolumeConfig
from panic3d.models.reconstructor.training.volume_losses import view_terms
from panic3d.models.reconstructor.training.volume_views import VolumeView, rendered
from panic3d.models.tagging.published import SemanticFeatures, semantic_of
from panic3d.weights.lpips import Lpips

PUBLISHED_DENSITY_HALF_SIDE_M = 1.0
Terms = dict[str, Float[Tensor, ""]]


class Pictures(NamedTuple):
    """What the discriminator judges, as a tuple, through which Fabric finds the tensors."""

    rgb: Float[Tensor, "B C S S"]
    """The finished picture in [-1, 1]; coverage as a fourth channel where there is no raw one."""
    raw_rgb: Float[Tensor, "B 3 R R"] | None
    """The raw one in [-1, 1]."""
    labels: Float[Tensor, "B 25"]
    """Of the cameras."""

    def detached(self) -> "Pictures":
        return Pictures(self.rgb.detach(), None if self.raw_rgb is None else self.raw_rgb.detach(), self.labels)


@dataclass(frozen=True)
class Looks:
    """For each character of a (part of a) batch: a view that the discriminator is shown as real, and where the
    generator's picture is seen from: some character's camera, not this one's."""

    real_views: tuple[str, ...]
    real_from: tuple[Camera, ...]
    fake_from: tuple[Camera, ...]


class GeneratorTask(nn.Module):
    """The reconstructor and its terms as one module, so that gradients of all its parts are synchronised."""

    def __init__(
        self,
        model: Reconstructor,
        volume: VolumeConfig,
        weights: LossWeights,
        adversarial: AdversarialConfig,
        lpips: Lpips | None,
        tagger: SemanticFeatures | None,
        judge: DualDiscriminator | None,
    ) -> None:
        super().__init__()
        self.model, self.volume, self.weights, self.adversarial = model, volume, weights, adversarial
        self.aside = (lpips, tagger, judge)  # in a tuple: no part of this module's parameters

    def forward(self, batch: Batch, wanted: Sequence[str], looks: Looks, bf16: bool) -> tuple[Terms, Pictures | None]:
        """Weighted terms of the wanted parts (views, `adversarial`, `density`), and the pictures that were judged."""
        encoded = self.encode(batch, bf16)
        terms: Terms = {}
        fake = None
        if "adversarial" in wanted:
            view = rendered(self.model, encoded, looks.fake_from, self.volume)
            fake = judged(view, make_camera_labels(looks.fake_from).to(view.rgb))
            terms["adversarial"] = self.adversarial.weight * self.convincing(fake, bf16)
        for name in VIEWS:
            if name in wanted:
                terms |= self.view_terms(encoded, batch, name)
        if "density" in wanted:
            change = self.density_change(encoded)
            terms["density"] = self.volume.density_weight * self.volume.density_every * change
        return terms, fake

    def encode(self, batch: Batch, bf16: bool) -> TriplaneEncoding:
        rgb, alpha = batch.rgb("front"), batch.alpha("front")
        semantic = semantic_of(self.aside[1], rgb, alpha)
        with torch.autocast(rgb.device.type, torch.bfloat16, enabled=bf16):
            return self.model(rgb, alpha, semantic=semantic)

    def view_terms(self, encoded: TriplaneEncoding, batch: Batch, name: str) -> Terms:
        view = rendered(self.model, encoded, [camera_of(name)] * len(batch.keys), self.volume)
        truth = batch.rgb(name), batch.alpha(name), batch.depth_m(name)
        lpips = self.aside[0] if self.weights.lpips else None
        terms = view_terms(view, name, *truth, self.volume, lpips)
        share = self.weights.of_view(name)
        return {f"{term}_{name}": share * getattr(self.weights, term) * value for term, value in terms.items()}

    def convincing(self, fake: Pictures, bf16: bool) -> Float[Tensor, ""]:
        """The non-saturating loss."""
        judge = self.aside[2]
        assert judge is not None
        with torch.autocast(fake.rgb.device.type, torch.bfloat16, enabled=bf16):
            logits = judge(fake.rgb, fake.raw_rgb, fake.labels)
        return F.softplus(-logits.float()).mean()

    def density_change(self, encoded: TriplaneEncoding) -> Float[Tensor, ""]:
        """At points drawn by chance."""
        shape = (len(encoded.planes), self.volume.density_points, 3)
        unit, offset = 2 * torch.rand(shape) - 1, torch.randn(shape)
        return density_change(self.model, encoded, unit.to(encoded.planes), offset.to(encoded.planes), self.volume)


def density_change(
    model: Reconstructor,
    encoded: TriplaneEncoding,
    unit: Float[Tensor, "B N 3"],
    offset: Float[Tensor, "B N 3"],
    config: VolumeConfig,
) -> Float[Tensor, ""]:
    """Mean absolute change of the density from points to others close by (EG3D's total variation).

    `unit` in [-1, 1], `offset` standard normal.
    """
    published = config.density_within == "published"
    start_m = unit * (PUBLISHED_DENSITY_HALF_SIDE_M if published else BOX_SIDE_M / 2)
    near_m = start_m + offset * config.density_spread_m
    here, there = model.query(encoded, torch.cat([start_m, near_m], dim=1)).density.chunk(2, dim=1)
    return (here - there).abs().mean()


class DiscriminatorTask(nn.Module):
    """The discriminator and its terms."""

    def __init__(self, model: DualDiscriminator, config: AdversarialConfig) -> None:
        super().__init__()
        self.model, self.config = model, config

    def forward(self, fake: Pictures | None, real: Pictures, penalised: bool, bf16: bool) -> Terms:
        """Logistic terms where there are fake pictures; R1 on the real ones where it is due, in float32."""
        terms: Terms = {}
        if fake is not None:
            with torch.autocast(real.rgb.device.type, torch.bfloat16, enabled=bf16):
                logits = [self.model(p.rgb, p.raw_rgb, p.labels).float() for p in (fake.detached(), real)]
            terms["fake"], terms["real"] = F.softplus(logits[0]).mean(), F.softplus(-logits[1]).mean()
        if penalised:
            terms["r1"] = self.config.r1_gamma / 2 * self.config.r1_every * self.squared_gradients(real)
        return terms

    def squared_gradients(self, real: Pictures) -> Float[Tensor, ""]:
        """Of the logits by the picture, and by the raw one where there is one."""
        rgb, raw = real.rgb.detach().requires_grad_(), None
        if real.raw_rgb is not None:
            raw = real.raw_rgb.detach().requires_grad_()
        logits = self.model(rgb, raw, real.labels)
        gradients = torch.autograd.grad(logits.sum(), [rgb] if raw is None else [rgb, raw], create_graph=True)
        return torch.stack([g.square().sum(dim=(1, 2, 3)).mean() for g in gradients]).sum()


def judged(view: VolumeView, labels: Float[Tensor, "B 25"]) -> Pictures:
    return Pictures(2 * view.rgb - 1, 2 * view.raw_rgb - 1, labels)


def real_pictures(rgb: Float[Tensor, "B 3 S S"], cameras: Sequence[Camera], raw_size: int) -> Pictures:
    """Renders in [0, 1] as the discriminator sees them: the raw picture is the same one, smaller."""
    small = F.interpolate(rgb, (raw_size, raw_size), mode="bilinear", align_corners=False, antialias=True)
    return Pictures(2 * rgb - 1, 2 * small - 1, make_camera_labels(cameras).to(rgb))
