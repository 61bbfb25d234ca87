"""Compose a drawing from the passes of a view and a style."""

import numpy as np
from jaxtyping import UInt8

from panic3d.datagen.illustrate import face_strokes, paper
from panic3d.datagen.illustrate.colour import compute_ink_colours, compute_local_colours
from panic3d.datagen.illustrate.light import draw_light
from panic3d.datagen.illustrate.lines import draw_lines
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.illustrate.strokes import rasterize_strokes
from panic3d.datagen.illustrate.styles import DrawingStyle
from panic3d.datagen.illustrate.tone import get_mark_colour, paint_tone, plan_tone

BLUSH_STROKE_PX = 1.1


def draw_portrait(passes: PortraitPasses, style: DrawingStyle, rng: np.random.Generator) -> UInt8[np.ndarray, "S S 4"]:
    """Draw a front view with straight alpha; the alpha is that of the render."""
    light = draw_light(rng, passes.size)
    grain = paper.make_grain(rng, passes.size, style.paper.grain_size_px * passes.unit)
    local = compute_local_colours(passes, style.tone)
    sheet = paint_tone(plan_tone(passes, style, light, local, grain, rng))
    if style.tone.blush_hatching:
        marks = rasterize_strokes(face_strokes.draw_blush_strokes(passes, rng, BLUSH_STROKE_PX), passes.size)[..., None]
        sheet = sheet * (1 - marks * (1 - get_mark_colour(style.tone)))
    ink = draw_lines(passes, style.lines, light, grain, rng) * style.lines.opacity
    sheet = sheet + (compute_ink_colours(style.lines, local, passes.unit) - sheet) * ink[..., None]
    sheet = sheet * (1 + style.paper.grain * np.minimum(grain, 1.5)[..., None])
    rgba = np.concatenate([np.clip(sheet, 0, 1), passes.alpha[..., None]], axis=-1)
    rgba[passes.alpha == 0] = 0
    return np.round(rgba * 255).astype(np.uint8)
