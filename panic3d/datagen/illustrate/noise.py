"""Smooth random fields and blurs, from which the unevenness of lines and tones is made."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float


def to_float32(values: Sequence[Any]) -> Float[np.ndarray, "..."]:
    """Convert a colour, vector or matrix to the precision of the images."""
    return np.asarray(values, np.float32)


def make_smooth_noise(
    rng: np.random.Generator, size: int, wave_x_px: float, wave_y_px: float | None = None
) -> Float[np.ndarray, "S S"]:
    """Draw a field of about unit variance that varies over the given wavelengths in pixels."""
    across = max(2, round(size / wave_x_px) + 2)
    down = max(2, round(size / (wave_y_px or wave_x_px)) + 2)
    coarse = rng.standard_normal((down, across)).astype(np.float32)
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC) * 1.3


def blur(field: np.ndarray, sigma_px: float) -> np.ndarray:
    """Blur with a Gaussian; the border pixels are replicated."""
    return cv2.GaussianBlur(field, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)


def blur_within(field: np.ndarray, mask: Float[np.ndarray, "S S"], sigma_px: float) -> np.ndarray:
    """Return the Gaussian mean over the masked pixels only."""
    weight = blur(mask, sigma_px)
    shape = (...,) + (None,) * (field.ndim - 2)
    return blur(field * mask[shape], sigma_px) / np.maximum(weight, 1e-4)[shape]
