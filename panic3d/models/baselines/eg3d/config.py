"""A run of EG3D: the reconstructor's configuration, and how latents and views are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from panic3d.models.baselines.eg3d.generator import check_unconditional
from panic3d.models.effects import Effect
from panic3d.models.reconstructor.training.checks import check_shares
from panic3d.models.reconstructor.training.config import (
    MultiviewRunConfig,
    ReconstructorTrainConfig,
    list_volume_effects,
)
from panic3d.runtime.errors import UserError


@dataclass(frozen=True)
class LatentConfig:
    """The latents of a step, and the views of each that the discriminator is given."""

    style_mixing: float = 0.0
    """Share of latents whose layers from a random one on follow another latent (StyleGAN2: 0.9, EG3D: none)."""
    w_average: float = 0.998
    """Decay of the running mean of w, from which inversion starts."""
    views: int = 4
    """How many of the four views of a latent and of a character the discriminator is given in a step; on the lattice
    they share their points. By volume rendering it is always one."""
    half_size_steps: int = 0
    """First steps (on the lattice) whose pictures, generated and true, have half the pixels and are upsampled for the
    discriminator: an eighth of the points. EG3D too renders fewer rays for most of its training."""


@dataclass(frozen=True)
class Eg3dTrainConfig(ReconstructorTrainConfig):
    """A run of EG3D. `rays`, `loss` and what `volume` says of single views are the reconstructor's and not used."""

    model_kind: str = "eg3d"
    validation_limit: int = 0
    """All samples of the generator that a validation takes: a distance between few means nothing."""
    latent: LatentConfig = field(default_factory=LatentConfig)

    @classmethod
    def list_effects(cls) -> Sequence[Effect]:
        single_views = tuple(f"volume.{name}" for name in ("silhouette", "depth", "without_edges", "lpips_range"))
        marched = tuple(f"volume.{name}" for name in ("rays", "coarse", "fine", "rays_at_once"))
        return (
            Effect(
                ("rays", "loss", "stretch", "tagger_weights", *single_views), lambda c: False,
                "`panic3d train reconstructor`", ("stretch.across", "stretch.up"),
            ),
            Effect(
                (*marched, "model.superresolution"), lambda c: c.renderer == "volume", "renderer=volume",
                ("model.superresolution.channels",),
            ),
            Effect(
                ("latent.views", "latent.half_size_steps"), lambda c: c.renderer == "lattice", "renderer=lattice",
                ("latent.half_size_steps",),
            ),
            *list_volume_effects(), *MultiviewRunConfig.list_effects(),
        )  # fmt: skip


def check_settings(config: Eg3dTrainConfig) -> None:
    """Raise UserError if settings do not go together."""
    check_unconditional(config.model)
    check_shares(config)
    if not config.adversarial.weight:
        raise UserError("EG3D is trained by its discriminator alone: adversarial.weight=0 leaves no loss")
    if not 1 <= config.latent.views <= 4:
        raise UserError(f"latent.views is 1 to 4, found {config.latent.views}")
    size, discriminator = config.model.picture_size, config.adversarial.network
    by_volume, superresolution = config.renderer == "volume", config.model.superresolution
    if by_volume != discriminator.dual or by_volume != bool(superresolution.channels):
        raise UserError(
            "renderer=volume goes with a super-resolution (model.superresolution.channels) and the dual discriminator "
            "(adversarial.network.dual), renderer=lattice with neither"
        )
    if by_volume and not size == superresolution.size == discriminator.size:
        raise UserError(
            f"model.picture_size={size}, model.superresolution.size={superresolution.size} and "
            f"adversarial.network.size={discriminator.size} should be the same"
        )
    if size % discriminator.size:
        raise UserError(f"adversarial.network.size={discriminator.size} should divide model.picture_size={size}")
