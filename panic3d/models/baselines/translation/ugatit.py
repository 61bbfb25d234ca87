"""U-GAT-IT's networks (Kim, Kim, Kang, Lee, ICLR 2020, arXiv 1907.10830, appendix), at any width and depth."""

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from panic3d.models.baselines.translation.cyclegan import CycleGanResidual
from panic3d.models.baselines.translation.translated import Translation

DOWNSAMPLINGS = 2
EPSILON = 1e-5


@dataclass(frozen=True)
class UgatitNetworks:
    """Sizes of U-GAT-IT's networks. The defaults are the published ones."""

    width: int = 64
    blocks: int = 4
    """Number of residual blocks on each side of the attention."""
    light: bool = False
    """Scale and shift of the normalisation from the pooled map (published as the light version), else from the whole
    map, which ties the network to one picture size."""
    size: int = 256
    """Pixels along the side of a picture, unless light."""
    discriminator_width: int = 64
    discriminator_layers: tuple[int, ...] = (5, 7)
    """Numbers of layers of the local and of the global discriminator."""


class ActivationMapAttention(nn.Module):
    """Attention by class activation maps of average and maximum pooling, with their logits of the domain."""

    def __init__(self, width: int, spectral: bool) -> None:
        super().__init__()
        heads = [nn.Linear(width, 1, bias=False) for _ in range(2)]
        self.heads = nn.ModuleList(spectral_norm(head) if spectral else head for head in heads)
        self.mixing = nn.Conv2d(2 * width, width, 1)
        self.activation = nn.LeakyReLU(0.2) if spectral else nn.ReLU()

    def forward(self, x: Float[Tensor, "B C H W"]) -> tuple[Float[Tensor, "B C H W"], Float[Tensor, "B 2"]]:
        pooled = F.adaptive_avg_pool2d(x, 1), F.adaptive_max_pool2d(x, 1)
        logits = torch.cat([head(p.flatten(1)) for head, p in zip(self.heads, pooled, strict=True)], dim=1)
        weighted = torch.cat([x * cast(Tensor, head.weight)[0, :, None, None] for head in self.heads], dim=1)
        return self.activation(self.mixing(weighted)), logits


class LayerInstanceNorm(nn.Module):
    """A learned mixture of instance and layer normalisation, without scale and shift."""

    def __init__(self, width: int, share: float) -> None:
        """`share`: initial share of the instance normalisation."""
        super().__init__()
        self.rho = nn.Parameter(torch.full((1, width, 1, 1), share))

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        by_instance, by_layer = (
            (x - x.mean(axes, keepdim=True)) * (x.var(axes, keepdim=True) + EPSILON).rsqrt()
            for axes in ((2, 3), (1, 2, 3))
        )
        return self.rho * by_instance + (1 - self.rho) * by_layer


class ScaledNorm(nn.Module):
    """Mixed normalisation (ILN) with learned scale and shift."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = LayerInstanceNorm(width, 0.0)
        self.scale = nn.Parameter(torch.ones(1, width, 1, 1))
        self.shift = nn.Parameter(torch.zeros(1, width, 1, 1))

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        return self.norm(x) * self.scale + self.shift


class AdaptiveResidual(nn.Module):
    """Residual block whose normalisation takes scale and shift from the attention (AdaLIN)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(width, width, 3, bias=False) for _ in range(2))
        self.norms = nn.ModuleList(LayerInstanceNorm(width, 0.9) for _ in range(2))

    def forward(
        self, x: Float[Tensor, "B C H W"], scale: Float[Tensor, "B C 1 1"], shift: Float[Tensor, "B C 1 1"]
    ) -> Float[Tensor, "B C H W"]:
        y = x
        for place, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            y = norm(convolution(F.pad(y, (1,) * 4, mode="reflect"))) * scale + shift
            y = F.relu(y) if place == 0 else y
        return x + y


class UgatitGenerator(nn.Module):
    """U-GAT-IT's generator: encoder, attention, adaptive residual blocks, decoder."""

    def __init__(self, config: UgatitNetworks) -> None:
        super().__init__()
        self.config, width = config, config.width
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7, bias=False)]
        layers += [nn.InstanceNorm2d(width), nn.ReLU()]
        for _ in range(DOWNSAMPLINGS):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(width, 2 * width, 3, 2, bias=False)]
            layers += [nn.InstanceNorm2d(2 * width), nn.ReLU()]
            width *= 2
        self.encoder = nn.Sequential(*layers, *(CycleGanResidual(width, bias=False) for _ in range(config.blocks)))
        self.attention = ActivationMapAttention(width, spectral=False)
        pixels = 1 if config.light else (config.size >> DOWNSAMPLINGS) ** 2
        self.style = nn.Sequential(
            nn.Linear(width * pixels, width, bias=False), nn.ReLU(), nn.Linear(width, width, bias=False), nn.ReLU()
        )
        self.scale, self.shift = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.blocks = nn.ModuleList(AdaptiveResidual(width) for _ in range(config.blocks))
        layers = []
        for _ in range(DOWNSAMPLINGS):
            layers += [nn.Upsample(scale_factor=2), nn.ReflectionPad2d(1), nn.Conv2d(width, width // 2, 3, bias=False)]
            layers += [ScaledNorm(width // 2), nn.ReLU()]
            width //= 2
        self.decoder = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7, bias=False), nn.Tanh())

    def forward(self, picture: Float[Tensor, "B 3 H W"]) -> Translation:
        """Translate pictures in [-1, 1], whose sides are multiples of 4."""
        x, logits = self.attention(self.encoder(picture))
        told = F.adaptive_avg_pool2d(x, 1).flatten(1) if self.config.light else x.flatten(1)
        style = self.style(told)
        scale, shift = (layer(style)[..., None, None] for layer in (self.scale, self.shift))
        for block in self.blocks:
            x = block(x, scale, shift)
        return Translation(self.decoder(x), logits)


class UgatitDiscriminator(nn.Module):
    """U-GAT-IT's discriminator: strided layers with spectral normalisation, attention, a map of logits."""

    def __init__(self, config: UgatitNetworks, layers: int) -> None:
        super().__init__()
        width, before = config.discriminator_width, 3
        body: list[nn.Module] = []
        for layer in range(layers - 1):
            stride = 2 if layer < layers - 2 else 1
            after = width * min(2**layer, 8 if layers <= 5 else 32)
            body += [nn.ReflectionPad2d(1), spectral_norm(nn.Conv2d(before, after, 4, stride)), nn.LeakyReLU(0.2)]
            before = after
        self.body = nn.Sequential(*body)
        self.attention = ActivationMapAttention(before, spectral=True)
        self.last = nn.Sequential(nn.ReflectionPad2d(1), spectral_norm(nn.Conv2d(before, 1, 4, bias=False)))

    def forward(self, picture: Float[Tensor, "B 3 H W"]) -> tuple[Float[Tensor, "B 1 h w"], Float[Tensor, "B 2"]]:
        x, logits = self.attention(self.body(picture))
        return self.last(x), logits
