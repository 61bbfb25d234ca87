"""EG3D's dual discriminator of finished and raw picture, given the camera. Tensors have the published names."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.reconstructor.network.stylegan.layers import (
    FullyConnected,
    cast_block_input,
    leaky_relu,
    make_smoothing_filter,
)
from panic3d.models.reconstructor.network.stylegan.mapping import MappingNetwork

ACTIVATION_CLAMP = 256.0
LABEL_DIM = 25


@dataclass(frozen=True)
class DualDiscriminatorConfig:
    """The defaults are those of the published discriminator: 31,359,744 parameters."""

    size: int = 512
    """Pixels along the side of the finished pictures."""
    channel_base: int = 32768
    """A block at resolution R has channel_base / R channels, at most channel_max."""
    channel_max: int = 512
    mapping_layers: int = 8
    group: int = 4
    """Number of pictures over which the last block takes the minibatch standard deviation."""
    dual: bool = True
    """Whether it takes the finished and the raw picture (6 channels), or one picture of RGB and coverage (4)."""
    float16_blocks: int = 0
    """How many blocks, from the largest pictures on, compute in float16 on a GPU; published: 4."""


def smooth(
    x: Float[Tensor, "B C H W"], smoothing: Float[Tensor, "4 4"], padding: int, stride: int = 1
) -> Float[Tensor, "B C H2 W2"]:
    """Filter each channel by itself."""
    kernel = smoothing.to(x.dtype).expand(x.shape[1], 1, 4, 4)
    return F.conv2d(x, kernel, padding=padding, stride=stride, groups=x.shape[1])


def downsample(x: Float[Tensor, "B C H W"], smoothing: Float[Tensor, "4 4"]) -> Float[Tensor, "B C H2 W2"]:
    """Halve the size through the smoothing filter."""
    return smooth(x, smoothing, padding=1, stride=2)


class EqualisedConvolution(nn.Module):
    """Convolution with run-time gain; `down` halves the size; `activate` adds bias, leaky ReLU and clamp."""

    def __init__(self, inputs: int, outputs: int, kernel: int, down: bool = False, activate: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if activate else None
        self.register_buffer("resample_filter", make_smoothing_filter())
        self.down, self.gain = down, 1 / math.sqrt(inputs * kernel**2)

    def forward(self, x: Float[Tensor, "B I H W"], gain: float = 1.0) -> Float[Tensor, "B O H2 W2"]:
        weight, smoothing = (self.weight * self.gain).to(x.dtype), self.get_buffer("resample_filter")
        if not self.down:
            y = F.conv2d(x, weight, padding=weight.shape[-1] // 2)
        elif weight.shape[-1] == 1:
            y = F.conv2d(downsample(x, smoothing), weight)
        else:
            y = F.conv2d(smooth(x, smoothing, padding=2), weight, stride=2)
        if self.bias is None:
            return y * gain
        return leaky_relu(y + self.bias[:, None, None].to(y.dtype), gain, ACTIVATION_CLAMP)


class DiscriminatorBlock(nn.Module):
    """Two convolutions and a skip to half the size; the first block also takes the pictures."""

    def __init__(self, inputs: int, outputs: int, picture_channels: int = 0) -> None:
        super().__init__()
        self.register_buffer("resample_filter", make_smoothing_filter())
        self.fromrgb = EqualisedConvolution(picture_channels, inputs, 1) if picture_channels else None
        self.conv0 = EqualisedConvolution(inputs, inputs, 3)
        self.conv1 = EqualisedConvolution(inputs, outputs, 3, down=True)
        self.skip = EqualisedConvolution(inputs, outputs, 1, down=True, activate=False)

    def forward(self, x: Float[Tensor, "B I H W"]) -> Float[Tensor, "B O H2 W2"]:
        x = x if self.fromrgb is None else self.fromrgb(x)
        beside = self.skip(x, math.sqrt(0.5))
        return beside + self.conv1(self.conv0(x), math.sqrt(0.5))


class DiscriminatorEpilogue(nn.Module):
    """Minibatch standard deviation as one more channel, then one logit per picture and label."""

    def __init__(self, channels: int, group: int, label_dim: int) -> None:
        super().__init__()
        self.group = group
        self.conv = EqualisedConvolution(channels + 1, channels, 3)
        self.fc = FullyConnected(channels * 16, channels, activate=True)
        self.out = FullyConnected(channels, label_dim)

    def forward(self, x: Float[Tensor, "B C 4 4"], label: Float[Tensor, "B D"]) -> Float[Tensor, "B 1"]:
        x = torch.cat([x, compute_batch_deviation(x, self.group)], dim=1)
        x = self.out(self.fc(self.conv(x).flatten(1)))
        return (x * label).sum(dim=1, keepdim=True) / math.sqrt(label.shape[1])


def compute_batch_deviation(x: Float[Tensor, "B C H W"], group: int) -> Float[Tensor, "B 1 H W"]:
    """Return the mean standard deviation within groups; the batch is one group if `group` does not divide it."""
    count = min(group, len(x)) if len(x) % min(group, len(x)) == 0 else len(x)
    grouped = x.unflatten(0, (count, -1))
    spread = (grouped - grouped.mean(dim=0)).square().mean(dim=0).add(1e-8).sqrt().mean(dim=(1, 2, 3))
    return spread.repeat(count)[:, None, None, None].expand(-1, 1, *x.shape[2:])


class DualDiscriminator(nn.Module):
    """Discriminates finished and raw pictures jointly, so that the two stay consistent."""

    def __init__(self, config: DualDiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("resample_filter", make_smoothing_filter())
        self.resolutions = [2**i for i in range(config.size.bit_length() - 1, 2, -1)]
        for resolution in self.resolutions:
            pictures = (6 if config.dual else 4) if resolution == config.size else 0
            block = DiscriminatorBlock(self.channels(resolution), self.channels(resolution // 2), pictures)
            setattr(self, f"b{resolution}", block)
        last = self.channels(4)
        self.mapping = MappingNetwork(0, LABEL_DIM, last, config.mapping_layers, track_average=False)
        self.b4 = DiscriminatorEpilogue(last, config.group, last)

    def channels(self, resolution: int) -> int:
        return min(self.config.channel_base // resolution, self.config.channel_max)

    def forward(
        self, rgb: Float[Tensor, "B C S S"], raw_rgb: Float[Tensor, "B 3 R R"] | None, label: Float[Tensor, "B 25"]
    ) -> Float[Tensor, "B 1"]:
        """Return logits, large for real pictures.

        Pictures are in [-1, 1]; `raw_rgb` where it is `dual`. `label`: of `make_camera_labels`
        or `make_pose_labels`.
        """
        x = (
            rgb
            if raw_rgb is None
            else torch.cat([rgb, resize_bilinear(raw_rgb, self.config.size, antialias=True)], dim=1)
        )
        for place, resolution in enumerate(self.resolutions):
            halved = place < self.config.float16_blocks
            x = self.get_submodule(f"b{resolution}")(cast_block_input(x, True) if halved else x.to(rgb.dtype))
        return self.b4(x.float(), self.mapping(None, label))
