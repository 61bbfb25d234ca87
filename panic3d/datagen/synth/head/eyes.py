"""Eyes: lid shapes as normalised outlines, painted iris, lashes and brows.

Everything is drawn for the eye on the image's right (the character's left) in head units and mirrored for the other,
except the highlights, which lie on the same side in both eyes.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.meshes.mesh import smoothstep
from panic3d.datagen.synth.meshes.paint import Canvas, Colour, fit_smooth_path, mix_colours, outline_stroke

EYE_PATCH_HALF_M = 0.036
"""Half the side of the square that is painted about an eye's centre."""
BROW_RISE_M = 0.018
"""The brow's square lies this much higher."""


@dataclass(frozen=True)
class EyeStyle:
    """Lids in units of half the eye's width and height, inner corner at x = -1."""

    upper: tuple[tuple[float, float], ...]
    """From the inner corner over the top to the outer corner."""
    lower: tuple[tuple[float, float], ...]
    """From the outer corner back to the inner corner, both left out."""
    width: float = 1.0
    height: float = 1.0
    iris_width: float = 0.67
    """Iris half width over half the eye's height."""
    iris_height: float = 1.02
    iris_drop: float = 0.0
    lash_thickness: float = 1.0
    """Thickness of the upper lash line."""
    wing_length: float = 1.0
    """Length of the lash beyond the outer corner."""
    pupil_width: float = 0.42
    """Half width of the pupil over that of the iris."""
    highlights: int = 2
    ring_strength: float = 0.0
    """Strength of a light ring in the iris."""
    tags: tuple[str, ...] = ()
    family: str = "train"
    frequency: float = 1.0
    """How often it is drawn beside the others: narrow eyes are rarer than round ones."""


ROUND_LOWER = ((0.86, -0.55), (0.40, -0.97), (-0.35, -0.97), (-0.82, -0.72))
NARROW_LOWER = ((0.80, -0.50), (0.30, -0.92), (-0.35, -0.90), (-0.82, -0.66))
EYE_STYLES = {
    "round": EyeStyle(((-1.0, -0.28), (-0.78, 0.42), (-0.2, 0.97), (0.5, 0.86), (1.0, 0.02)), ROUND_LOWER),
    "tsurime": EyeStyle(
        ((-1.0, -0.32), (-0.70, 0.34), (-0.08, 0.90), (0.6, 0.94), (1.0, 0.28)),
        ((0.82, -0.42), (0.3, -0.95), (-0.4, -0.92), (-0.84, -0.74)),
        width=1.06,
        height=0.92,
        wing_length=1.3,
        tags=("tsurime",),
        frequency=0.7,
    ),
    "tareme": EyeStyle(
        ((-1.0, -0.05), (-0.72, 0.66), (-0.15, 1.0), (0.5, 0.68), (1.0, -0.3)),
        ((0.84, -0.74), (0.36, -1.0), (-0.4, -0.92), (-0.84, -0.52)),
        wing_length=0.8,
        tags=("tareme",),
    ),
    "almond": EyeStyle(
        ((-1.0, -0.26), (-0.66, 0.46), (-0.05, 0.94), (0.60, 0.72), (1.0, 0.04)),
        NARROW_LOWER,
        width=1.12,
        height=0.86,
        iris_width=0.70,
        iris_height=1.12,
        lash_thickness=1.1,
        frequency=0.5,
    ),
    "sharp": EyeStyle(
        ((-1.0, -0.36), (-0.64, 0.38), (0.0, 0.74), (0.65, 0.70), (1.0, 0.20)),
        ((0.70, -0.35), (0.2, -0.82), (-0.4, -0.86), (-0.84, -0.78)),
        width=1.14,
        height=0.84,
        iris_width=0.72,
        iris_height=1.14,
        iris_drop=-0.05,
        lash_thickness=1.15,
        wing_length=1.5,
        tags=("sharp_eyes",),
        frequency=0.4,
    ),
    "jitome": EyeStyle(
        ((-1.0, 0.22), (-0.75, 0.42), (0.0, 0.50), (0.7, 0.44), (1.0, 0.10)),
        ROUND_LOWER,
        height=0.98,
        lash_thickness=1.2,
        iris_drop=0.06,
        tags=("jitome", "half-closed_eyes"),
        frequency=0.5,
    ),
    "sparkling": EyeStyle(
        ((-1.0, -0.10), (-0.86, 0.62), (-0.25, 1.05), (0.5, 1.0), (1.0, 0.20)),
        ((0.92, -0.55), (0.45, -1.05), (-0.4, -1.05), (-0.9, -0.70)),
        height=1.04,
        iris_width=0.66,
        highlights=3,
        wing_length=1.2,
    ),
    "tall": EyeStyle(
        ((-1.0, -0.45), (-0.86, 0.50), (-0.3, 0.98), (0.45, 0.92), (1.0, 0.15)),
        ((0.90, -0.72), (0.40, -1.02), (-0.45, -1.02), (-0.92, -0.85)),
        width=0.86,
        height=1.16,
        iris_width=0.52,
        lash_thickness=0.85,
        frequency=0.8,
    ),
    "cat": EyeStyle(
        ((-1.0, -0.62), (-0.7, 0.22), (-0.1, 0.90), (0.62, 1.02), (1.0, 0.55)),
        ((0.86, -0.30), (0.35, -0.92), (-0.35, -1.0), (-0.82, -0.90)),
        width=1.08,
        pupil_width=0.16,
        wing_length=1.6,
        lash_thickness=1.2,
        tags=("slit_pupils",),
        family="heldout",
    ),
    "dot": EyeStyle(
        ((-1.0, 0.0), (-0.74, 0.68), (0.0, 0.95), (0.74, 0.68), (1.0, 0.0)),
        ((0.74, -0.68), (0.0, -0.95), (-0.74, -0.68)),
        width=0.74,
        height=0.80,
        iris_width=0.86,
        iris_height=1.10,
        pupil_width=0.75,
        lash_thickness=0.55,
        wing_length=0.3,
        highlights=1,
        tags=("solid_circle_eyes",),
        family="heldout",
    ),
    "ringed": EyeStyle(
        ((-1.0, -0.18), (-0.80, 0.55), (-0.1, 0.92), (0.62, 0.76), (1.0, -0.12)),
        ROUND_LOWER,
        height=1.05,
        iris_width=0.60,
        pupil_width=0.60,
        ring_strength=0.8,
        lash_thickness=1.45,
        wing_length=1.0,
        tags=("ringed_eyes",),
        family="heldout",
    ),
}


@dataclass(frozen=True)
class EyeParams:
    """One character's eyes, in head units."""

    style: str = "round"
    centre_m: tuple[float, float] = (0.0370, -0.004)
    half_width_m: float = 0.0195
    half_height_m: float = 0.0175
    tilt_deg: float = 0.0
    iris_left: Colour = (0.2, 0.4, 0.8)
    iris_right: Colour = (0.2, 0.4, 0.8)
    """Of the character's left and right eye."""
    lash_colour: Colour = (0.16, 0.10, 0.12)
    brow_colour: Colour = (0.3, 0.2, 0.2)
    brow_lift_m: float = 0.012
    """From the upper lid to the brow."""
    brow_tilt: float = 0.0
    """Metres that the outer end is higher than the inner one (negative: worried)."""
    brow_thickness_m: float = 0.0026
    open_share: float = 1.0
    """1 open, 0 closed."""
    closed_smile: bool = False
    """Closed eyes are arched upwards."""


def compute_lids(params: EyeParams) -> tuple[Float[np.ndarray, "N 2"], Float[np.ndarray, "M 2"]]:
    """Upper lid from the inner to the outer corner and lower lid back, about the eye's centre, head units."""
    style = EYE_STYLES[params.style]
    half = np.array([params.half_width_m * style.width, params.half_height_m * style.height])
    upper = fit_smooth_path(np.array(style.upper), 40)
    lower = fit_smooth_path(np.array([style.upper[-1], *style.lower, style.upper[0]]), 40)
    floor = np.interp(upper[:, 0], lower[::-1, 0], lower[::-1, 1])
    upper[:, 1] = floor + (upper[:, 1] - floor) * params.open_share
    if params.closed_smile:
        arch = 0.75 * (1 - upper[:, 0] ** 2) - 0.1
        upper[:, 1] = upper[:, 1] - floor + arch
        lower[:, 1] = 0.75 * (1 - lower[:, 0] ** 2) - 0.1
    angle = np.radians(params.tilt_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (upper * half) @ turn, (lower * half) @ turn


HIGHLIGHTS = ((-0.36, 0.42, 0.30, 0.24, 1.0), (0.40, -0.48, 0.17, 0.13, 0.9), (0.45, 0.20, 0.11, 0.09, 0.9))
"""Place and half axes in units of the iris, and strength."""


def _make_canvas(size: int, rise_m: float = 0.0) -> Canvas:
    half = EYE_PATCH_HALF_M
    return Canvas((size, size), (-half, half + rise_m, half, rise_m - half))


def paint_eye(params: EyeParams, size: int, mirrored: bool) -> np.ndarray:
    """White, iris, pupil and highlights, cut to the opening; `mirrored` is the eye on the image's left."""
    canvas, style = _make_canvas(size), EYE_STYLES[params.style]
    side = -1.0 if mirrored else 1.0
    flip = np.array([side, 1.0])
    upper, lower = compute_lids(params)
    opening = canvas.rasterize(np.concatenate([upper, lower]) * flip)
    canvas.paint(opening, (0.975, 0.97, 0.98))
    x, y = canvas.pixel_centres()
    iris = params.iris_right if mirrored else params.iris_left
    half_height = params.half_height_m * style.height
    ry, rx = half_height * style.iris_height, half_height * style.iris_width * 1.18
    cx, cy = -0.04 * params.half_width_m * side, -style.iris_drop * half_height
    radius = np.sqrt(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2)
    soft = 0.03
    disc = 1 - smoothstep(1 - soft, 1 + soft, radius)
    rise = np.clip(((y - cy) / ry + 1) / 2, 0, 1) + 0 * x
    dark, light = mix_colours(iris, (0.05, 0.02, 0.10), 0.62), mix_colours(iris, (1.0, 1.0, 0.92), 0.45)
    gradient = np.array(light) + (np.array(iris) - light) * smoothstep(0.0, 0.45, rise)[..., None]
    gradient = gradient + (np.array(dark) - gradient) * smoothstep(0.50, 0.98, rise)[..., None]
    canvas.paint(disc, gradient, opening)
    rim = disc * smoothstep(0.80, 0.95, radius)
    canvas.paint(rim * 0.85, mix_colours(iris, (0.04, 0.02, 0.08), 0.75), opening)
    pupil = 1 - smoothstep(
        0.92, 1.08, np.sqrt(((x - cx) / (rx * style.pupil_width)) ** 2 + ((y - cy) / (ry * 0.46)) ** 2)
    )
    canvas.paint(pupil * 0.92, mix_colours(iris, (0.02, 0.01, 0.05), 0.86), opening)
    glow = smoothstep(0.55, 0.8, radius) * (1 - smoothstep(0.8, 0.93, radius)) * (1 - smoothstep(0.12, 0.42, rise))
    canvas.paint(glow * 0.75, mix_colours(light, (1.0, 1.0, 1.0), 0.35), opening)
    shade = _measure_depth_below(upper * flip, x, y)
    canvas.paint((1 - smoothstep(0.0, 0.0065, shade)) * 0.42, mix_colours(iris, (0.10, 0.06, 0.16), 0.8), opening)
    if style.ring_strength:
        bright = smoothstep(0.58, 0.66, radius) * (1 - smoothstep(0.70, 0.78, radius))
        canvas.paint(style.ring_strength * bright, mix_colours(light, (1.0, 1.0, 1.0), 0.3), opening)
    for hx, hy, sx, sy, strength in HIGHLIGHTS[: style.highlights]:
        spot = np.sqrt(((x - cx - hx * rx) / (sx * rx)) ** 2 + ((y - cy - hy * ry) / (sy * ry)) ** 2)
        canvas.paint((1 - smoothstep(0.85, 1.1, spot)) * strength, (1.0, 1.0, 1.0), opening)
    return canvas.downsample()


def _measure_depth_below(
    path: Float[np.ndarray, "N 2"], x: Float[np.ndarray, "1 W"], y: Float[np.ndarray, "H 1"]
) -> Float[np.ndarray, "H W"]:
    """How far each pixel lies under the path, vertically."""
    order = np.argsort(path[:, 0])
    return np.interp(x, path[order, 0], path[order, 1]) - y


def paint_lashes(params: EyeParams, size: int, mirrored: bool) -> np.ndarray:
    """Lash line with its wing, lower lash and the crease of the lid."""
    canvas, style = _make_canvas(size), EYE_STYLES[params.style]
    flip = np.array([-1.0 if mirrored else 1.0, 1.0])
    upper, lower = compute_lids(params)
    unit = params.half_height_m
    end, before = upper[-1], upper[-6]
    out = (end - before) / np.linalg.norm(end - before)
    wing = end + (out * 0.5 + np.array([0.75, 0.12])) * unit * 0.24 * style.wing_length
    line = fit_smooth_path(np.concatenate([upper[::6], upper[-1:], wing[None]]), 60)
    t = np.linspace(0, 1, len(line))
    widths = unit * style.lash_thickness * (0.11 + 0.30 * smoothstep(0.0, 0.5, t)) * (1 - smoothstep(0.80, 1.0, t))
    line = line + np.array([0, 1]) * (widths * 0.30)[:, None]
    canvas.paint(canvas.rasterize(outline_stroke(line, widths) * flip), params.lash_colour)
    for share, length in ((0.72, 0.30), (0.84, 0.36)):
        foot = line[int(share * 59)]
        tip = foot + np.array([0.72, 0.62]) * unit * length * style.wing_length
        spike = np.stack([foot, (foot + tip) / 2 + [unit * 0.05, -unit * 0.02], tip])
        canvas.paint(
            canvas.rasterize(outline_stroke(fit_smooth_path(spike, 12), np.linspace(unit * 0.14, 0.0, 12)) * flip),
            params.lash_colour,
        )
    soft = mix_colours(params.lash_colour, (0.75, 0.45, 0.42), 0.35)
    under = lower[2:26]
    widths = unit * 0.075 * np.sin(np.linspace(0.35, np.pi, len(under)))
    canvas.paint(canvas.rasterize(outline_stroke(under, widths) * flip) * 0.9, soft)
    if params.open_share > 0.3:
        crease = upper[8:36] * [0.98, 1.0] + [0.0, unit * 0.30]
        widths = unit * 0.055 * np.sin(np.linspace(0.2, np.pi, len(crease)))
        canvas.paint(canvas.rasterize(outline_stroke(crease, widths) * flip) * 0.7, soft)
    return canvas.downsample()


def compute_brow_path(params: EyeParams) -> Float[np.ndarray, "N 2"]:
    """The brow's middle line from the inner to the outer end, about the eye's centre."""
    upper, _ = compute_lids(
        EyeParams(params.style, half_width_m=params.half_width_m, half_height_m=params.half_height_m)
    )
    base = upper[:, 1].max() + params.brow_lift_m
    w = params.half_width_m
    points = np.array([[-0.95, 0.0], [-0.3, 0.0035], [0.45, 0.004], [1.15, -0.001]]) * [w, 1.0]
    points[:, 1] += base + np.linspace(-0.5, 0.5, 4) * params.brow_tilt
    return fit_smooth_path(points, 30)


def paint_brow(params: EyeParams, size: int, mirrored: bool) -> np.ndarray:
    """A tapered brow."""
    canvas = _make_canvas(size, BROW_RISE_M)
    path = compute_brow_path(params)
    t = np.linspace(0, 1, len(path))
    widths = params.brow_thickness_m * (0.55 + 0.45 * smoothstep(0, 0.35, t)) * (1 - 0.9 * smoothstep(0.45, 1.0, t))
    flip = np.array([-1.0 if mirrored else 1.0, 1.0])
    canvas.paint(canvas.rasterize(outline_stroke(path, widths) * flip), params.brow_colour)
    return canvas.downsample()
