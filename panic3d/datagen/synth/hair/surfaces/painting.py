"""The hair texture of version 3, in one of several manners."""

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.locks import INNER, SECOND, UNDER
from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.hair.surfaces.strips import CLIPPED, STRIPS, STUBBLE
from panic3d.datagen.synth.hair.texture import compute_shadow_colour, paint_hair
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours

HEIGHT, STRIP_PIXELS = 512, 64
CREAM: Colour = (1.0, 0.98, 0.94)
SHINE_V = 0.255
"""The texture coordinate of the ring of highlights."""
Plane = Float[np.ndarray, "H W"]
Down = Float[np.ndarray, "H 1"]
Across = Float[np.ndarray, "1 W"]


def paint_hair_texture(hair: HairParams, skin: Colour, rng: np.random.Generator) -> UInt8[np.ndarray, "H W 4"]:
    """Paint the texture of all locks in the manner of the hair; `skin` shows through stubble."""
    if not hair.smooth:
        return paint_hair(hair.colour, rng)
    picture = np.full((HEIGHT, STRIPS * STRIP_PIXELS, 4), 255, np.uint8)
    if hair.manner == "soft":
        soft = paint_hair(hair.colour, rng)
        picture[:, : soft.shape[1]] = soft
    else:
        for strip in range(STUBBLE):
            rgb = _paint_strip(hair, strip, rng)
            picture[:, strip * STRIP_PIXELS : (strip + 1) * STRIP_PIXELS, :3] = (rgb.clip(0, 1) * 255 + 0.5).astype(
                np.uint8
            )
    for strip, share, grain in ((STUBBLE, 0.42, 0.10), (CLIPPED, 0.10, 0.14)):
        colour = np.array(mix_colours(compute_shadow_colour(hair.colour.base, 0.18), skin, share))
        dots = rng.normal(0, grain if hair.manner in ("soft", "lined") else 0.3 * grain, (HEIGHT // 2, STRIP_PIXELS))
        rgb = colour * (1 + np.repeat(dots, 2, axis=0).clip(-0.25, 0.25))[..., None]
        picture[:, strip * STRIP_PIXELS : (strip + 1) * STRIP_PIXELS, :3] = (rgb.clip(0, 1) * 255 + 0.5).astype(
            np.uint8
        )
    return picture


def _make_noise(rng: np.random.Generator, knots: int) -> Float[np.ndarray, " W"]:
    """Draw smooth random values in about [-1, 1] across a strip."""
    return np.interp(np.linspace(0, knots - 1, STRIP_PIXELS), np.arange(knots), rng.uniform(-1, 1, knots))


def _paint_strip(hair: HairParams, strip: int, rng: np.random.Generator) -> Float[np.ndarray, "H W 3"]:
    colour = hair.colour
    v = (np.arange(HEIGHT) + 0.5)[:, None] / HEIGHT
    s = (np.arange(STRIP_PIXELS) + 0.5)[None] / STRIP_PIXELS * 2 - 1
    base = np.array(colour.second if strip == SECOND else colour.base)
    tip = base if strip == SECOND else np.array(colour.tip)
    hard = hair.manner in ("cel", "flat")
    fade = smoothstep(colour.tip_from, 0.95, v + 0.05 * _make_noise(rng, 9)[None])
    fade = ((fade > 0.4) if hard else fade)[..., None]
    middle = base + (tip - base) * fade
    dark = np.array(compute_shadow_colour(tuple(base), 0.42)) * (1 - fade) + fade * compute_shadow_colour(
        tuple(tip), 0.42
    )
    light = middle + (np.array(CREAM) - middle) * 0.5
    if strip == INNER:
        return dark * 0.92 + 0 * v[..., None]
    shade, lines, shine, glow = MANNER_FUNCTIONS[hair.manner](v, s, colour.gloss, rng)
    if strip == UNDER:
        shade, shine = np.clip(shade + 0.65, 0, 1), 0 * shine
    rgb = middle + (light - middle) * glow[..., None]
    rgb = rgb + (dark - rgb) * shade[..., None]
    rgb = rgb + (np.array(CREAM) - rgb) * shine[..., None]
    ink = np.array(compute_shadow_colour(tuple(base), 0.72))
    return np.asarray(rgb + (ink - rgb) * lines[..., None])


Planes = tuple[Plane, Plane, Plane, Plane]
"""Shares of shadow, ink lines, white highlights and light in one strip."""


def _spread(plane: Float[np.ndarray, "*any"]) -> Plane:
    return np.broadcast_to(plane, (HEIGHT, STRIP_PIXELS)) * 1.0


def _paint_flat(v: Down, s: Across, gloss: float, rng: np.random.Generator) -> Planes:
    """One colour with a slightly darker edge."""
    tone = float(rng.choice([0.0, 0.10, 0.18]))
    none = _spread(0 * v)
    return _spread(tone + 0.45 * (np.abs(s) > 0.86)), none, none, none


def _paint_cel(v: Down, s: Across, gloss: float, rng: np.random.Generator) -> Planes:
    """Hard steps of shadow at the roots, along one edge and at the tip, and a jagged highlight."""
    jagged = 0.045 * _make_noise(rng, 9)[None]
    side = float(rng.choice([-1.0, 1.0]))
    roots = v < 0.12 + 2.0 * np.maximum(jagged, -0.03)
    edge = s * side > 0.62 - 0.25 * v + 2.0 * jagged
    wedge = (np.abs(s - 0.3 * side + 0.4 * jagged) < 0.55 * (v - 0.60)) & (v > 0.6)
    teeth = np.abs((s * 2.5 + rng.random()) % 1 - 0.5) * 0.10
    shine = (np.abs(v - SHINE_V - jagged * 0.5) < (0.012 + 0.35 * teeth) * (0.4 + gloss)) & (np.abs(s) < 0.8)
    outline = np.abs(s) > 0.90
    return (
        _spread(0.85 * (roots | edge | wedge)),
        _spread(0.55 * outline),
        _spread(0.62 * gloss * shine),
        _spread(0 * v),
    )


def _paint_airbrushed(v: Down, s: Across, gloss: float, rng: np.random.Generator) -> Planes:
    """Soft gradients without strands and a broad, blurred highlight."""
    shade = 0.75 * np.abs(s) ** 2.4 + 0.7 * (1 - smoothstep(0.0, 0.24, v)) + 0.25 * smoothstep(0.35, 0.62, v)
    glow = np.exp(-(((v - SHINE_V) / 0.075) ** 2)) * (1 - 0.6 * s**2) + 0.35 * smoothstep(0.7, 1.0, v)
    return (
        _spread(np.clip(shade + rng.uniform(-0.1, 0.1), 0, 1)),
        _spread(0 * v),
        _spread(0.25 * gloss * glow.clip(0, 1)),
        _spread((0.35 + 0.65 * gloss) * glow.clip(0, 1)),
    )


def _paint_glossy(v: Down, s: Across, gloss: float, rng: np.random.Generator) -> Planes:
    """White bands with crisp edges: a broad one, a thin one below it, and a glint towards the tip."""
    rough = 0.012 * _make_noise(rng, 14)[None] + 0.010 * _make_noise(rng, 5)[None]
    broad = 1 - smoothstep(0.85, 1.1, np.abs(v - SHINE_V - rough) / (0.024 + 0.9 * np.abs(rough)))
    thin = 1 - smoothstep(0.7, 1.2, np.abs(v - SHINE_V - 0.055 - rough) / 0.006)
    glint = (1 - smoothstep(0.06, 0.12, np.abs(s + 0.35))) * smoothstep(0.55, 0.6, v) * (1 - smoothstep(0.72, 0.8, v))
    strands = 0.20 * _make_noise(rng, 9)[None]
    shade = 0.8 * smoothstep(0.55, 1.0, np.abs(s)) + 0.5 * (1 - smoothstep(0.0, 0.2, v)) + strands
    shine = (broad + 0.7 * thin) * (1 - smoothstep(0.7, 0.92, np.abs(s))) + 0.5 * glint
    return (
        _spread(shade.clip(0, 1)),
        _spread(0 * v),
        _spread((0.45 + 0.5 * gloss) * shine.clip(0, 1)),
        _spread(0.5 * np.exp(-(((v - SHINE_V) / 0.09) ** 2))),
    )


def _paint_gradient(v: Down, s: Across, gloss: float, rng: np.random.Generator) -> Planes:
    """From dark roots to light tips, with faint strands."""
    strands = 0.10 * _make_noise(rng, 11)[None]
    shade = 0.95 * (1 - smoothstep(0.05, 0.62, v + strands)) + 0.35 * smoothstep(0.75, 1.0, np.abs(s))
    glow = (0.4 + 0.4 * gloss) * smoothstep(0.45, 1.0, v + strands)
    return _spread(shade.clip(0, 1)), _spread(0 * v), _spread(0 * v), _spread(glow)


def _paint_lined(v: Down, s: Across, gloss: float, rng: np.random.Generator) -> Planes:
    """Dark drawn lines along both edges and between the strands, over a nearly flat colour."""
    lines = np.abs(s) > 0.87
    for _ in range(3):
        at, drift, bow = rng.uniform(-0.75, 0.75), rng.normal(0, 0.25), rng.normal(0, 0.12)
        start, stop = rng.uniform(0.0, 0.45), rng.uniform(0.6, 1.0)
        thick = 0.045 * np.sin(np.pi * np.clip((v - start) / (stop - start), 0, 1))
        lines = lines | (np.abs(s - at - drift * (v - 0.5) - bow * np.sin(4 * v)) < thick)
    shade = 0.55 * (v < 0.10 + 0.04 * _make_noise(rng, 7)[None]) + 0.08 * rng.integers(0, 3)
    jagged = 0.02 * _make_noise(rng, 14)[None]
    shine = 0.4 * gloss * (np.abs(v - SHINE_V - jagged) < 0.018 + jagged) * (np.abs(s) < 0.75)
    return _spread(shade), _spread(0.8 * lines), _spread(shine), _spread(0 * v)


MANNER_FUNCTIONS = {
    "flat": _paint_flat,
    "cel": _paint_cel,
    "airbrushed": _paint_airbrushed,
    "glossy": _paint_glossy,
    "gradient": _paint_gradient,
    "lined": _paint_lined,
}
