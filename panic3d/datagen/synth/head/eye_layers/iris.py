"""White, iris, pupil and highlights."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES
from panic3d.datagen.synth.head.eyes import EyeDetails, EyeParams, compute_lids
from panic3d.datagen.synth.meshes.paint import Canvas, Colour, mix_colours

SPOTS = {
    "none": (),
    "one": ((-0.34, 0.40, 0.30, 0.26, 1.0),),
    "two": ((-0.36, 0.42, 0.30, 0.24, 1.0), (0.40, -0.48, 0.17, 0.13, 0.9)),
    "three": ((-0.36, 0.42, 0.30, 0.24, 1.0), (0.40, -0.48, 0.17, 0.13, 0.9), (0.45, 0.20, 0.11, 0.09, 0.9)),
    "large": ((-0.28, 0.40, 0.46, 0.36, 1.0), (0.42, -0.44, 0.20, 0.16, 0.95), (0.02, -0.66, 0.10, 0.08, 0.9)),
    "tall": ((-0.40, 0.30, 0.18, 0.40, 1.0), (0.44, -0.30, 0.12, 0.22, 0.85)),
    "below": ((0.0, -0.60, 0.50, 0.18, 0.9),),
    "window": (),
    "crescent": ((-0.30, 0.46, 0.14, 0.12, 0.9),),
}
"""Highlights: place and half axes in units of the iris, and strength."""
PUPILS_OF_ONE_SIZE = ("none", "slit")


def paint_detailed_eye(canvas: Canvas, params: EyeParams, details: EyeDetails, mirrored: bool, manner: str) -> Canvas:
    """Paint an eye inside its opening; `mirrored` is the eye on the left of the image."""
    style = EYE_STYLES[params.style]
    side = -1.0 if mirrored else 1.0
    flip = np.array([side, 1.0])
    upper, lower = compute_lids(params)
    opening = canvas.rasterize(np.concatenate([upper, lower]) * flip)
    canvas.paint(opening, details.white)
    x, y = canvas.pixel_centres()
    iris = params.iris_right if mirrored else params.iris_left
    half_height = params.half_height_m * style.height
    ry = half_height * style.iris_height * details.iris_size
    rx = half_height * style.iris_width * details.iris_size * 1.18
    cx = -0.04 * params.half_width_m * side + details.gaze_m[0]
    cy = -style.iris_drop * half_height + details.gaze_m[1]
    u, v = (x - cx) / rx, (y - cy) / ry
    radius = np.sqrt(u**2 + v**2)
    disc = 1 - smoothstep(0.97, 1.03, radius)
    _paint_iris(canvas, iris, u, v, disc, opening, manner)
    pupil = _measure_pupil(u, v, details.pupil, style.pupil_width * details.pupil_size)
    if pupil is not None:
        light = details.pupil in ("heart", "star", "cross", "flower")
        inner = mix_colours(iris, (1.0, 0.95, 0.9), 0.7) if light else mix_colours(iris, (0.02, 0.01, 0.05), 0.86)
        canvas.paint(pupil * 0.94, inner, opening)
    hard = manner in ("cel", "flat", "lined")
    depth = np.interp(x, *_sort_path(upper * flip)) - y
    reach = 0.30 * half_height
    cover = (1 - smoothstep(0.9 * reach, 1.1 * reach, depth)) if hard else 1 - smoothstep(0.0, 1.3 * reach, depth)
    canvas.paint(cover * details.white_shade, mix_colours(iris, (0.10, 0.06, 0.16), 0.8), opening)
    if style.ring_strength:
        bright = smoothstep(0.58, 0.66, radius) * (1 - smoothstep(0.70, 0.78, radius))
        canvas.paint(style.ring_strength * bright, mix_colours(iris, (1.0, 1.0, 1.0), 0.6), opening)
    _paint_highlights(canvas, details, u, v, opening, manner)
    return canvas


def _sort_path(path: Float[np.ndarray, "N 2"]) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(path[:, 0])
    return path[order, 0], path[order, 1]


def _paint_iris(
    canvas: Canvas, iris: Colour, u: np.ndarray, v: np.ndarray, disc: np.ndarray, opening: np.ndarray, manner: str
) -> None:
    radius = np.sqrt(u**2 + v**2)
    dark, light = mix_colours(iris, (0.05, 0.02, 0.10), 0.62), mix_colours(iris, (1.0, 1.0, 0.92), 0.45)
    rise = np.clip((v + 1) / 2, 0, 1) + 0 * u
    match manner:
        case "flat":
            canvas.paint(disc, iris, opening)
            canvas.paint(disc * (radius > 0.86), dark, opening)
            return
        case "cel":
            canvas.paint(disc, mix_colours(iris, light, 0.35), opening)
            canvas.paint(disc * (v + 0.25 * u**2 > 0.02), mix_colours(iris, dark, 0.7), opening)
            canvas.paint(disc * (radius > 0.88), dark, opening)
            return
        case "lined":
            canvas.paint(disc, mix_colours(iris, light, 0.2), opening)
            rays = np.cos(np.arctan2(v, u) * 18) * smoothstep(0.45, 0.6, radius) * (radius < 0.9)
            canvas.paint(disc * 0.5 * smoothstep(0.2, 0.7, rays), dark, opening)
            canvas.paint(disc * smoothstep(0.84, 0.90, radius), (0.10, 0.07, 0.10), opening)
            canvas.paint(disc * 0.5 * smoothstep(0.45, 0.7, rise), dark, opening)
            return
        case "gradient":
            far = mix_colours((iris[2], iris[0], iris[1]), (1.0, 1.0, 0.95), 0.35)
            gradient = np.array(far) + (np.array(dark) - far) * smoothstep(0.10, 0.85, rise)[..., None]
        case _:
            gradient = np.array(light) + (np.array(iris) - light) * smoothstep(0.0, 0.45, rise)[..., None]
            gradient = gradient + (np.array(dark) - gradient) * smoothstep(0.50, 0.98, rise)[..., None]
    canvas.paint(disc, gradient, opening)
    border = disc * smoothstep(0.80, 0.95, radius)
    canvas.paint(
        border * (0.5 if manner == "airbrushed" else 0.85), mix_colours(iris, (0.04, 0.02, 0.08), 0.75), opening
    )
    glow = smoothstep(0.55, 0.8, radius) * (1 - smoothstep(0.8, 0.93, radius)) * (1 - smoothstep(0.12, 0.42, rise))
    canvas.paint(glow * 0.75, mix_colours(light, (1.0, 1.0, 1.0), 0.35), opening)
    if manner == "glossy":
        band = np.exp(-(((radius - 0.62) / 0.10) ** 2)) * smoothstep(0.0, -0.5, v)
        canvas.paint(0.8 * band, mix_colours(light, (1.0, 1.0, 1.0), 0.6), opening)


def limit_pupil_width(width: float) -> float:
    """Return the half width of a pupil that fits into the iris, in units of the iris."""
    return float(np.clip(width, 0.12, 0.85))


def _measure_pupil(u: np.ndarray, v: np.ndarray, kind: str, width: float) -> np.ndarray | None:
    """Return the mask of a pupil of this half width, in units of the iris; None without a pupil."""
    r, turn = np.sqrt(u**2 + v**2), np.arctan2(v, u)
    w = limit_pupil_width(width)
    match kind:
        case "none":
            return None
        case "slit":
            return 1 - smoothstep(0.90, 1.10, np.sqrt((u / 0.13) ** 2 + (v / 0.66) ** 2))
        case "heart":
            a, b = u / (1.25 * w), (v + 0.05) / (1.25 * w)
            return 1 - smoothstep(-0.03, 0.05, (a**2 + b**2 - 0.55) ** 3 - 1.4 * a**2 * b**3)
        case "star":
            edge = 1.35 * w * (0.62 + 0.38 * np.cos(5 * (turn - np.pi / 2)))
            return 1 - smoothstep(0.92, 1.08, r / edge)
        case "ring":
            return np.exp(-(((r - w) / 0.10) ** 2))
        case "cross":
            arm = np.minimum(np.abs(u), np.abs(v)) < 0.13
            return (arm & (np.maximum(np.abs(u), np.abs(v)) < 1.4 * w)).astype(float)
        case "flower":
            return 1 - smoothstep(0.92, 1.08, r / (1.1 * w * (0.75 + 0.25 * np.cos(5 * turn))))
    return 1 - smoothstep(0.92, 1.08, np.sqrt((u / w) ** 2 + (v / (0.46 * w / 0.42)) ** 2))


def _paint_highlights(
    canvas: Canvas, details: EyeDetails, u: np.ndarray, v: np.ndarray, opening: np.ndarray, manner: str
) -> None:
    white, soft = (1.0, 1.0, 1.0), 0.35 if manner == "airbrushed" else 0.12
    for hx, hy, sx, sy, strength in SPOTS[details.highlight]:
        spot = np.sqrt(((u - hx) / sx) ** 2 + ((v - hy) / sy) ** 2)
        canvas.paint((1 - smoothstep(1 - soft, 1 + soft, spot)) * strength, white, opening)
    if details.highlight == "window":
        for hx in (-0.50, -0.24):
            pane = (np.abs(u - hx - 0.1 * v) < 0.11) & (np.abs(v - 0.36) < 0.26)
            canvas.paint(pane.astype(float), white, opening)
    if details.highlight == "crescent":
        r = np.sqrt(u**2 + v**2)
        arc = np.exp(-(((r - 0.72) / 0.09) ** 2)) * smoothstep(0.15, 0.45, -v - 0.2 * u)
        canvas.paint(arc, white, opening)
