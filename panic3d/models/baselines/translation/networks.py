"""Generators from drawings to renders and back, and discriminators of both."""

from torch import nn

from panic3d.models.baselines.translation import cyclegan, ugatit
from panic3d.models.baselines.translation.config import AnyTrainConfig, CycleGanTrainConfig


def build_generator(config: AnyTrainConfig) -> nn.Module:
    if isinstance(config, CycleGanTrainConfig):
        return cyclegan.CycleGanGenerator(config.model)
    return ugatit.UgatitGenerator(config.model)


def build_discriminators(config: AnyTrainConfig) -> nn.ModuleList:
    """Build one discriminator (CycleGAN), or a local and a global one (U-GAT-IT)."""
    if isinstance(config, CycleGanTrainConfig):
        return nn.ModuleList([cyclegan.CycleGanDiscriminator(config.model)])
    return nn.ModuleList(
        ugatit.UgatitDiscriminator(config.model, layers) for layers in config.model.discriminator_layers
    )


class TranslationGenerators(nn.ModuleDict):
    """The generators `to_render` and `to_drawing`."""

    def __init__(self, config: AnyTrainConfig) -> None:
        super().__init__({name: build_generator(config) for name in ("to_render", "to_drawing")})


class TranslationDiscriminators(nn.ModuleDict):
    """The discriminators of renders and of drawings."""

    def __init__(self, config: AnyTrainConfig) -> None:
        super().__init__({name: build_discriminators(config) for name in ("render", "drawing")})
