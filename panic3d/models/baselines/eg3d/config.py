"""A run of EG3D: the reconstructor's configuration, and how latents and views are drawn."""

from dataclasses import dataclass, field

from panic3d.models.baselines.eg3d.generator import check_unconditional
from panic3d.models.engine.config import TrainConfig
from panic3d.runtime.errors import UserError


@dataclass(frozen=True)
class LatentConfig:
    """Latents of a step, and what the discriminator is shown of each."""

    style_mixing: float = 0.0
    """Share of latents whose layers from a random one on follow another latent (StyleGAN2: 0.9, EG3D: none)."""
    w_average: float = 0.998
    """Decay of the running mean of w, from which inversion starts."""
    views: int = 4
    """Of the four views of a latent and of a character, how many are judged in a step; on the lattice they share their
    points. By volume rendering it is always one."""
    half_size_steps: int = 0
    """First steps (on the lattice) whose pictures, generated and true, have half the pixels and are enlarged for the
    discriminator: an eighth of the points. EG3D too renders fewer rays for most of its training."""


@dataclass(frozen=True)
class Eg3dTrainConfig(TrainConfig):
    """`rays`, `loss` and what `volume` says of single views are the reconstructor's and not read."""

    model_kind: str = "eg3d"
    latent: LatentConfig = field(default_factory=LatentConfig)


def check(config: TrainConfig) -> None:
    """UserError where settings do not go together."""
    assert isinstance(config, Eg3dTrainConfig)
    check_unconditional(config.model)
    processes = config.devices * config.nodes
    if config.batch % (processes * config.accumulate):
        raise UserError(
            f"a batch of {config.batch} is no multiple of {processes} processes x {config.accumulate} parts"
        )
    if not config.adversarial.weight:
        raise UserError("EG3D learns from its discriminator alone: adversarial.weight=0 leaves nothing to learn")
    if not 1 <= config.latent.views <= 4:
        raise UserError(f"latent.views is 1 to 4, found {config.latent.views}")
    size, judge = config.model.picture_size, config.adversarial.network
    by_volume, enlarged = config.renderer == "volume", config.model.superresolution
    if by_volume != judge.dual or by_volume != bool(enlarged.channels):
        raise UserError(
            "renderer=volume goes with a super-resolution (model.superresolution.channels) and the dual discriminator "
            "(adversarial.network.dual), renderer=lattice with neither"
        )
    if by_volume and not size == enlarged.size == judge.size:
        raise UserError(
            f"model.picture_size={size}, model.superresolution.size={enlarged.size} and adversarial.network.size="
            f"{judge.size} should be the same"
        )
    if size % judge.size:
        raise UserError(f"adversarial.network.size={judge.size} should divide model.picture_size={size}")
