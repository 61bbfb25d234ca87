"""Light and shadow on the colours, and the media that paint both on paper."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate import face_strokes, hair_strokes, paper
from panic3d.datagen.illustrate.colour import LUMA, rotate_hue
from panic3d.datagen.illustrate.light import Light, compute_shadow
from panic3d.datagen.illustrate.noise import blur, to_float32
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.illustrate.styles import DrawingStyle, ToneStyle
from panic3d.datagen.interpolation import smoothstep

Sheet = Float[np.ndarray, "S S"]
Colours = Float[np.ndarray, "S S 3"]
DEEP_SHADOW_OFFSET = 0.35
"""The difference between the thresholds of the first and the deeper shadow."""
HIGHLIGHT_HEIGHTS = (0.3, 0.6)
BLUSH_TINT = (1.0, 0.78, 0.76)
BLUSH_MARK_COLOUR = (0.93, 0.5, 0.48)


@dataclass(frozen=True)
class TonePlan:
    """Everything that a medium needs: passes, colours, and the strength of shadow and highlight at every pixel."""

    passes: PortraitPasses
    style: DrawingStyle
    light: Light
    grain: Sheet
    colour: Colours
    """Local colours with blush and shifted hues."""
    shade: Colours
    """The factor of the colour in full shadow."""
    dark: Sheet
    """The strength of the first shadow."""
    deep: Sheet
    """The strength of the deeper shadow."""
    bright: Sheet
    """The strength of highlights."""
    rng: np.random.Generator

    @property
    def paper_colour(self) -> Float[np.ndarray, "3"]:
        """The colour of the paper."""
        return to_float32(self.style.paper.colour)


def plan_tone(
    passes: PortraitPasses, style: DrawingStyle, light: Light, local: Colours, grain: Sheet, rng: np.random.Generator
) -> TonePlan:
    """Determine shadow, highlights, blush and shifts of hue."""
    tone, unit = style.tone, passes.unit
    dark = compute_shadow(passes, light, tone.threshold + rng.uniform(-0.08, 0.08), tone.softness) * tone.shadow
    deep = np.zeros_like(dark)
    if tone.deep_shadow:
        deep = compute_shadow(passes, light, tone.threshold - DEEP_SHADOW_OFFSET, tone.softness) * tone.deep_shadow
    halo = hair_strokes.compute_highlight_band(
        passes, light, rng, rng.uniform(*HIGHLIGHT_HEIGHTS), tone.highlight_width * rng.uniform(0.7, 1.3)
    )
    blush = face_strokes.compute_blush(passes) * tone.blush * rng.uniform(0.6, 1.2)
    colour = local * (1 + blush[..., None] * (to_float32(BLUSH_TINT) - 1))
    if tone.hue_shift:
        row = np.linspace(0, 1, passes.size, dtype=np.float32)[:, None] + 0.05 * light.uneven
        down = smoothstep(0.3, 0.85, row) * passes.mask_parts("hair")
        turn = rng.choice([-1, 1]) * rng.uniform(0.5, 1.0)
        colour = colour + (0.85 * rotate_hue(colour, turn) - colour) * (tone.hue_shift * down)[..., None]
    shade = np.broadcast_to(to_float32(tone.skin_shade), local.shape)
    shade = np.where(passes.mask_parts("hair")[..., None] > 0, to_float32(tone.hair_shade), shade)
    shade = np.where(passes.mask_parts("cloth", "accessory")[..., None] > 0, to_float32(tone.cloth_shade), shade)
    bright = halo * tone.highlight * (1 - 0.7 * dark)
    return TonePlan(passes, style, light, grain, colour, blur(shade, 0.6 * unit), dark, deep, bright, rng)


def paint_tone(plan: TonePlan) -> Colours:
    """Paint the drawing without its lines."""
    return MEDIUM_PAINTERS[plan.style.tone.medium](plan)


def get_mark_colour(tone: ToneStyle) -> Float[np.ndarray, "3"]:
    """Return the colour of the strokes on the cheeks."""
    return to_float32(tone.single_colour or BLUSH_MARK_COLOUR)


def _paint_cel(plan: TonePlan) -> Colours:
    """Paint uniform colour with one or two steps of shadow."""
    colour = plan.colour * (1 + plan.dark[..., None] * (plan.shade - 1)) * (1 + plan.deep[..., None] * (plan.shade - 1))
    return _add_highlights(colour, plan.bright, to_float32([1, 1, 1]))


def _paint_wash(plan: TonePlan) -> Colours:
    """Paint pigment that forms clouds and gathers where a wash ends."""
    pigment, edge = paper.make_wash(plan.rng, plan.passes.size, plan.passes.unit), paper.compute_pooling(plan.passes)
    colour = plan.colour * (1 + plan.dark[..., None] * (plan.shade - 1))
    clouds = 0.16 * pigment * (1 - 0.6 * plan.passes.mask_parts("face", "eye"))
    density = np.clip(1 + clouds + 0.5 * edge + 0.03 * plan.grain, 0.5, 1.9)[..., None]
    return _add_highlights(plan.paper_colour * np.clip(colour, 0.02, 1) ** density, plan.bright, plan.paper_colour)


def _paint_crayon(plan: TonePlan) -> Colours:
    """Paint pale colour; shadow is hatched on skin and uniform elsewhere."""
    hatched = plan.dark * plan.passes.mask_parts("face", "other")
    spacing = 4.6 * plan.passes.unit
    lines = paper.draw_hatching(
        hatched, plan.rng.uniform(-1.1, -0.7), spacing, plan.light.uneven * plan.passes.unit, plan.grain
    )
    colour = plan.paper_colour * plan.colour * (1 + lines[..., None] * (0.9 * plan.shade - 1))
    colour = colour * (1 + ((0.9 - 0.5 * hatched) * plan.dark)[..., None] * (plan.shade - 1))
    return _add_highlights(colour, plan.bright, plan.paper_colour)


def _paint_screen(plan: TonePlan) -> Colours:
    """Paint a manga page: uniform greys with darker shadow; skin is white except for the dots of its shadow."""
    flat, solid = _separate_tones(plan)
    dots = 0.3 * plan.dark * plan.passes.mask_parts("face", "other")
    black = smoothstep(0.4, 0.6, plan.dark) * plan.passes.mask_parts("hair", "cloth", "accessory")
    marks = 0.75 * flat + 0.3 * black + 0.55 * paper.draw_screen_tone(dots, 4.2 * plan.passes.unit)
    return _print_in_one_ink(plan, np.maximum(marks, solid))


def _paint_pencil(plan: TonePlan) -> Colours:
    """Paint with one crayon: rubbed tone and hatched shadow."""
    flat, solid = _separate_tones(plan)
    hatched = plan.dark * plan.passes.mask_parts("face", "other")
    spacing, wander = 5.5 * plan.passes.unit, plan.light.uneven * plan.passes.unit
    lines = paper.draw_hatching(0.6 * hatched, plan.rng.uniform(-1.0, -0.6), spacing, wander, plan.grain)
    marks = 0.55 * flat + 0.28 * plan.dark - 0.14 * hatched + 0.5 * lines
    return _print_in_one_ink(plan, np.maximum(marks, solid))


def _separate_tones(plan: TonePlan) -> tuple[Sheet, Sheet]:
    """Return the uniform tones of everything but skin, and the solid tones of eyes, brows and mouth."""
    value, eye, skin = (
        1 - plan.colour @ LUMA,
        plan.passes.mask_parts("eye"),
        face_strokes.compute_skin_mask(plan.passes),
    )
    steps = np.round(0.9 * value * 5) / 5  # five steps, as with sheets of screen tone
    flat = blur((steps * (1 - skin) * (1 - eye)).astype(np.float32), 1.3 * plan.passes.unit)
    solid = np.maximum(np.clip(1.15 * value, 0, 1) * eye, face_strokes.compute_feature_mask(plan.passes))
    return flat * (1 - plan.bright), solid


def _print_in_one_ink(plan: TonePlan, marks: Sheet) -> Colours:
    """Print marks in the style's single colour on the paper."""
    ink = to_float32(plan.style.tone.single_colour or (0, 0, 0))
    return plan.paper_colour + (ink - plan.paper_colour) * np.clip(marks, 0, 1)[..., None]


def _add_highlights(colour: Colours, bright: Sheet, white: Float[np.ndarray, "3"]) -> Colours:
    """Mix the colour with white where it is highlighted."""
    return colour + 0.6 * (white - colour) * bright[..., None]


MEDIUM_PAINTERS: dict[str, Callable[[TonePlan], Colours]] = {
    "cel": _paint_cel,
    "wash": _paint_wash,
    "crayon": _paint_crayon,
    "screen": _paint_screen,
    "pencil": _paint_pencil,
}
