"""sRGB and linear light."""

import numpy as np
from jaxtyping import Float


def linear_from_srgb(srgb: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Decode sRGB in [0, 1] to linear light (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Encode linear light as sRGB, clipped to [0, 1]."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
