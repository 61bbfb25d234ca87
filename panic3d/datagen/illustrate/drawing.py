"""From passes and a style to a sheet."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from panic3d.datagen.illustrate import face, hair, paper
from panic3d.datagen.illustrate.contours import contours
from panic3d.datagen.illustrate.fields import Fields
from panic3d.datagen.illustrate.light import Light, lambert, random_light, shadow
from panic3d.datagen.illustrate.noise import blur, blur_within, single, smooth_noise, smooth_step
from panic3d.datagen.illustrate.strokes import Stroke, drawn, tapered, wobbled
from panic3d.datagen.illustrate.styles import Lines, Style, Tone

LUMA = single([0.299, 0.587, 0.114])
INSET = 0.42
"""The share of the outline's width by which it is moved inside, so that it does not widen the silhouette."""


def draw(fields: Fields, style: Style, rng: np.random.Generator) -> UInt8[np.ndarray, "S S 4"]:
    """The drawing of a front view, straight alpha; the alpha is the render's own."""
    light = random_light(rng, fields.size)
    tooth = paper.grain(rng, fields.size, style.paper.coarse_px * fields.unit)
    base = painted_over(fields, style.tone)
    colour = toned(fields, style, light, base, tooth, rng)
    ink = lined(fields, style.lines, light, tooth, rng)
    if style.tone.blush_hatching:
        marks = drawn(face.blush_hatching(fields, rng, 1.1), fields.size)[..., None]
        colour = colour * (1 - marks * (1 - mark_colour(style.tone)))
    ink_colour = inked(style.lines, base)
    sheet = colour + (ink_colour - colour) * (ink * style.lines.opacity)[..., None]
    sheet = sheet * (1 + style.paper.grain * np.minimum(tooth, 1.5)[..., None])
    rgba = np.concatenate([np.clip(sheet, 0, 1), fields.alpha[..., None]], axis=-1)
    rgba[fields.alpha == 0] = 0
    return np.round(rgba * 255).astype(np.uint8)


def mark_colour(tone: Tone) -> Float[np.ndarray, "3"]:
    return np.array(tone.mono if tone.mono else (0.93, 0.5, 0.48), np.float32)


def painted_over(fields: Fields, tone: Tone) -> Float[np.ndarray, "S S 3"]:
    """The local colours with the texture's fine grain gone, eyes and mouth as crisp as they are."""
    rgb = fields.rgb
    flat = rgb.copy()
    for name, sigma, keep in (("hair", 9.0, 0.0), ("cloth", 0, 0.0), ("accessory", 0, 0.0), ("other", 0, 0.0)):
        mask = fields.of(name)
        if not mask.any():
            continue
        if sigma:
            near = cv2.bilateralFilter(rgb, -1, 0.16, 4 * fields.unit)
            smooth = 0.35 * near + 0.65 * blur_within(near, mask, sigma * fields.unit)
        else:
            smooth = cv2.bilateralFilter(rgb, -1, 0.09, 3 * fields.unit)
        flat = np.where(mask[..., None] > keep, rgb + tone.flatten * (smooth - rgb), flat)
    grey = (flat @ LUMA)[..., None]
    flat = np.clip(grey + tone.saturation * (flat - grey), 0, 1)
    dark = face.features(fields)[..., None]
    flat = flat * (1 - tone.feature * dark * (1 - 0.35 * flat))
    return flat + tone.lift * (1 - flat) * (1 - 0.8 * dark)


def toned(
    fields: Fields,
    style: Style,
    light: Light,
    base: Float[np.ndarray, "S S 3"],
    tooth: Float[np.ndarray, "S S"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "S S 3"]:
    """Colour and light in the style's medium."""
    tone, unit = style.tone, fields.unit
    dark = shadow(fields, light, tone.threshold + rng.uniform(-0.08, 0.08), tone.softness) * tone.shadow
    deep = shadow(fields, light, tone.threshold - 0.35, tone.softness) * tone.second if tone.second else 0 * dark
    bright = hair.halo(fields, light, rng, rng.uniform(0.3, 0.6), tone.halo_width * rng.uniform(0.7, 1.3)) * tone.halo
    bright = bright * (1 - 0.7 * dark)
    cheeks = face.blush(fields) * tone.blush * rng.uniform(0.6, 1.2)
    colour = base
    if tone.glow is not None:
        row = np.linspace(0, 1, fields.size, dtype=np.float32)[:, None] + 0.05 * light.uneven
        down = smooth_step(0.3, 0.85, row) * fields.of("hair") * 0.7
        colour = (
            colour + (single(tone.glow) * (0.35 + 0.65 * (base @ LUMA)[..., None]) - colour) * down[..., None] * 0.8
        )
    shade = np.ones_like(base)
    for names, tint in (
        (("face", "other", "eye"), tone.skin_shade),
        (("hair",), tone.hair_shade),
        (("cloth", "accessory"), tone.cloth_shade),
    ):
        shade = np.where(fields.of(*names)[..., None] > 0, single(tint), shade)
    shade = blur(shade, 0.6 * unit)
    blushed = single([1.0, 0.78, 0.76])
    colour = colour * (1 + cheeks[..., None] * (blushed - 1))
    if tone.medium == "cel":
        colour = colour * (1 + dark[..., None] * (shade - 1)) * (1 + deep[..., None] * (shade - 1))
        return lightened(colour, bright)
    if tone.medium == "wash":
        pigment = paper.wash(rng, fields.size, unit)
        edge, skin = edge_darkening(fields), fields.of("face", "eye")
        colour = colour * (1 + dark[..., None] * (shade - 1))
        depth = np.clip(1 + 0.16 * pigment * (1 - 0.6 * skin) + 0.5 * edge + 0.03 * tooth, 0.5, 1.9)[..., None]
        ground = single(style.paper.colour)
        colour = ground * np.clip(colour, 0.02, 1) ** depth
        return lightened(colour, bright, ground)
    if tone.mono is None:
        ground = single(style.paper.colour)
        colour = ground * colour
        hatched = dark * (1 - fields.of("hair"))
        lines = paper.hatching(hatched, rng.uniform(-1.1, -0.7), 4.6 * unit, light.uneven * unit, tooth)
        colour = colour * (1 + lines[..., None] * (0.9 * shade - 1))
        colour = colour * (1 + (0.9 - 0.5 * hatched)[..., None] * dark[..., None] * (shade - 1))
        return lightened(colour, bright, ground)
    return monochrome(fields, style, base, dark, bright, tooth, light, rng)


def monochrome(
    fields: Fields,
    style: Style,
    base: Float[np.ndarray, "S S 3"],
    dark: Float[np.ndarray, "S S"],
    bright: Float[np.ndarray, "S S"],
    tooth: Float[np.ndarray, "S S"],
    light: Light,
    rng: np.random.Generator,
) -> Float[np.ndarray, "S S 3"]:
    """One ink on paper: features drawn solid, hair and clothes in tone, skin left white but for its shadow."""
    tone, unit = style.tone, fields.unit
    assert tone.mono is not None
    value = 1 - base @ LUMA
    skin = fields.of("face", "other")
    value = np.where(skin > 0, 0.25 * value, 0.9 * value)
    value = np.where(fields.of("eye") > 0, 0, np.round(value * 5) / 5)  # flat tones, as from a sheet
    flat = blur(value.astype(np.float32), 0.6 * unit) * (1 - bright)
    solid = np.where(fields.of("eye") > 0, np.clip(1.15 * (1 - base @ LUMA), 0, 1), face.features(fields))
    if tone.medium == "screen":
        shaded = dark * np.where(skin > 0, 0.3, 0.4) * (1 - fields.of("eye", "hair"))
        black = smooth_step(0.4, 0.6, dark) * fields.of("hair")
        marks = np.clip(0.75 * flat + 0.3 * black + 0.55 * paper.screen_tone(shaded, 4.2 * unit), 0, 1)
    else:
        angle = rng.uniform(-1.0, -0.6)
        hatched = dark * (1 - fields.of("hair"))
        lines = paper.hatching(0.6 * hatched, angle, 5.5 * unit, light.uneven * unit, tooth)
        marks = np.clip(0.45 * flat + 0.28 * dark - 0.14 * hatched + 0.5 * lines, 0, 1)
    marks = np.maximum(marks, solid)[..., None]
    ground = single(style.paper.colour)
    return ground + (single(tone.mono) - ground) * marks


def lightened(
    colour: Float[np.ndarray, "S S 3"], bright: Float[np.ndarray, "S S"], ground: np.ndarray | None = None
) -> Float[np.ndarray, "S S 3"]:
    target = 0.4 * colour + 0.6 * (single([1, 1, 1]) if ground is None else ground)
    return colour + (target - colour) * bright[..., None]


def edge_darkening(fields: Fields) -> Float[np.ndarray, "S S"]:
    """Pigment gathers where a wash ends: at the borders of the parts."""
    edge = np.zeros_like(fields.alpha)
    for name in ("face", "hair", "cloth", "accessory", "other"):
        mask = fields.of(name)
        edge += mask * smooth_step(0.15, 0.6, 1 - blur(mask, 2.5 * fields.unit))
    return edge


def lined(
    fields: Fields, lines: Lines, light: Light, tooth: Float[np.ndarray, "S S"], rng: np.random.Generator
) -> Float[np.ndarray, "S S"]:
    """All ink lines: coverage."""
    strokes: list[Stroke] = []
    swell = smooth_noise(rng, fields.size, 26 * fields.unit)
    away = -lambert(fields, light)
    widths = {"outline": lines.outline, "part": lines.part, "fold": lines.fold, "detail": lines.detail}
    chains = [chain for chain in contours(fields, 7.0, 2.2) if widths[chain.kind]]
    inwards = inside_direction(fields)
    for _ in range(lines.passes):
        shift = (
            np.stack([smooth_noise(rng, fields.size, 45 * fields.unit) for _ in "xy"], axis=-1)
            * lines.wobble_px
            * fields.unit
        )
        for chain in chains:
            points = chain.points
            column, row = np.clip(points.astype(int), 0, fields.size - 1).T
            swelling = 1 + lines.swell * (0.45 * swell[row, column] + 0.5 * away[row, column])
            profile = np.ones(len(points)) if chain.closed else tapered(len(points), lines.taper)
            width = widths[chain.kind] * fields.unit * np.clip(swelling, 0.3, 2) * profile
            if chain.kind == "outline":
                points = points + inwards[row, column] * (INSET * width)[:, None]
            elif chain.weight is not None:
                width = width * (0.35 + 0.65 * chain.weight)
            strokes.append(Stroke(wobbled(points, shift), width, chain.kind))
        if lines.strand:
            strokes += hair.strands(
                fields, rng, lines.strands_per_1000_px / lines.passes, lines.strand_length_px, lines.strand, 3.0
            )
        strokes += face.nose(fields, light, 1.3)
    ink = drawn(strokes, fields.size)
    if lines.rough:
        ink = ink * (1 - lines.rough * smooth_step(-0.2, 1.2, tooth))
    return np.clip(ink, 0, 1)


def inside_direction(fields: Fields) -> Float[np.ndarray, "S S 2"]:
    """Unit vectors (x, y down) from the silhouette's border into it."""
    solid = blur(fields.there.astype(np.float32), 2 * fields.unit)
    slope = np.stack([cv2.Sobel(solid, cv2.CV_32F, 1, 0), cv2.Sobel(solid, cv2.CV_32F, 0, 1)], axis=-1)
    return slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-6)


def inked(lines: Lines, base: Float[np.ndarray, "S S 3"]) -> Float[np.ndarray, "S S 3"]:
    """The colour of the line at every pixel: the ink's own, turned to a dark of what lies around."""
    around = blur(cv2.erode(base, np.ones((3, 3))), 2.0)
    return single(lines.ink) * (1 - lines.tint) + np.clip(around, 0, 1) ** 1.6 * (0.45 * lines.tint)
