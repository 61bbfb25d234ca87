"""Four sets of networks: from drawings to renders and back, and a judge of each."""

from torch import nn

from panic3d.models.baselines.translation import cyclegan, ugatit
from panic3d.models.baselines.translation.config import AnyTrainConfig, CycleGanTrainConfig


def generator_of(config: AnyTrainConfig) -> nn.Module:
    if isinstance(config, CycleGanTrainConfig):
        return cyclegan.Generator(config.model)
    return ugatit.Generator(config.model)


def judges_of(config: AnyTrainConfig) -> nn.ModuleList:
    """One discriminator (CycleGAN), or a local and a global one (U-GAT-IT)."""
    if isinstance(config, CycleGanTrainConfig):
        return nn.ModuleList([cyclegan.Discriminator(config.model)])
    return nn.ModuleList(ugatit.Discriminator(config.model, layers) for layers in config.model.judge_layers)


class Generators(nn.ModuleDict):
    """`to_render` and `to_drawing`."""

    def __init__(self, config: AnyTrainConfig) -> None:
        super().__init__({name: generator_of(config) for name in ("to_render", "to_drawing")})


class Judges(nn.ModuleDict):
    """Of renders and of drawings."""

    def __init__(self, config: AnyTrainConfig) -> None:
        super().__init__({name: judges_of(config) for name in ("render", "drawing")})
