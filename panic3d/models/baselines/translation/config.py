"""Configurations of CycleGAN's and U-GAT-IT's runs, with their papers' values as defaults."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from panic3d.models.baselines.translation.cyclegan import CycleGanNetworks
from panic3d.models.baselines.translation.ugatit import UgatitNetworks
from panic3d.models.effects import Effect
from panic3d.models.engine.config import OptimiserConfig
from panic3d.models.line_removal.training.config import DrawingsRunConfig


def _make_adam_config(learning_rate: float, weight_decay: float) -> OptimiserConfig:
    return OptimiserConfig(
        algorithm="adam", learning_rate=learning_rate, beta1=0.5, beta2=0.999, weight_decay=weight_decay, clip=0.0,
        schedule="linear", warmup_steps=0, final_share=0.0, ema=0.0,
    )  # fmt: skip


@dataclass(frozen=True)
class TranslationTrainConfig(DrawingsRunConfig):
    """Settings of both methods."""

    resized_px: int = 286
    """Side to which pictures of 512 pixels are resized, for training and translating alike ..."""
    crop_px: int = 256
    """... and side of the random crops of a step."""
    cycle: float = 10.0
    adversarial: float = 1.0


@dataclass(frozen=True)
class CycleGanTrainConfig(TranslationTrainConfig):
    """A run of CycleGAN."""

    model_kind: str = "cyclegan"
    identity: float = 5.0
    attention: float = 0.0
    buffer: int = 50
    """Earlier fakes that the discriminators are given in half of the cases; 0: none."""
    optimiser: OptimiserConfig = field(default_factory=lambda: _make_adam_config(2e-4, 0.0))
    model: CycleGanNetworks = field(default_factory=CycleGanNetworks)

    @classmethod
    def list_effects(cls) -> Sequence[Effect]:
        only_ugatit = Effect(("attention",), lambda c: False, "`panic3d train ugatit`", ("attention",))
        return (*super().list_effects(), only_ugatit)


@dataclass(frozen=True)
class UgatitTrainConfig(TranslationTrainConfig):
    """A run of U-GAT-IT."""

    model_kind: str = "ugatit"
    identity: float = 10.0
    attention: float = 1000.0
    """Weight of the class activation maps' loss."""
    buffer: int = 0
    optimiser: OptimiserConfig = field(default_factory=lambda: _make_adam_config(1e-4, 1e-4))
    model: UgatitNetworks = field(default_factory=UgatitNetworks)


AnyTrainConfig = CycleGanTrainConfig | UgatitTrainConfig
