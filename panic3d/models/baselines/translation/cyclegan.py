"""CycleGAN's networks (Zhu, Park, Isola, Efros, ICCV 2017, arXiv 1703.10593, section 7.1), at any width and depth."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.baselines.translation.translated import Translation

DOWNSAMPLINGS = 2


@dataclass(frozen=True)
class CycleGanNetworks:
    """Sizes of CycleGAN's networks. The defaults are the published ones."""

    width: int = 64
    blocks: int = 9
    """Number of residual blocks; the paper has 6 for pictures of 128 pixels."""
    discriminator_width: int = 64
    discriminator_layers: int = 3
    """Number of strided layers of a discriminator: 3 give patches of 70 pixels."""


class CycleGanResidual(nn.Module):
    """Two convolutions with reflected borders, added to their input."""

    def __init__(self, width: int, bias: bool = True) -> None:
        super().__init__()
        half = [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3, bias=bias), nn.InstanceNorm2d(width)]
        again = [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3, bias=bias), nn.InstanceNorm2d(width)]
        self.body = nn.Sequential(*half, nn.ReLU(), *again)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        return x + self.body(x)


class CycleGanGenerator(nn.Module):
    """c7s1-64, d128, d256, residual blocks, u128, u64, c7s1-3."""

    def __init__(self, config: CycleGanNetworks) -> None:
        super().__init__()
        width = config.width
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
        for _ in range(DOWNSAMPLINGS):
            layers += [nn.Conv2d(width, 2 * width, 3, 2, 1), nn.InstanceNorm2d(2 * width), nn.ReLU()]
            width *= 2
        layers += [CycleGanResidual(width) for _ in range(config.blocks)]
        for _ in range(DOWNSAMPLINGS):
            up = nn.ConvTranspose2d(width, width // 2, 3, 2, 1, output_padding=1)
            layers += [up, nn.InstanceNorm2d(width // 2), nn.ReLU()]
            width //= 2
        self.body = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())
        self.apply(initialise_weights)

    def forward(self, picture: Float[Tensor, "B 3 H W"]) -> Translation:
        """Translate pictures in [-1, 1], whose sides are multiples of 4."""
        return Translation(self.body(picture), None)


class CycleGanDiscriminator(nn.Module):
    """C64, C128, C256, C512 and a map of logits."""

    def __init__(self, config: CycleGanNetworks) -> None:
        super().__init__()
        width = config.discriminator_width
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for layer in range(1, config.discriminator_layers + 1):
            before, after = (width * min(2**power, 8) for power in (layer - 1, layer))
            stride = 2 if layer < config.discriminator_layers else 1
            layers += [nn.Conv2d(before, after, 4, stride, 1), nn.InstanceNorm2d(after), nn.LeakyReLU(0.2)]
        self.body = nn.Sequential(*layers, nn.Conv2d(after, 1, 4, 1, 1))
        self.apply(initialise_weights)

    def forward(self, picture: Float[Tensor, "B 3 H W"]) -> tuple[Float[Tensor, "B 1 h w"]]:
        return (self.body(picture),)


def initialise_weights(module: nn.Module) -> None:
    """Initialise convolutions from a normal distribution of standard deviation 0.02."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        assert module.bias is not None
        nn.init.zeros_(module.bias)
