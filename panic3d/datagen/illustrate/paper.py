"""Paper and media: grain, hatching, screen tone, washes."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate.noise import blur, make_smooth_noise
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.interpolation import smoothstep


def make_grain(rng: np.random.Generator, size: int, coarse_px: float) -> Float[np.ndarray, "S S"]:
    """Draw the grain of the paper, of unit variance."""
    fine = rng.standard_normal((size, size)).astype(np.float32)
    mixed = blur(fine, max(coarse_px, 0.3))
    return mixed / mixed.std()


def draw_hatching(
    tone: Float[np.ndarray, "S S"],
    angle_rad: float,
    spacing_px: float,
    wander: Float[np.ndarray, "S S"],
    grain: Float[np.ndarray, "S S"],
) -> Float[np.ndarray, "S S"]:
    """Draw parallel pencil lines that are wider where the tone is darker; none below a tenth."""
    size = tone.shape[0]
    row, column = np.mgrid[:size, :size].astype(np.float32)
    across = -np.sin(angle_rad) * column + np.cos(angle_rad) * row + 1.2 * wander
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * across / spacing_px)
    ink = smoothstep(1.0 - 0.75 * tone, 1.25 - 0.75 * tone, wave + 0.06 * grain)
    return ink * smoothstep(0.05, 0.2, tone)


def draw_screen_tone(tone: Float[np.ndarray, "S S"], spacing_px: float) -> Float[np.ndarray, "S S"]:
    """Draw the dots of a manga page on a diagonal raster, whose area is the tone."""
    size = tone.shape[0]
    row, column = np.mgrid[:size, :size].astype(np.float32) * np.float32(np.pi * np.sqrt(2) / spacing_px)
    raster = 0.5 + 0.25 * (np.cos(row + column) + np.cos(row - column))
    return smoothstep(-0.12, 0.12, tone - raster) * smoothstep(0.04, 0.12, tone)


def make_wash(rng: np.random.Generator, size: int, unit: float) -> Float[np.ndarray, "S S"]:
    """Draw uneven pigment: clouds at several scales, of about unit variance."""
    field = sum(
        make_smooth_noise(rng, size, wave * unit) * weight for wave, weight in ((90, 0.7), (35, 0.5), (14, 0.3))
    )
    return np.asarray(field, np.float32)


def compute_pooling(passes: PortraitPasses) -> Float[np.ndarray, "S S"]:
    """Return the density of pigment that gathers at the borders of the parts, where a wash ends."""
    edge = np.zeros_like(passes.alpha)
    for name in ("face", "hair", "cloth", "accessory", "other"):
        mask = passes.mask_parts(name)
        edge += mask * smoothstep(0.15, 0.6, 1 - blur(mask, 2.5 * passes.unit))
    return edge
