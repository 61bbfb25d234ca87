"""Random changes of portraits: errors of alignment and matting, other colours, blur and noise."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.models.portrait.alignment.warp import warp_affine
from panic3d.models.portrait.training.augmentation import degrade, jitter_colours, sample_linear_map
from panic3d.models.portrait.training.backgrounds import draw_background


@dataclass(frozen=True)
class AugmentationConfig:
    """Probabilities, and standard deviations of the errors of an alignment."""

    shift: float = 0.012
    """In sides of the picture."""
    zoom: float = 0.04
    """Of the logarithm of the scale."""
    turn_rad: float = 0.04
    stretch: float = 0.02
    shear: float = 0.02
    recolour: float = 0.7
    """Share of pictures whose colours change; parameters of colour are measured, not predicted."""
    matte: float = 0.35
    """Share of pictures with errors of the matte."""


def augment_portrait(
    premultiplied: Float[np.ndarray, "S S 4"], config: AugmentationConfig, generator: np.random.Generator
) -> Float[np.ndarray, "S S 4"]:
    """Return a changed picture; premultiplied, in [0, 1]."""
    size = len(premultiplied)
    linear = sample_linear_map(generator, config.turn_rad, config.stretch, config.shear)
    linear *= np.exp(generator.normal(0, config.zoom))
    middle, shift = np.full(2, size / 2), generator.normal(0, config.shift, 2) * size
    moved = warp_affine(premultiplied, np.column_stack([linear, middle + shift - linear @ middle]), size)
    alpha = moved[..., 3:]
    colour = moved[..., :3] / np.maximum(alpha, 1e-3)
    if generator.random() < config.recolour:
        colour = jitter_colours(colour, generator)
    if generator.random() < config.matte:
        colour, alpha = _spoil_matte(colour, alpha, generator)
    return np.concatenate([degrade(colour * alpha, generator), alpha], axis=2).astype(np.float32, copy=False)


def _spoil_matte(
    colour: Float[np.ndarray, "S S 3"], alpha: Float[np.ndarray, "S S 1"], generator: np.random.Generator
) -> tuple[Float[np.ndarray, "S S 3"], Float[np.ndarray, "S S 1"]]:
    """Shrink or widen the matte, and let blobs near the outline be cut off or show the background."""
    size = len(alpha)
    behind = draw_background(generator, size)
    full = colour * alpha + behind * (1 - alpha)
    noise = cv2.resize(generator.normal(0, 1, (12, 12)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    outside = cv2.distanceTransform((alpha[..., 0] < 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    inside = cv2.distanceTransform((alpha[..., 0] >= 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    distance_px = inside - outside + noise * generator.uniform(0, 0.012) * size + generator.normal(0, 0.004) * size
    return full, np.clip(distance_px + 0.5, 0, 1)[..., None].astype(np.float32)
