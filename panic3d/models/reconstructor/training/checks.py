"""Settings of a run that do not go together."""

import logging

from panic3d.models.engine.devices import check_length
from panic3d.models.reconstructor.training.config import MultiviewRunConfig, ReconstructorTrainConfig
from panic3d.runtime.errors import UserError

logger = logging.getLogger(__name__)


def check_shares(config: MultiviewRunConfig) -> None:
    """Raise UserError if the processes and parts cannot share a batch evenly."""
    check_length(config)
    processes = config.devices * config.nodes
    if config.accumulate < 1 or config.batch // processes % config.accumulate:
        raise UserError(
            f"{config.batch // processes} characters per process are no multiple of accumulate={config.accumulate}"
        )


def check_settings(config: ReconstructorTrainConfig) -> None:
    """Raise UserError if settings of a reconstructor's run do not go together."""
    check_shares(config)
    superresolution, adversarial = config.model.superresolution, config.adversarial
    if config.renderer == "lattice" and (adversarial.weight or superresolution.channels):
        raise UserError("a discriminator or a super-resolution is trained with renderer=volume, not on the lattice")
    if config.renderer == "volume" and config.loss.occupancy:
        raise UserError("the occupancy loss needs renderer=lattice: set loss.occupancy=0 to train by volume rendering")
    if config.renderer == "volume" and (config.stretch.across or config.stretch.up):
        raise UserError("stretching needs renderer=lattice: a stretched character has no perspective views")
    finished = superresolution.size if superresolution.channels else config.volume.rays
    if config.renderer == "volume" and finished != config.model.picture_size:
        raise UserError(
            f"the finished pictures have {finished} pixels, the truth model.picture_size={config.model.picture_size}: "
            "set model.superresolution.size (or volume.rays, without a super-resolution) to the same number"
        )
    if adversarial.weight and adversarial.network.size != finished:
        raise UserError(
            f"adversarial.network.size={adversarial.network.size} should be that of the pictures, {finished}"
        )
    if adversarial.weight:
        _warn_of_torn_groups(config)


def _warn_of_torn_groups(config: ReconstructorTrainConfig) -> None:
    """Warn where a process's part of a batch holds no whole groups: a discriminator's group lies within one part."""
    shares, wanted = config.devices * config.nodes * config.accumulate, config.adversarial.network.group
    size = config.batch // shares
    if shares > 1 and size % wanted:
        logger.warning(
            "the discriminator compares pictures in groups of %d pictures, not adversarial.network.group=%d: %d parts "
            "of a batch of %d hold so many; one part would give other weights",
            size, wanted, shares, config.batch,
        )  # fmt: skip
