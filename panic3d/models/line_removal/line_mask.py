"""Line masks: a one-sided difference of Gaussians, which finds a stroke once and not both its edges."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

LUMA_WEIGHTS = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class LineMaskConfig:
    """The defaults are the published values."""

    sigma_px: float = 0.5
    sigma_ratio: float = 1.6
    """Standard deviation of the wider Gaussian over that of the narrower one."""
    gain: float = 1.0
    threshold: float = 0.01
    """How much darker than its surroundings a line must be, on a scale of 1."""
    dilation_px: int = 2
    """Side of the square by which the mask is dilated; an even one reaches further down and to the right."""


PUBLISHED_LINE_MASK = LineMaskConfig()


def compute_line_response(
    rgb: Float[Tensor, "B 3 H W"], config: LineMaskConfig = PUBLISHED_LINE_MASK
) -> Float[Tensor, "B H W"]:
    """Return a response over one half at lines, for pictures on white in [0, 1]."""
    grey = torch.einsum("bchw,c->bhw", rgb, torch.tensor(LUMA_WEIGHTS).to(rgb))
    fine = _blur(grey, 5, config.sigma_px)
    coarse = _blur(grey, 7, config.sigma_px * config.sigma_ratio)
    return (0.5 + config.gain * (coarse - fine) - config.threshold).clamp(0, 1)


def compute_line_mask(
    rgb: Float[Tensor, "B 3 H W"], config: LineMaskConfig = PUBLISHED_LINE_MASK
) -> Bool[Tensor, "B H W"]:
    """Return the dilated line pixels of pictures on white in [0, 1]."""
    return dilate(compute_line_response(rgb, config) > 0.5, config.dilation_px)


def dilate(mask: Bool[Tensor, "B H W"], side_px: int) -> Bool[Tensor, "B H W"]:
    """Dilate a mask by a square; one of an even side reaches a pixel further towards higher rows and columns."""
    before, after = side_px // 2, (side_px - 1) // 2
    padded = F.pad(mask.float(), (before, after, before, after))
    return F.max_pool2d(padded[:, None], side_px, stride=1)[:, 0] > 0


def _blur(grey: Float[Tensor, "B H W"], taps: int, sigma_px: float) -> Float[Tensor, "B H W"]:
    offsets = torch.arange(taps, dtype=grey.dtype, device=grey.device) - taps // 2
    kernel = torch.exp(-(offsets**2) / (2 * sigma_px**2))
    kernel = kernel / kernel.sum()
    around = taps // 2
    padded = F.pad(grey[:, None], (around,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel[None, None, :, None]), kernel[None, None, None])[:, 0]
