"""Smooth random fields and steps: what makes a hand's line and a brush's tone uneven."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float


def single(values: Sequence[Any]) -> Float[np.ndarray, "..."]:
    """A colour, vector or matrix in the pictures' own precision."""
    return np.asarray(values, np.float32)


def smooth_noise(
    rng: np.random.Generator, size: int, wave_x_px: float, wave_y_px: float | None = None
) -> Float[np.ndarray, "S S"]:
    """A field of about unit variance that changes over the given wavelengths."""
    across = max(2, round(size / wave_x_px) + 2)
    down = max(2, round(size / (wave_y_px or wave_x_px)) + 2)
    coarse = rng.standard_normal((down, across)).astype(np.float32)
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC) * 1.3


def blur(field: np.ndarray, sigma_px: float) -> np.ndarray:
    return cv2.GaussianBlur(field, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)


def blur_within(field: np.ndarray, mask: Float[np.ndarray, "S S"], sigma_px: float) -> np.ndarray:
    """A Gaussian mean over the masked pixels alone."""
    weight = blur(mask, sigma_px)
    shape = (...,) + (None,) * (field.ndim - 2)
    return blur(field * mask[shape], sigma_px) / np.maximum(weight, 1e-4)[shape]
