"""The layers that StyleGAN2's networks share (Karras et al. 2020), as PAniC-3D's checkpoints name them.

Weights are stored unscaled and multiplied by their gain at run time (equalised learning rate).
"""

import math
from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

Noise = Literal["random", "const", "none"]
NoiseSource = Callable[[int], Tensor]
"""From a resolution to standard normal noise of each picture of a batch, (B, 1, R, R)."""
LRELU_SLOPE, LRELU_GAIN = 0.2, math.sqrt(2)
EPSILON = 1e-8


def normalise_second_moment(x: Float[Tensor, "B C"]) -> Float[Tensor, "B C"]:
    """Scale features so that their mean square over channels is 1."""
    return x * (x.square().mean(dim=1, keepdim=True) + EPSILON).rsqrt()


def leaky_relu(x: Float[Tensor, "..."], gain: float = 1.0, clamp: float | None = None) -> Float[Tensor, "..."]:
    """Apply leaky ReLU with StyleGAN2's gain of sqrt(2), then clip to plus and minus clamp * gain."""
    y = F.leaky_relu(x, LRELU_SLOPE) * (LRELU_GAIN * gain)
    return y if clamp is None else y.clamp(-clamp * gain, clamp * gain)


def cast_block_input(x: Float[Tensor, "B C H W"], float16: bool) -> Float[Tensor, "B C H W"]:
    """Return the input of a block in the type that the block computes in: float16 if wanted, as published on GPUs only.

    A CPU has no fast float16 convolutions.
    """
    return x.half() if float16 and x.device.type == "cuda" else x


class FullyConnected(nn.Module):
    """Linear layer with run-time gain; `lr_multiplier` scales its learning rate without changing its result."""

    def __init__(
        self, inputs: int, outputs: int, activate: bool = False, lr_multiplier: float = 1.0, bias: float = 0.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr_multiplier)
        self.bias = nn.Parameter(torch.full((outputs,), bias / lr_multiplier))
        self.activate = activate
        self.weight_gain, self.bias_gain = lr_multiplier / math.sqrt(inputs), lr_multiplier

    def forward(self, x: Float[Tensor, "*B I"]) -> Float[Tensor, "*B O"]:
        y = F.linear(x, self.weight * self.weight_gain, self.bias * self.bias_gain)
        return leaky_relu(y) if self.activate else y


def make_smoothing_filter() -> Float[Tensor, "4 4"]:
    """Return the outer product of [1, 3, 3, 1] / 8 with itself."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    return taps[:, None] * taps[None, :]


def upsample(x: Float[Tensor, "B C H W"], smoothing: Float[Tensor, "4 4"]) -> Float[Tensor, "B C H2 W2"]:
    """Double the size by inserting zeros and applying the smoothing filter.

    Always in float32: on a CPU the depthwise operation takes fifty times as long in bfloat16.
    """
    with torch.autocast(x.device.type, enabled=False):
        kernel = (smoothing * 4).expand(x.shape[1], 1, 4, 4)
        return F.conv_transpose2d(x.float(), kernel, stride=2, padding=1, groups=x.shape[1])
