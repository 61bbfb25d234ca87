"""Painted noses and blush."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.head.face import FaceDetails, FaceParams
from panic3d.datagen.synth.meshes.paint import Canvas, Colour, fit_smooth_path, mix_colours, outline_stroke


def paint_stroke(
    canvas: Canvas, points: list[tuple[float, float]], width_m: float, colour: Colour, strength: float = 1.0
) -> None:
    """Paint a smooth line that is thin at both ends."""
    path = fit_smooth_path(np.array(points, float), 24) if len(points) > 2 else np.linspace(points[0], points[1], 12)
    widths = width_m * np.sin(np.linspace(0.25, np.pi - 0.25, len(path)))
    canvas.paint(canvas.rasterize(outline_stroke(path, widths)) * strength, colour)


def paint_spot(
    canvas: Canvas, centre: tuple[float, float], radii: tuple[float, float], colour: Colour, strength: float,
    hard: bool = False,
) -> None:  # fmt: skip
    """Paint an ellipse with a soft or hard border."""
    x, y = canvas.pixel_centres()
    square = ((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2
    mask = 1 - smoothstep(0.85, 1.1, square) if hard else np.exp(-square)
    canvas.paint(strength * mask, colour)


def paint_nose(canvas: Canvas, params: FaceParams, details: FaceDetails, tip_y_m: float, width: float) -> None:
    """Paint the nose in its style, about the height of its tip."""
    dark = mix_colours(params.shade, (0.55, 0.25, 0.24), 0.5)
    line = mix_colours(params.shade, (0.28, 0.12, 0.12), 0.65)
    shade, light = params.shade, mix_colours(params.skin, (1.0, 1.0, 1.0), 0.75)
    under, w = tip_y_m - 0.004, width
    match details.nose:
        case "dot":
            paint_spot(canvas, (0.0015, under), (0.0022, 0.0020), dark, 0.8)
            paint_spot(canvas, (-0.0012, tip_y_m + 0.0035), (0.0018, 0.0036), light, 0.6)
        case "line":
            paint_stroke(canvas, [(-0.0035 * w, under), (0.0, under - 0.0008), (0.0035 * w, under)], 0.0014, line)
        case "shadow":
            outline = [(-0.0055 * w, under), (0.0, under + 0.0012), (0.0055 * w, under), (0.0, under - 0.0045)]
            canvas.paint(canvas.rasterize(np.array(outline)) * 0.85, dark)
        case "triangle":
            outline = [(0.0005, tip_y_m + 0.010), (0.0060 * w, under), (0.0, under - 0.0015)]
            canvas.paint(canvas.rasterize(np.array(outline)) * 0.75, shade)
            paint_stroke(canvas, [(-0.0020, under - 0.001), (0.002, under - 0.0012)], 0.0012, line, 0.7)
        case "full":
            for side in (-1, 1):
                paint_spot(canvas, (side * 0.0042 * w, under), (0.0016, 0.0011), line, 0.8)
                wing = [
                    (side * 0.0078 * w, under + 0.004),
                    (side * 0.0086 * w, under + 0.001),
                    (side * 0.0070 * w, under),
                ]
                paint_stroke(canvas, wing, 0.0012, dark, 0.8)
            paint_spot(canvas, (0.0048, tip_y_m + 0.016), (0.0026, 0.016), shade, 0.45)
            paint_spot(canvas, (-0.0006, tip_y_m + 0.006), (0.0020, 0.010), light, 0.5)
            paint_spot(canvas, (0.0, under - 0.003), (0.007 * w, 0.0025), shade, 0.6)
        case "nostrils":
            for side in (-1, 1):
                paint_spot(canvas, (side * 0.0028 * w, under), (0.0011, 0.0009), line, 0.9, hard=True)
        case "highlight":
            paint_spot(canvas, (-0.0006, tip_y_m + 0.0010), (0.0016, 0.0022), light, 0.95, hard=True)
            paint_spot(canvas, (0.0006, under - 0.001), (0.004 * w, 0.0018), shade, 0.7)
        case "hook":
            hook = [(0.0010, tip_y_m + 0.013), (0.0038, tip_y_m + 0.002), (0.0032, under), (-0.0015, under - 0.0006)]
            paint_stroke(canvas, hook, 0.0014, line, 0.9)
        case "side_shadow":
            outline = [
                (0.0008, tip_y_m + 0.032),
                (0.0062 * w, tip_y_m + 0.026),
                (0.0058 * w, under),
                (0.0, under - 0.002),
            ]
            canvas.paint(canvas.rasterize(fit_smooth_path(np.array(outline), 40)) * 0.6, shade)


def paint_blush(canvas: Canvas, params: FaceParams, details: FaceDetails, y_m: float) -> None:
    """Paint the cheeks in the style of the blush."""
    colour = mix_colours(params.shade, (0.98, 0.42, 0.42), 0.6)
    strength = params.blush * {"airbrushed": 1.3, "flat": 0.8}.get(params.manner, 1.0)
    hard = params.manner in ("cel", "flat")
    x0 = 0.047
    for side in (-1, 1):
        match details.blush_style:
            case "round":
                paint_spot(canvas, (side * x0, y_m), (0.014, 0.0085), colour, strength * (0.7 if hard else 1), hard)
            case "wide":
                paint_spot(canvas, (side * (x0 - 0.006), y_m), (0.024, 0.007), colour, strength * 0.9)
            case "high":
                paint_spot(canvas, (side * (x0 + 0.006), y_m + 0.008), (0.017, 0.010), colour, strength * 0.9)
            case "hearts":
                _paint_heart(canvas, (side * x0, y_m), 0.008, colour, min(1.0, strength * 1.5))
            case "spirals":
                turn = np.linspace(0.5, 4.6 * np.pi, 60)
                path = np.stack([side * x0 + 0.00052 * turn * np.cos(turn), y_m + 0.00052 * turn * np.sin(turn)], 1)
                mask = canvas.rasterize(outline_stroke(path, np.full(60, 0.0012)))
                canvas.paint(mask * min(1.0, strength * 1.5), colour)
    if details.blush_style in ("lines", "nose"):
        soft = 0.6 if details.blush_style == "lines" else 1.0
        for side in (-1, 1):
            paint_spot(canvas, (side * x0, y_m), (0.013, 0.007), colour, strength * soft)
            for i in range(3):
                foot = side * x0 + 0.0052 * (i - 1)
                ends = [(foot - 0.0014, y_m - 0.0034), (foot + 0.0014, y_m + 0.0034)]
                if details.blush_style == "lines":
                    paint_stroke(canvas, ends, 0.0012, mix_colours(colour, (0.75, 0.15, 0.2), 0.5), 0.8)
    if details.blush_style == "nose":
        paint_spot(canvas, (0.0, y_m + 0.003), (0.030, 0.006), colour, strength)


def _paint_heart(canvas: Canvas, centre: tuple[float, float], half_m: float, colour: Colour, strength: float) -> None:
    canvas.paint(canvas.rasterize(outline_heart(half_m) + np.array(centre)) * strength, colour)


def outline_heart(half_m: float) -> Float[np.ndarray, "N 2"]:
    """Return the outline of a heart about the origin."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, y + 2.0], axis=1) * half_m / 16


def outline_star(half_m: float, points: int = 5) -> Float[np.ndarray, "N 2"]:
    """Return the outline of a star about the origin."""
    turn = np.pi / 2 + np.arange(2 * points) * np.pi / points
    radius = np.where(np.arange(2 * points) % 2, 0.45, 1.0) * half_m
    return np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius[:, None]
