"""Random changes of pictures, so that networks trained on generated drawings work on others: colours, blur, noise."""

import cv2
import numpy as np
from jaxtyping import Float

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def jitter_colours(rgb: Float[np.ndarray, "S S 3"], generator: np.random.Generator) -> Float[np.ndarray, "S S 3"]:
    """Rotate the hue, and change saturation, contrast and brightness; a tenth becomes grey.

    All of it is one affine map of the colour.
    """
    grey = np.tile(LUMA, (3, 1))
    saturation = 0.0 if generator.random() < 0.1 else generator.uniform(0.5, 1.4)
    linear = grey + saturation * _make_hue_rotation(generator.normal(0, 0.35)) @ (np.eye(3) - grey)
    contrast, brightness = generator.uniform(0.7, 1.2), generator.normal(0, 0.08)
    tint = generator.normal(1, 0.06, 3)
    affine = tint[:, None] * np.column_stack([contrast * linear, np.full(3, 0.5 - 0.5 * contrast + brightness)])
    return cv2.transform(rgb, affine).clip(0, 1).astype(np.float32, copy=False)


def degrade(rgb: Float[np.ndarray, "S S 3"], generator: np.random.Generator) -> Float[np.ndarray, "S S 3"]:
    """Blur, downsample or add noise, each with some probability."""
    size = len(rgb)
    if generator.random() < 0.25:
        rgb = cv2.GaussianBlur(rgb, (0, 0), generator.uniform(0.3, 1.5))
    if generator.random() < 0.2:
        smaller = int(size * generator.uniform(0.3, 0.9))
        rgb = cv2.resize(cv2.resize(rgb, (smaller, smaller), interpolation=cv2.INTER_AREA), (size, size))
    if generator.random() < 0.3:
        deviation = np.float32(generator.uniform(0.005, 0.04))
        rgb = rgb + deviation * generator.standard_normal(rgb.shape, np.float32)
    return np.clip(rgb, 0, 1).astype(np.float32, copy=False)


def sample_linear_map(
    generator: np.random.Generator, turn_rad: float, stretch: float, shear: float
) -> Float[np.ndarray, "2 2"]:
    """Return a random linear map near the identity; the three settings are standard deviations."""
    angle, longer, slant = generator.normal(0, 1, 3) * [turn_rad, stretch, shear]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.array([[np.exp(longer / 2), slant], [0, np.exp(-longer / 2)]])


def _make_hue_rotation(angle: float) -> Float[np.ndarray, "3 3"]:
    """Rotation of colours about the grey axis."""
    axis = np.full(3, 3**-0.5)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return (np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross).astype(np.float32)
