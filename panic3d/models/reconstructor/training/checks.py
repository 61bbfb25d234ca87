"""Settings that do not go together."""

from panic3d.models.engine.config import RunConfig, TrainConfig
from panic3d.runtime.errors import UserError


def check_shares(config: RunConfig) -> None:
    """UserError where the processes and parts cannot share a batch evenly."""
    processes = config.devices * config.nodes
    if config.batch % processes:
        raise UserError(f"a batch of {config.batch} cannot be shared by {processes} processes")
    if config.accumulate < 1 or config.batch // processes % config.accumulate:
        raise UserError(
            f"{config.batch // processes} characters a process are no multiple of accumulate={config.accumulate}"
        )


def check(config: TrainConfig) -> None:
    """UserError where a reconstructor's settings do not go together."""
    enlarged, judged = config.model.superresolution, config.adversarial
    if config.renderer == "lattice" and (judged.weight or enlarged.channels):
        raise UserError("a discriminator or a super-resolution is trained with renderer=volume, not on the lattice")
    if config.renderer == "volume" and config.loss.occupancy:
        raise UserError("the occupancy loss needs renderer=lattice: set loss.occupancy=0 to train by volume rendering")
    if config.renderer == "volume" and (config.stretch.across or config.stretch.up):
        raise UserError("stretching needs renderer=lattice: a stretched character has no perspective views")
    finished = enlarged.size if enlarged.channels else config.volume.rays
    if config.renderer == "volume" and finished != config.model.picture_size:
        raise UserError(
            f"the finished pictures have {finished} pixels, the truth model.picture_size={config.model.picture_size}: "
            "set model.superresolution.size (or volume.rays, without a super-resolution) to the same number"
        )
    if judged.weight and judged.network.size != finished:
        raise UserError(f"adversarial.network.size={judged.network.size} should be that of the pictures, {finished}")
