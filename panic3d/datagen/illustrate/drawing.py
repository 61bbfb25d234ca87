"""From passes and a style to a sheet."""

import numpy as np
from jaxtyping import UInt8

from panic3d.datagen.illustrate import face, paper
from panic3d.datagen.illustrate.colour import ink_colours, local_colours
from panic3d.datagen.illustrate.fields import Fields
from panic3d.datagen.illustrate.light import random_light
from panic3d.datagen.illustrate.lines import lined
from panic3d.datagen.illustrate.strokes import drawn
from panic3d.datagen.illustrate.styles import Style
from panic3d.datagen.illustrate.tone import mark_colour, planned, toned

CHEEK_STROKE_PX = 1.1


def draw(fields: Fields, style: Style, rng: np.random.Generator) -> UInt8[np.ndarray, "S S 4"]:
    """The drawing of a front view, straight alpha; the alpha is the render's own."""
    light = random_light(rng, fields.size)
    tooth = paper.grain(rng, fields.size, style.paper.coarse_px * fields.unit)
    local = local_colours(fields, style.tone)
    sheet = toned(planned(fields, style, light, local, tooth, rng))
    if style.tone.blush_hatching:
        marks = drawn(face.blush_hatching(fields, rng, CHEEK_STROKE_PX), fields.size)[..., None]
        sheet = sheet * (1 - marks * (1 - mark_colour(style.tone)))
    ink = lined(fields, style.lines, light, tooth, rng) * style.lines.opacity
    sheet = sheet + (ink_colours(style.lines, local, fields.unit) - sheet) * ink[..., None]
    sheet = sheet * (1 + style.paper.grain * np.minimum(tooth, 1.5)[..., None])
    rgba = np.concatenate([np.clip(sheet, 0, 1), fields.alpha[..., None]], axis=-1)
    rgba[fields.alpha == 0] = 0
    return np.round(rgba * 255).astype(np.uint8)
