"""Painting of the eyes: iris, lashes and brows.

The right eye of the character is painted mirrored, except for the highlights, which lie on the same side in both eyes.
"""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.head.eye_layers.iris import paint_detailed_eye
from panic3d.datagen.synth.head.eye_layers.lashes import paint_detailed_brow, paint_detailed_lashes
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES
from panic3d.datagen.synth.head.eyes import BROW_RISE_M, EYE_PATCH_HALF_M, EyeParams, compute_brow_path, compute_lids
from panic3d.datagen.synth.meshes.paint import Canvas, fit_smooth_path, mix_colours, outline_stroke

HIGHLIGHTS = ((-0.36, 0.42, 0.30, 0.24, 1.0), (0.40, -0.48, 0.17, 0.13, 0.9), (0.45, 0.20, 0.11, 0.09, 0.9))
"""Place and half axes in units of the iris, and strength."""


def _make_canvas(size: int, rise_m: float = 0.0) -> Canvas:
    half = EYE_PATCH_HALF_M
    return Canvas((size, size), (-half, half + rise_m, half, rise_m - half))


def paint_eye(params: EyeParams, size: int, mirrored: bool, manner: str = "soft") -> np.ndarray:
    """Paint white, iris, pupil and highlights inside the opening; `mirrored` is the eye on the left of the image."""
    if params.details is not None:
        return paint_detailed_eye(_make_canvas(size), params, params.details, mirrored, manner).downsample()
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
    border = disc * smoothstep(0.80, 0.95, radius)
    canvas.paint(border * 0.85, mix_colours(iris, (0.04, 0.02, 0.08), 0.75), opening)
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
    """Return how far each pixel lies below the path, vertically."""
    order = np.argsort(path[:, 0])
    return np.interp(x, path[order, 0], path[order, 1]) - y


def paint_lashes(params: EyeParams, size: int, mirrored: bool) -> np.ndarray:
    """Paint the lash line with its wing, the lower lashes and the crease of the lid."""
    if params.details is not None:
        return paint_detailed_lashes(_make_canvas(size), params, params.details, mirrored).downsample()
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


def paint_brow(params: EyeParams, size: int, mirrored: bool) -> np.ndarray:
    """Paint a tapered brow."""
    canvas = _make_canvas(size, BROW_RISE_M)
    if params.details is not None:
        return paint_detailed_brow(canvas, params, params.details, mirrored).downsample()
    path = compute_brow_path(params)
    t = np.linspace(0, 1, len(path))
    widths = params.brow_thickness_m * (0.55 + 0.45 * smoothstep(0, 0.35, t)) * (1 - 0.9 * smoothstep(0.45, 1.0, t))
    flip = np.array([-1.0 if mirrored else 1.0, 1.0])
    canvas.paint(canvas.rasterize(outline_stroke(path, widths) * flip), params.brow_colour)
    return canvas.downsample()
