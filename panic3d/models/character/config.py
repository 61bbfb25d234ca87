"""The configuration of a run of `panic3d train character`."""

from dataclasses import dataclass, field

from panic3d.models.character.augmentation import AugmentationConfig
from panic3d.models.character.network import CharacterNetworkConfig
from panic3d.models.engine.config import RunConfig


@dataclass(frozen=True)
class CharacterTrainConfig(RunConfig):
    """A run of the character network."""

    model_kind: str = "character"
    batch: int = 32
    validation: int = 200
    """Characters kept from training; none if there are fewer than 5 times as many."""
    validation_limit: int = 0
    """All: the accuracy of a rare value needs many characters, and scoring one takes milliseconds."""
    rarest: int = 10
    """Values of fewer characters are not predicted."""
    render: float = 0.5
    """Share of renders among the pictures, where there are drawings too."""
    cache: str = ""
    """Folder of the decoded pictures; RUN/cache where empty."""
    calibration_batches: int = 50
    """Batches over which the statistics of batch normalisation are computed before a validation and before the export;
    0: they stay those of the weights in training."""
    log_every: int = 50
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    model: CharacterNetworkConfig = field(default_factory=CharacterNetworkConfig)
