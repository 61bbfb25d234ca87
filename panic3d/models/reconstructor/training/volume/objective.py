"""The losses of a volume-rendered step: the generator's terms, and the discriminator's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.camera import Camera
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.engine.seeds import SampleGenerators
from panic3d.models.engine.update import Terms
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator
from panic3d.models.reconstructor.network.stylegan.layers import NoiseSource
from panic3d.models.reconstructor.rendering.camera_labels import make_camera_labels
from panic3d.models.reconstructor.training.losses import LossWeights
from panic3d.models.reconstructor.training.volume.losses import compute_view_terms
from panic3d.models.reconstructor.training.volume.views import VolumeView, render_view
from panic3d.models.reconstructor.training.volume_config import AdversarialConfig, VolumeConfig
from panic3d.models.tagging.published import SemanticFeatures, compute_batch_features
from panic3d.weights.lpips import Lpips

PUBLISHED_DENSITY_HALF_SIDE_M = 1.0


class DiscriminatorInput(NamedTuple):
    """Pictures with their cameras. A tuple, so that Fabric finds the tensors."""

    rgb: Float[Tensor, "B C S S"]
    """The finished picture in [-1, 1]; coverage as a fourth channel where there is no raw one."""
    raw_rgb: Float[Tensor, "B 3 R R"] | None
    """The raw one in [-1, 1]."""
    labels: Float[Tensor, "B 25"]
    """Of the cameras."""

    def detach(self) -> "DiscriminatorInput":
        """Return the same without gradients."""
        return DiscriminatorInput(
            self.rgb.detach(), None if self.raw_rgb is None else self.raw_rgb.detach(), self.labels
        )


@dataclass(frozen=True)
class ViewDraws:
    """The random choices of a step for the characters of a (part of a) batch.

    The cameras of the discriminator's pictures, one of each kind per character, and the generators of all that is drawn
    while the terms are computed: z, noise, jitter of the rays, points of the density term.
    """

    real_views: tuple[str, ...]
    """The views that it is given as real ..."""
    real_cameras: tuple[Camera, ...]
    """... with their cameras."""
    fake_cameras: tuple[Camera, ...]
    """Cameras of the generated pictures, each of a random character, not of this one."""
    generators: SampleGenerators


class VolumeGeneratorObjective(nn.Module):
    """The reconstructor and its terms as one module, so that gradients of all its parts are synchronised."""

    def __init__(
        self,
        model: Reconstructor,
        volume: VolumeConfig,
        weights: LossWeights,
        adversarial: AdversarialConfig,
        lpips: Lpips | None,
        tagger: SemanticFeatures | None,
        discriminator: DualDiscriminator | None,
    ) -> None:
        super().__init__()
        self.model, self.volume, self.weights, self.adversarial = model, volume, weights, adversarial
        self.frozen = (lpips, tagger, discriminator)  # in a tuple, so that their parameters are not this module's

    def forward(
        self, batch: MultiviewBatch, wanted: Sequence[str], draws: ViewDraws, bf16: bool
    ) -> tuple[Terms, DiscriminatorInput | None]:
        """Return weighted terms of the wanted parts (views, `adversarial`, `density`), and the generated pictures.

        The pictures are those given to the discriminator; None without the adversarial term.
        """
        encoded = self.encode(batch, draws.generators, bf16)
        terms: Terms = {}
        fake = None
        if "adversarial" in wanted:
            view = render_view(self.model, encoded, draws.fake_cameras, self.volume, draws.generators)
            fake = make_fake_input(view, make_camera_labels(draws.fake_cameras).to(view.rgb))
            terms["adversarial"] = self.adversarial.weight * self.adversarial_loss(fake, bf16)
        for name in VIEWS:
            if name in wanted:
                terms |= self.compute_view_terms(encoded, batch, name, draws.generators)
        if "density" in wanted:
            change = self.compute_density_change(encoded, draws.generators)
            terms["density"] = self.volume.density_weight * self.volume.density_every * change
        return terms, fake

    def encode(self, batch: MultiviewBatch, generators: SampleGenerators, bf16: bool) -> TriplaneEncoding:
        """Return the planes of the batch's front views, with the z and noise of the characters' generators."""
        rgb, alpha = batch.rgb("front"), batch.alpha("front")
        semantic = compute_batch_features(self.frozen[1], rgb, alpha)
        settings = self.model.config.backbone
        z = generators.draw_normal(settings.z_dim).to(rgb) if settings.random_z else None
        noise: NoiseSource | None = generators.draw_noise if settings.noise == "random" else None
        with torch.autocast(rgb.device.type, torch.bfloat16, enabled=bf16):
            return self.model(rgb, alpha, noise, semantic, z)

    def compute_view_terms(
        self, encoded: TriplaneEncoding, batch: MultiviewBatch, name: str, generators: SampleGenerators
    ) -> Terms:
        """Return the weighted terms of one orthographic view, each named `TERM_VIEW`."""
        view = render_view(self.model, encoded, batch.list_cameras(name), self.volume, generators)
        truth = batch.rgb(name), batch.alpha(name), batch.depth_m(name)
        lpips = self.frozen[0] if self.weights.lpips else None
        terms = compute_view_terms(view, name, *truth, self.volume, lpips)
        share = self.weights.get_weight(name)
        return {f"{term}_{name}": share * getattr(self.weights, term) * value for term, value in terms.items()}

    def adversarial_loss(self, fake: DiscriminatorInput, bf16: bool) -> Float[Tensor, ""]:
        """Return the non-saturating logistic loss."""
        discriminator = self.frozen[2]
        assert discriminator is not None
        with torch.autocast(fake.rgb.device.type, torch.bfloat16, enabled=bf16):
            logits = discriminator(fake.rgb, fake.raw_rgb, fake.labels)
        return F.softplus(-logits.float()).mean()

    def compute_density_change(self, encoded: TriplaneEncoding, generators: SampleGenerators) -> Float[Tensor, ""]:
        """Return `compute_density_change` at random points."""
        shape = (self.volume.density_points, 3)
        unit, offset = 2 * generators.draw_uniform(*shape) - 1, generators.draw_normal(*shape)
        return compute_density_change(
            self.model, encoded, unit.to(encoded.planes), offset.to(encoded.planes), self.volume
        )


def compute_density_change(
    model: Reconstructor,
    encoded: TriplaneEncoding,
    unit: Float[Tensor, "B N 3"],
    offset: Float[Tensor, "B N 3"],
    config: VolumeConfig,
) -> Float[Tensor, ""]:
    """Return the mean absolute change of the density from points to others nearby (EG3D's total variation).

    `unit` is in [-1, 1], `offset` is standard normal.
    """
    published = config.density_within == "published"
    start_m = unit * (PUBLISHED_DENSITY_HALF_SIDE_M if published else BOX_SIDE_M / 2)
    near_m = start_m + offset * config.density_spread_m
    here, there = model.query(encoded, torch.cat([start_m, near_m], dim=1)).density.chunk(2, dim=1)
    return (here - there).abs().mean()


class VolumeDiscriminatorObjective(nn.Module):
    """The discriminator and its terms as one module."""

    def __init__(self, model: DualDiscriminator, config: AdversarialConfig) -> None:
        super().__init__()
        self.model, self.config = model, config

    def forward(self, fake: DiscriminatorInput | None, real: DiscriminatorInput, penalised: bool, bf16: bool) -> Terms:
        """Return logistic terms if there are fake pictures, and R1 on the real ones in float32 if `penalised`."""
        terms: Terms = {}
        if fake is not None:
            with torch.autocast(real.rgb.device.type, torch.bfloat16, enabled=bf16):
                logits = [self.model(p.rgb, p.raw_rgb, p.labels).float() for p in (fake.detach(), real)]
            terms["fake"], terms["real"] = F.softplus(logits[0]).mean(), F.softplus(-logits[1]).mean()
        if penalised:
            terms["r1"] = self.config.r1_gamma / 2 * self.config.r1_every * self.compute_squared_gradients(real)
        return terms

    def compute_squared_gradients(self, real: DiscriminatorInput) -> Float[Tensor, ""]:
        """Return the mean squared gradient of the logits by the picture, and by the raw one if there is one."""
        rgb, raw = real.rgb.detach().requires_grad_(), None
        if real.raw_rgb is not None:
            raw = real.raw_rgb.detach().requires_grad_()
        logits = self.model(rgb, raw, real.labels)
        gradients = torch.autograd.grad(logits.sum(), [rgb] if raw is None else [rgb, raw], create_graph=True)
        return torch.stack([g.square().sum(dim=(1, 2, 3)).mean() for g in gradients]).sum()


def make_fake_input(view: VolumeView, labels: Float[Tensor, "B 25"]) -> DiscriminatorInput:
    """Return generated views in [-1, 1] as the discriminator takes them."""
    return DiscriminatorInput(2 * view.rgb - 1, 2 * view.raw_rgb - 1, labels)


def make_real_input(rgb: Float[Tensor, "B 3 S S"], cameras: Sequence[Camera], raw_size: int) -> DiscriminatorInput:
    """Return renders in [0, 1] as the discriminator takes them; the raw picture is the same one, downsampled."""
    small = F.interpolate(rgb, (raw_size, raw_size), mode="bilinear", align_corners=False, antialias=True)
    return DiscriminatorInput(2 * rgb - 1, 2 * small - 1, make_camera_labels(cameras).to(rgb))
