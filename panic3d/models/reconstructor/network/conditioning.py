"""How the front picture enters the backbone at every scale (panic3d code, cond_mode of the released run).

Without gradients, features are changed in the memory they have: at the planes' size a copy costs half a convolution.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.tensors import resize_bilinear


def condition_image(front_rgb: Float[Tensor, "B 3 S S"], gain: float) -> Float[Tensor, "B 3 S S"]:
    """RGB on white in [0, 1] to +-gain, flipped so that the row index grows with +y as the planes' does."""
    image = (2 * front_rgb - 1).flip(2) * gain
    return image.contiguous(memory_format=torch.channels_last)  # else each resizing of three channels makes it so


def overwrite_last_channels(x: Float[Tensor, "B C R R"], image: Float[Tensor, "B I S S"]) -> Float[Tensor, "B C R R"]:
    """The resized picture in place of the last channels (`concatfront`; the paper says "appended")."""
    picture, width = resize_bilinear(image, x.shape[-1]).to(x.dtype), image.shape[1]
    if torch.is_grad_enabled():
        return torch.cat([x[:, :-width], picture], dim=1)
    x[:, -width:] = picture
    return x


def pool_features(x: Float[Tensor, "B C H W"], divisor: int) -> Float[Tensor, "B C H W"]:
    """Of the first C / divisor channels, half become their mean along rows, half along columns (`crossavg`).

    It carries what is seen at one place of a plane along the axis that the plane shares with another one.
    """
    half = x.shape[1] // (2 * divisor)
    if not torch.is_grad_enabled():
        pixels = x.permute(0, 2, 3, 1)  # means over `channels_last` are quick only in the order of its memory
        pixels[..., :half] = pixels[..., :half].mean(dim=2, keepdim=True)
        pixels[..., half : 2 * half] = pixels[..., half : 2 * half].mean(dim=1, keepdim=True)
        return x
    rows = x[:, :half].mean(dim=3, keepdim=True).expand(-1, -1, -1, x.shape[3])
    columns = x[:, half : 2 * half].mean(dim=2, keepdim=True).expand(-1, -1, x.shape[2], -1)
    return torch.cat([rows, columns, x[:, 2 * half :]], dim=1)


def add_to_first_channels(x: Float[Tensor, "B C H W"], features: Float[Tensor, "B T H W"]) -> Float[Tensor, "B C H W"]:
    """Features added to the first channels (`reschonk_add` at 8x8; `inj_6b` for the picture in the planes)."""
    width = features.shape[1]
    if not torch.is_grad_enabled():
        x[:, :width] += features
        return x
    return torch.cat([x[:, :width] + features.to(x.dtype), x[:, width:]], dim=1)
