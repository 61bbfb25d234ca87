"""The conditioning of the backbone on the front picture at every scale (`cond_mode` of the released run).

Without gradients, features are changed in place: a copy of the planes costs half as much as a convolution.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.tensors import resize_bilinear


def condition_image(front_rgb: Float[Tensor, "B 3 S S"], gain: float) -> Float[Tensor, "B 3 S S"]:
    """Scale RGB on white from [0, 1] to plus and minus the gain, flipped so that rows ascend with y as in planes."""
    image = (2 * front_rgb - 1).flip(2) * gain
    return image.contiguous(
        memory_format=torch.channels_last
    )  # otherwise each resizing of three channels would convert it


def overwrite_last_channels(x: Float[Tensor, "B C R R"], image: Float[Tensor, "B I S S"]) -> Float[Tensor, "B C R R"]:
    """Replace the last channels by the resized picture (`concatfront`; the paper says "appended")."""
    picture, width = resize_bilinear(image, x.shape[-1]).to(x.dtype), image.shape[1]
    if torch.is_grad_enabled():
        return torch.cat([x[:, :-width], picture], dim=1)
    x[:, -width:] = picture
    return x


def pool_features(x: Float[Tensor, "B C H W"], divisor: int) -> Float[Tensor, "B C H W"]:
    """Replace half of the first C / divisor channels by their means over rows, half by those over columns (`crossavg`).

    This carries information along the axis that a plane shares with another one.
    """
    half = x.shape[1] // (2 * divisor)
    if not torch.is_grad_enabled():
        pixels = x.permute(0, 2, 3, 1)  # means over `channels_last` are fast only in the order of its memory
        pixels[..., :half] = pixels[..., :half].mean(dim=2, keepdim=True)
        pixels[..., half : 2 * half] = pixels[..., half : 2 * half].mean(dim=1, keepdim=True)
        return x
    rows = x[:, :half].mean(dim=3, keepdim=True).expand(-1, -1, -1, x.shape[3])
    columns = x[:, half : 2 * half].mean(dim=2, keepdim=True).expand(-1, -1, x.shape[2], -1)
    return torch.cat([rows, columns, x[:, 2 * half :]], dim=1)


def add_to_first_channels(x: Float[Tensor, "B C H W"], features: Float[Tensor, "B T H W"]) -> Float[Tensor, "B C H W"]:
    """Add features to the first channels (`reschonk_add` at 8x8; `inj_6b` for the picture in the planes)."""
    width = features.shape[1]
    if not torch.is_grad_enabled():
        x[:, :width] += features
        return x
    return torch.cat([x[:, :width] + features.to(x.dtype), x[:, width:]], dim=1)
