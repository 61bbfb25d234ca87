"""Similarity of generated and true pictures: the kernel distance of their features (KID, Binkowski et al. 2018).

With AlexNet's features, which the project has for LPIPS, where published figures have Inception's: numbers of one run
can be compared with another's, not with a paper's.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.weights.lpips import Lpips

MIN_PICTURE_SIDE = 64
"""Side of the smallest picture that AlexNet takes."""


@torch.no_grad()
def compute_picture_features(lpips: Lpips, rgb: Float[Tensor, "N 3 S S"]) -> Float[Tensor, "N F"]:
    """Return AlexNet's last convolution, averaged over the picture; RGB in [-1, 1]."""
    if rgb.shape[-1] < MIN_PICTURE_SIDE:
        rgb = F.interpolate(rgb, (MIN_PICTURE_SIDE, MIN_PICTURE_SIDE), mode="bilinear", align_corners=False)
    scaled = lpips.network.get_submodule("scaling_layer")(rgb)
    return lpips.network.get_submodule("net")(scaled)[-1].mean(dim=(2, 3))


def compute_kernel_distance(ours: Float[Tensor, "N F"], true: Float[Tensor, "M F"]) -> float:
    """Return the unbiased squared maximum mean discrepancy under the kernel (x.y / F + 1)^3; it may be below 0."""

    def kernel(a: Float[Tensor, "N F"], b: Float[Tensor, "M F"]) -> Float[Tensor, "N M"]:
        return (a.double() @ b.double().t() / a.shape[1] + 1) ** 3

    def within(x: Float[Tensor, "N F"]) -> float:
        k = kernel(x, x)
        return ((k.sum() - k.diagonal().sum()) / (len(x) * (len(x) - 1))).item()

    return within(ours) + within(true) - 2 * kernel(ours, true).mean().item()
