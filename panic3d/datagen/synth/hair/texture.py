"""The hair texture: strips with painted strands, dark edges, a ring of highlights, and colour towards the tips."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.locks import COLUMNS, INNER, SECOND, UNDER
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours

HAIR_PIXELS = 512
EDGE_LINE = 0.7
"""Strength of the drawn line along both edges of a lock."""


@dataclass(frozen=True)
class HairColour:
    """The colours of a character's hair."""

    base: Colour = (0.33, 0.22, 0.18)
    tip: Colour = (0.33, 0.22, 0.18)
    """Colour of the ends of gradient hair; the base colour otherwise."""
    second: Colour = (0.52, 0.34, 0.25)
    """Colour of streaks and inner hair."""
    gloss: float = 0.6
    """Strength of the ring of highlights."""
    tip_from: float = 0.55
    """Where the tip colour begins, as a share of the lock's length."""


def compute_shadow_colour(colour: Colour, depth: float = 0.5) -> Colour:
    """Return a painted shadow's colour: darker, more saturated, slightly shifted to violet."""
    value = np.array(colour)
    saturated = value.mean() + (value - value.mean()) * 1.12
    cool = saturated * (1 - depth * np.array([0.92, 1.0, 0.78]))
    return tuple(np.clip(cool, 0.02, 1))


def _make_smooth_noise(rng: np.random.Generator, count: int, knots: int) -> Float[np.ndarray, " count"]:
    """Draw smooth random values in about [-1, 1]."""
    values = rng.uniform(-1, 1, knots)
    return np.interp(np.linspace(0, knots - 1, count), np.arange(knots), values)


def paint_hair(colour: HairColour, rng: np.random.Generator) -> UInt8[np.ndarray, "H W 4"]:
    """Paint the texture of all locks; `COLUMNS` in `locks` defines the columns."""
    size, strip = HAIR_PIXELS, HAIR_PIXELS // COLUMNS
    v = (np.arange(size) + 0.5)[:, None] / size
    picture = np.ones((size, size, 4), np.float32)
    s = (np.arange(strip) + 0.5) / strip * 2 - 1
    for column in range(COLUMNS):
        base = np.array(colour.second if column == SECOND else colour.base)
        light = np.array(mix_colours(tuple(base), (1.0, 0.98, 0.94), 0.55))
        dark = np.array(compute_shadow_colour(tuple(base)))
        tip = np.array(colour.tip)
        tip_light, tip_dark = (
            np.array(mix_colours(colour.tip, (1.0, 1.0, 1.0), 0.5)),
            np.array(compute_shadow_colour(colour.tip)),
        )
        fade = smoothstep(colour.tip_from, 0.95, v + 0.05 * _make_smooth_noise(rng, strip, 9))[..., None]
        if column == SECOND:
            fade = 0 * fade
        base, light, dark = (
            base + (tip - base) * fade,
            light + (tip_light - light) * fade,
            dark + (tip_dark - dark) * fade,
        )

        fine, coarse = _make_smooth_noise(rng, strip, 22), _make_smooth_noise(rng, strip, 7)
        strands = 0.22 * fine + 0.30 * coarse
        tone = -0.75 * np.clip(np.abs(s) - 0.45, 0, 1) ** 1.3 * 1.6 + strands[None] * 0.55
        tone = (
            tone
            - 0.55 * (1 - smoothstep(0.0, 0.16, v))
            - 0.12 * smoothstep(0.35, 0.6, v)
            + 0.10 * smoothstep(0.75, 1.0, v)
        )
        tone = tone + rng.uniform(-0.16, 0.14) - EDGE_LINE * smoothstep(0.80, 0.97, np.abs(s))
        if column == UNDER:
            tone = tone - 0.55
        if column == INNER:
            tone = 0.3 * tone - 0.95
        middle = 0.255 + 0.022 * _make_smooth_noise(rng, strip, 12) + 0.012 * _make_smooth_noise(rng, strip, 5)
        height = 0.030 + 0.012 * _make_smooth_noise(rng, strip, 14)
        ring = np.exp(-(np.abs((v - middle) / np.maximum(height, 0.01)) ** 3))
        shine = colour.gloss * ring * (0.75 + 0.25 * fine) * (1 - 0.7 * np.abs(s) ** 3) * (column < UNDER)
        low, high = np.clip(-tone, 0, 1)[..., None], np.clip(tone, 0, 1)[..., None]
        rgb = base + (dark - base) * low + (light - base) * high * 0.8
        rgb = rgb + (light - rgb) * np.clip(shine, 0, 1)[..., None]
        picture[:, column * strip : (column + 1) * strip, :3] = rgb
    return (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)
