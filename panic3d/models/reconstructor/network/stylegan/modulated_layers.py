"""Convolutions whose weights are scaled by styles (StyleGAN2's modulation)."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.reconstructor.network.stylegan.cpu_convolutions import (
    add_projection,
    convolve_3x3,
    project_1x1,
    upsample_and_convolve,
)
from panic3d.models.reconstructor.network.stylegan.layers import (
    EPSILON,
    LRELU_GAIN,
    LRELU_SLOPE,
    FullyConnected,
    Noise,
    NoiseSource,
    leaky_relu,
    make_smoothing_filter,
)


def modulate_and_convolve(
    x: Float[Tensor, "B I H W"],
    weight: Float[Tensor, "O I K K"],
    styles: Float[Tensor, "B I"],
    demodulate: bool,
    smoothing: Float[Tensor, "4 4"] | None = None,
) -> Float[Tensor, "B O H2 W2"]:
    """Convolve with weights that are scaled by styles and, with `demodulate`, normalised; `smoothing` doubles the size.

    The scales are applied to activations rather than to a weight per sample: the same result with one convolution for
    the whole batch, which is faster. In float16 styles and weights are scaled to at most 1 and 1 / sqrt(I K K) before
    they are multiplied, so that no sum overflows; the normalisation undoes both scales.
    """
    if demodulate and x.dtype == torch.float16:
        weight = weight / (math.sqrt(weight[0].numel()) * weight.abs().amax(dim=(1, 2, 3), keepdim=True))
        styles = styles / styles.abs().amax(dim=1, keepdim=True)
    x = x * styles[:, :, None, None].to(x.dtype)
    kernels = weight.to(x.dtype)
    if smoothing is None:
        y = F.conv2d(x, kernels, padding=weight.shape[-1] // 2)
    else:
        y = F.conv_transpose2d(x, kernels.transpose(0, 1), stride=2)
        kernel = (smoothing * 4).to(y.dtype).expand(y.shape[1], 1, 4, 4)
        y = F.conv2d(y, kernel, padding=1, groups=y.shape[1])
    if demodulate:
        energy = F.linear(styles.float().square(), weight.float().square().sum(dim=(2, 3)))
        y = y * (energy + EPSILON).rsqrt()[:, :, None, None].to(y.dtype)
    return y


def is_single_inference(batch: Float[Tensor, "B ..."]) -> bool:
    """Return whether the fast paths apply, which scale the weights and write results in place."""
    return len(batch) == 1 and not torch.is_grad_enabled() and batch.dtype != torch.float16


def modulate_weight(
    weight: Float[Tensor, "O I K K"], styles: Float[Tensor, "1 I"], norm: float
) -> Float[Tensor, "O I K K"]:
    """Scale weights by styles, then the weights of each output to a norm."""
    scaled = weight.flatten(1) * styles.repeat_interleave(weight[0, 0].numel(), dim=1)
    energy = torch.linalg.vector_norm(scaled, dim=1, keepdim=True).square()
    return scaled.mul_(norm * (energy + EPSILON).rsqrt()).view_as(weight)


class SynthesisLayer(nn.Module):
    """Modulated 3x3 convolution, noise, leaky ReLU; `up` doubles the size."""

    def __init__(
        self, inputs: int, outputs: int, w_dim: int, resolution: int, up: bool = False, clamp: float | None = None
    ) -> None:
        super().__init__()
        self.affine = FullyConnected(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        self.register_buffer("resample_filter", make_smoothing_filter())
        self.up, self.clamp = up, clamp

    def forward(
        self, x: Float[Tensor, "B I H W"], w: Float[Tensor, "B D"], noise: Noise | NoiseSource, gain: float = 1.0
    ) -> Float[Tensor, "B O H2 W2"]:
        if is_single_inference(x):
            return self._forward_single(x, w, noise, gain)
        smoothing = self.get_buffer("resample_filter") if self.up else None
        y = modulate_and_convolve(x, self.weight, self.affine(w), True, smoothing)
        if noise != "none":
            y = y + (self._get_unit_noise(y, noise) * self.noise_strength).to(y.dtype)
        return leaky_relu(y + self.bias[:, None, None].to(y.dtype), gain, self.clamp)

    def _forward_single(
        self, x: Float[Tensor, "1 I H W"], w: Float[Tensor, "1 D"], noise: Noise | NoiseSource, gain: float
    ) -> Float[Tensor, "1 O H2 W2"]:
        """Apply the gain to weights, bias and noise, since leaky ReLU is homogeneous: fewer passes over pixels."""
        inner = LRELU_GAIN * gain
        weight, bias = modulate_weight(self.weight, self.affine(w), inner), self.bias * inner
        y = (
            upsample_and_convolve(x, weight, bias, self.get_buffer("resample_filter"))
            if self.up
            else convolve_3x3(x, weight, bias)
        )
        if noise != "none":
            y.add_(self._get_unit_noise(y, noise) * (self.noise_strength * inner))
        F.leaky_relu_(y, LRELU_SLOPE)
        return y if self.clamp is None else y.clamp_(-self.clamp * gain, self.clamp * gain)

    def _get_unit_noise(self, y: Float[Tensor, "B O H W"], noise: Noise | NoiseSource) -> Float[Tensor, "*B H W"]:
        if callable(noise):
            return noise(y.shape[-1]).to(y)
        return self.get_buffer("noise_const") if noise == "const" else torch.randn_like(y[:, :1])


class ToRGB(nn.Module):
    """Modulated 1x1 convolution without demodulation: from features to channels of the picture or planes."""

    def __init__(self, inputs: int, outputs: int, w_dim: int, clamp: float | None = None) -> None:
        super().__init__()
        self.affine = FullyConnected(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gain, self.clamp = 1 / math.sqrt(inputs), clamp

    def forward(self, x: Float[Tensor, "B I H W"], w: Float[Tensor, "B D"]) -> Float[Tensor, "B O H W"]:
        y = modulate_and_convolve(x, self.weight, self.affine(w) * self.gain, False)
        y = y + self.bias[:, None, None].to(y.dtype)
        return y if self.clamp is None else y.clamp(-self.clamp, self.clamp)

    def add_to_image(
        self, image: Float[Tensor, "1 O H W"], x: Float[Tensor, "1 I H W"], w: Float[Tensor, "1 D"]
    ) -> Float[Tensor, "1 O H W"]:
        """Add the result of `forward` for a single picture to `image`, in place where possible."""
        weight = self.weight[:, :, 0, 0] * (self.affine(w) * self.gain)
        if self.clamp is None:
            return add_projection(image, x, weight, self.bias)
        return image.add_(project_1x1(x, weight, self.bias).clamp_(-self.clamp, self.clamp))
