"""Settings of the rivals' runs, with their papers' values as defaults."""

from dataclasses import dataclass, field

from panic3d.models.baselines.translation.cyclegan import CycleGanNetworks
from panic3d.models.baselines.translation.ugatit import UgatitNetworks
from panic3d.models.engine.picture_config import PictureRunConfig


@dataclass(frozen=True)
class TranslationConfig(PictureRunConfig):
    """What both have."""

    renders: str = ""
    """A dataset folder with the renders, where they are not those of --data."""
    resized_px: int = 286
    """Side to which pictures of 512 pixels are brought, for training and translating alike ..."""
    crop_px: int = 256
    """... and side of the part that a step sees."""
    cycle: float = 10.0
    adversarial: float = 1.0
    beta1: float = 0.5
    beta2: float = 0.999
    final_share: float = 0.0


@dataclass(frozen=True)
class CycleGanConfig(TranslationConfig):
    model_kind: str = "cyclegan"
    identity: float = 5.0
    attention: float = 0.0
    buffer: int = 50
    """Earlier fakes that the discriminators are shown in half of the cases; 0: none."""
    learning_rate: float = 2e-4
    weight_decay: float = 0.0
    model: CycleGanNetworks = field(default_factory=CycleGanNetworks)


@dataclass(frozen=True)
class UgatitConfig(TranslationConfig):
    model_kind: str = "ugatit"
    identity: float = 10.0
    attention: float = 1000.0
    """Weight of the class activation maps' loss."""
    buffer: int = 0
    learning_rate: float = 1e-4
    weight_decay: float = 1e-4
    model: UgatitNetworks = field(default_factory=UgatitNetworks)


AnyConfig = CycleGanConfig | UgatitConfig
