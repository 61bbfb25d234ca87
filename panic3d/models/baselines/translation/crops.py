"""Random crops of pictures around the character."""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from panic3d.cameras.compositing import composite_on_white
from panic3d.datasets.drawings import PortraitSet


def draw_random_crops(
    pictures: PortraitSet, count: int, resized_px: int, crop_px: int, rng: np.random.Generator
) -> Float[Tensor, "B 3 P P"]:
    """Draw crops in [-1, 1] on white, each mirrored or not."""
    crops = [
        draw_random_crop(pictures.get_picture(int(rng.integers(len(pictures)))), resized_px, crop_px, rng)
        for _ in range(count)
    ]
    return 2 * torch.stack(crops) - 1


def draw_random_crop(
    rgba: UInt8[np.ndarray, "S S 4"], resized_px: int, crop_px: int, rng: np.random.Generator
) -> Float[Tensor, "3 P P"]:
    """Draw a crop in [0, 1] around an opaque pixel, within the picture."""
    scale = resized_px / len(rgba)
    opaque = np.flatnonzero(rgba[..., 3])
    centre = divmod(int(opaque[rng.integers(len(opaque))]) if len(opaque) else rgba[..., 3].size // 2, len(rgba))
    corner = [int(np.clip(round(c * scale) - crop_px // 2, 0, resized_px - crop_px)) for c in centre]
    mirrored = rng.random() < 0.5
    if resized_px == len(rgba):  # only the part is worked on
        part = composite_on_white(rgba[corner[0] : corner[0] + crop_px, corner[1] : corner[1] + crop_px])
        crop = torch.from_numpy(part).permute(2, 0, 1)
    else:
        whole = resize_clamped(torch.from_numpy(composite_on_white(rgba)).permute(2, 0, 1)[None], resized_px)[0]
        crop = whole[:, corner[0] : corner[0] + crop_px, corner[1] : corner[1] + crop_px]
    return (crop.flip(2) if mirrored else crop).contiguous()


def resize_clamped(picture: Float[Tensor, "B 3 S S"], size: int) -> Float[Tensor, "B 3 R R"]:
    return F.interpolate(picture, (size, size), mode="bilinear", align_corners=False, antialias=True).clamp(0, 1)
