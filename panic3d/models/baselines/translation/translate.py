"""Translation of one portrait by a generator."""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import UInt8
from torch import nn

from panic3d.cameras.compositing import composite_on_white, remove_white
from panic3d.models.baselines.translation.config import AnyTrainConfig, UgatitTrainConfig
from panic3d.models.baselines.translation.crops import resize_clamped

MULTIPLE_PX = 4
"""The sides of the networks' pictures are multiples of this."""


def translate_portrait(
    generator: nn.Module, config: AnyTrainConfig, rgba: UInt8[np.ndarray, "S S 4"]
) -> UInt8[np.ndarray, "S S 4"]:
    """Translate a portrait at the scale of training and resize it back; alpha is unchanged."""
    tied = isinstance(config, UgatitTrainConfig) and not config.model.light
    side = config.crop_px if tied else max(1, config.resized_px // MULTIPLE_PX) * MULTIPLE_PX
    picture = torch.from_numpy(composite_on_white(rgba)).permute(2, 0, 1)[None].contiguous()
    training = generator.training
    with torch.no_grad():
        given = picture if side == len(rgba) else resize_clamped(picture, side)
        made = generator.eval()((2 * given - 1).to(next(generator.parameters()))).picture.cpu() / 2 + 0.5
    generator.train(training)
    if side != len(rgba):
        made = F.interpolate(made, rgba.shape[:2], mode="bicubic", align_corners=False)
    straight = remove_white(made[0].permute(1, 2, 0).numpy(), rgba[..., 3:] / np.float32(255))
    rgb = np.round(straight.clip(0, 1) * 255).astype(np.uint8)
    return np.concatenate([np.where(rgba[..., 3:] > 0, rgb, rgba[..., :3]), rgba[..., 3:]], axis=-1)
