"""Light on the colours, and the media that lay both on paper."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate import face, hair, paper
from panic3d.datagen.illustrate.colour import LUMA, hue_turned
from panic3d.datagen.illustrate.fields import Fields
from panic3d.datagen.illustrate.light import Light, shadow
from panic3d.datagen.illustrate.noise import blur, single
from panic3d.datagen.illustrate.styles import Style, Tone
from panic3d.datagen.interpolation import smoothstep

Sheet = Float[np.ndarray, "S S"]
Colours = Float[np.ndarray, "S S 3"]
SECOND_SHADOW = 0.35
"""By how much the deeper shadow's threshold lies below the first's."""
HALO_HEIGHTS = (0.3, 0.6)
BLUSHED = (1.0, 0.78, 0.76)
MARK = (0.93, 0.5, 0.48)


@dataclass(frozen=True)
class Painting:
    """All that a medium needs to know: what is where, and how dark and bright the hand wants it."""

    fields: Fields
    style: Style
    light: Light
    tooth: Sheet
    colour: Colours
    """Local colours, with blush and hues that turn towards the tips."""
    shade: Colours
    """What full shadow multiplies the colour by."""
    dark: Sheet
    deep: Sheet
    bright: Sheet
    rng: np.random.Generator

    @property
    def ground(self) -> Float[np.ndarray, "3"]:
        return single(self.style.paper.colour)


def planned(
    fields: Fields, style: Style, light: Light, local: Colours, tooth: Sheet, rng: np.random.Generator
) -> Painting:
    """Where shadow, highlights, blush and other hues go."""
    tone, unit = style.tone, fields.unit
    dark = shadow(fields, light, tone.threshold + rng.uniform(-0.08, 0.08), tone.softness) * tone.shadow
    deep = np.zeros_like(dark)
    if tone.second:
        deep = shadow(fields, light, tone.threshold - SECOND_SHADOW, tone.softness) * tone.second
    halo = hair.halo(fields, light, rng, rng.uniform(*HALO_HEIGHTS), tone.halo_width * rng.uniform(0.7, 1.3))
    blush = face.blush(fields) * tone.blush * rng.uniform(0.6, 1.2)
    colour = local * (1 + blush[..., None] * (single(BLUSHED) - 1))
    if tone.glow:
        row = np.linspace(0, 1, fields.size, dtype=np.float32)[:, None] + 0.05 * light.uneven
        down = smoothstep(0.3, 0.85, row) * fields.of("hair")
        turn = rng.choice([-1, 1]) * rng.uniform(0.5, 1.0)
        colour = colour + (0.85 * hue_turned(colour, turn) - colour) * (tone.glow * down)[..., None]
    shade = np.broadcast_to(single(tone.skin_shade), local.shape)
    shade = np.where(fields.of("hair")[..., None] > 0, single(tone.hair_shade), shade)
    shade = np.where(fields.of("cloth", "accessory")[..., None] > 0, single(tone.cloth_shade), shade)
    bright = halo * tone.halo * (1 - 0.7 * dark)
    return Painting(fields, style, light, tooth, colour, blur(shade, 0.6 * unit), dark, deep, bright, rng)


def toned(painting: Painting) -> Colours:
    """The sheet before its lines."""
    return MEDIA[painting.style.tone.medium](painting)


def mark_colour(tone: Tone) -> Float[np.ndarray, "3"]:
    """Of the strokes on the cheeks."""
    return single(tone.mono or MARK)


def _cel(p: Painting) -> Colours:
    """Even colour, one or two steps of shadow."""
    colour = p.colour * (1 + p.dark[..., None] * (p.shade - 1)) * (1 + p.deep[..., None] * (p.shade - 1))
    return _lightened(colour, p.bright, single([1, 1, 1]))


def _wash(p: Painting) -> Colours:
    """Pigment that clouds, and gathers where a wash ends."""
    pigment, edge = paper.wash(p.rng, p.fields.size, p.fields.unit), paper.pooled(p.fields)
    colour = p.colour * (1 + p.dark[..., None] * (p.shade - 1))
    clouds = 0.16 * pigment * (1 - 0.6 * p.fields.of("face", "eye"))
    density = np.clip(1 + clouds + 0.5 * edge + 0.03 * p.tooth, 0.5, 1.9)[..., None]
    return _lightened(p.ground * np.clip(colour, 0.02, 1) ** density, p.bright, p.ground)


def _crayon(p: Painting) -> Colours:
    """Pale colour; shadow hatched on skin, laid flat elsewhere."""
    hatched = p.dark * p.fields.of("face", "other")
    spacing = 4.6 * p.fields.unit
    lines = paper.hatching(hatched, p.rng.uniform(-1.1, -0.7), spacing, p.light.uneven * p.fields.unit, p.tooth)
    colour = p.ground * p.colour * (1 + lines[..., None] * (0.9 * p.shade - 1))
    colour = colour * (1 + ((0.9 - 0.5 * hatched) * p.dark)[..., None] * (p.shade - 1))
    return _lightened(colour, p.bright, p.ground)


def _screen(p: Painting) -> Colours:
    """A manga page: flat greys with darker shadow, skin left white but for the dots of its shadow."""
    flat, solid = _values(p)
    dots = 0.3 * p.dark * p.fields.of("face", "other")
    black = smoothstep(0.4, 0.6, p.dark) * p.fields.of("hair", "cloth", "accessory")
    marks = 0.75 * flat + 0.3 * black + 0.55 * paper.screen_tone(dots, 4.2 * p.fields.unit)
    return _in_one_ink(p, np.maximum(marks, solid))


def _pencil(p: Painting) -> Colours:
    """One crayon: rubbed tone, hatched shadow."""
    flat, solid = _values(p)
    hatched = p.dark * p.fields.of("face", "other")
    spacing, wander = 5.5 * p.fields.unit, p.light.uneven * p.fields.unit
    lines = paper.hatching(0.6 * hatched, p.rng.uniform(-1.0, -0.6), spacing, wander, p.tooth)
    marks = 0.55 * flat + 0.28 * p.dark - 0.14 * hatched + 0.5 * lines
    return _in_one_ink(p, np.maximum(marks, solid))


def _values(p: Painting) -> tuple[Sheet, Sheet]:
    """Flat tones of what is not skin, and what is drawn solid: eyes, brows, mouth."""
    value, eye, skin = 1 - p.colour @ LUMA, p.fields.of("eye"), face.skin(p.fields)
    steps = np.round(0.9 * value * 5) / 5  # as cut from sheets of tone; softer than a line
    flat = blur((steps * (1 - skin) * (1 - eye)).astype(np.float32), 1.3 * p.fields.unit)
    solid = np.maximum(np.clip(1.15 * value, 0, 1) * eye, face.features(p.fields))
    return flat * (1 - p.bright), solid


def _in_one_ink(p: Painting, marks: Sheet) -> Colours:
    ink = single(p.style.tone.mono or (0, 0, 0))
    return p.ground + (ink - p.ground) * np.clip(marks, 0, 1)[..., None]


def _lightened(colour: Colours, bright: Sheet, white: Float[np.ndarray, "3"]) -> Colours:
    return colour + 0.6 * (white - colour) * bright[..., None]


MEDIA: dict[str, Callable[[Painting], Colours]] = {
    "cel": _cel,
    "wash": _wash,
    "crayon": _crayon,
    "screen": _screen,
    "pencil": _pencil,
}
