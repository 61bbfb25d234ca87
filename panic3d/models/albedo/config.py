"""The configuration of a run of `panic3d train albedo`."""

from dataclasses import dataclass, field

from panic3d.models.albedo.network import AlbedoNetworkConfig
from panic3d.models.engine.config import RunConfig


@dataclass(frozen=True)
class AlbedoTrainConfig(RunConfig):
    """A run of the albedo network."""

    model_kind: str = "albedo"
    batch: int = 16
    validation: int = 100
    """Pairs kept from training; none if there are fewer than 5 times as many."""
    log_every: int = 50
    pixels: int = 192
    """Side of the pictures to train on."""
    cache: str = ""
    """Folder of the decoded pictures; RUN/cache where empty."""
    model: AlbedoNetworkConfig = field(default_factory=AlbedoNetworkConfig)
