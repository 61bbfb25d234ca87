"""Image metrics: PSNR, SSIM and LPIPS of images on white, float32 RGB in [0, 1]."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.weights.lpips import Lpips

PSNR_CAP_DB = 100.0
MIN_RANGE = 1 / 255
"""Lower limit of the data range, for true images that are all black."""
WINDOW, SIGMA_PX = 11, 1.5
K1, K2 = 0.01, 0.03


def to_image_batch(rgb: Float[np.ndarray, "H W 3"]) -> Float[Tensor, "1 3 H W"]:
    """Return an image as a contiguous float32 batch of one."""
    return torch.from_numpy(np.ascontiguousarray(rgb, np.float32)).permute(2, 0, 1)[None].contiguous()


def psnr_db(
    prediction: Float[Tensor, "N 3 H W"], target: Float[Tensor, "N 3 H W"], data_range: float = 1.0
) -> Float[Tensor, "N"]:
    """Return the peak signal-to-noise ratio, 10 log10(data_range^2 / MSE), in dB; higher is better.

    Source: Huynh-Thu & Ghanbari, Electronics Letters 44(13), 2008.

    `data_range` is not derived from the images. Identical images give 100 dB instead of infinity, so that means stay
    finite.
    """
    mse = (prediction - target).square().mean(dim=(1, 2, 3)) / max(data_range, MIN_RANGE) ** 2
    return -10 * torch.log10(mse.clamp(min=10 ** (-PSNR_CAP_DB / 10)))


def compute_data_range(target: Float[Tensor, "N 3 H W"]) -> float:
    """Return the data range that torchmetrics 0.9.3 derives from a true image: max(0, maximum) - min(0, minimum)."""
    return max(0.0, target.max().item()) - min(0.0, target.min().item())


def ssim(prediction: Float[Tensor, "N 3 H W"], target: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N"]:
    """Return the structural similarity (Wang et al., IEEE TIP 13(4), 2004, eq. 13), at most 1; higher is better.

    Gaussian window 11x11 with sigma 1.5 pixels, K1 = 0.01, K2 = 0.03, data range 1, population moments; the mean over
    channels and over the windows that lie inside the image. Raises ValueError for images with a side under 11 pixels.
    """
    if min(prediction.shape[2:]) < WINDOW:
        raise ValueError(f"expected pictures of at least {WINDOW} pixels a side, got {tuple(prediction.shape)}")
    # a single image fits into the processor's cache: six times faster than the batch
    return torch.stack([_ssim(x, y) for x, y in zip(prediction, target, strict=True)])


def _ssim(x: Float[Tensor, "3 H W"], y: Float[Tensor, "3 H W"]) -> Float[Tensor, ""]:
    mean_x, mean_y, mean_xx, mean_yy, mean_xy = (_blur(z) for z in (x, y, x * x, y * y, x * y))
    variance_x, variance_y = mean_xx - mean_x**2, mean_yy - mean_y**2
    covariance = mean_xy - mean_x * mean_y
    c1, c2 = K1**2, K2**2
    score = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    )
    return score.mean()


def _blur(x: Float[Tensor, "3 H W"]) -> Float[Tensor, "3 h w"]:
    """Filter with the Gaussian windows that lie inside the image.

    A weighted sum of shifted images is several times faster here than a convolution.
    """
    offset = torch.arange(WINDOW) - WINDOW // 2
    weights = torch.exp(-0.5 * (offset / SIGMA_PX) ** 2)
    for axis in (1, 2):
        length = x.shape[axis] - WINDOW + 1
        shifted = [x.narrow(axis, start, length) for start in range(WINDOW)]
        total = torch.zeros_like(shifted[0])
        for part, weight in zip(shifted, (weights / weights.sum()).tolist(), strict=True):
            total.add_(part, alpha=weight)
        x = total
    return x


def lpips(
    module: Lpips, prediction: Float[Tensor, "N 3 H W"], target: Float[Tensor, "N 3 H W"], signed: bool = True
) -> Float[Tensor, "N"]:
    """Return the learned perceptual distance (Zhang et al., CVPR 2018; v0.1, AlexNet), no unit; lower is better.

    Images are scaled to [-1, 1], as the network expects, if `signed`; the published evaluation of the paper passes
    [0, 1]. They are moved to the network's device, the result to the CPU.
    """
    device = next((parameter.device for parameter in module.parameters()), None)
    pair = [(2 * picture - 1 if signed else picture).to(device) for picture in (prediction, target)]
    with torch.no_grad():
        return module(*pair).cpu()
