"""Marks on the skin: freckles, moles, scars, plasters, face paint, make-up, stubble."""

import numpy as np

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.head.face import FaceDetails, FaceParams
from panic3d.datagen.synth.head.skin_painting.noses import outline_star, paint_spot, paint_stroke
from panic3d.datagen.synth.meshes.paint import Canvas, fit_smooth_path, mix_colours

PLASTER = (0.93, 0.76, 0.60)


def paint_marks(canvas: Canvas, params: FaceParams, details: FaceDetails, nose_y_m: float, mouth_y_m: float) -> None:
    """Paint all marks of a face."""
    _paint_stubble(canvas, params, details, mouth_y_m)
    _paint_make_up(canvas, params, details, mouth_y_m)
    if params.freckles:
        brown = mix_colours(params.shade, (0.62, 0.38, 0.28), 0.6)
        for i in range(14):
            for side in (-1, 1):
                spot = (side * (0.045 + 0.014 * np.cos(i * 2.4)), nose_y_m + 0.006 + 0.006 * np.sin(i * 1.7))
                paint_spot(canvas, spot, (0.0008, 0.0008), brown, 0.7)
    for mark in details.marks:
        _paint_mark(canvas, mark, params, details, nose_y_m, mouth_y_m)


def _paint_stubble(canvas: Canvas, params: FaceParams, details: FaceDetails, mouth_y_m: float) -> None:
    if details.stubble == 0:
        return
    x, y = canvas.pixel_centres()
    colour = mix_colours(details.hair_colour, params.shade, 0.35)
    jaw = smoothstep(mouth_y_m + 0.006 + 0.55 * np.maximum(np.abs(x) - 0.018, 0), mouth_y_m - 0.014, y)
    lip = np.exp(-((np.abs(x) / 0.017) ** 4) - ((y - mouth_y_m - 0.0085) / 0.0045) ** 2)
    bare = np.exp(-((x / 0.010) ** 4) - ((y - mouth_y_m + 0.003) / 0.005) ** 2)
    mask = np.maximum(jaw, 0.8 * lip) * (1 - 0.85 * bare) * (1 - smoothstep(0.050, 0.074, np.abs(x)))
    noise = np.random.default_rng(0).random((canvas.height // 3 + 1, canvas.width // 3 + 1), np.float32)
    grain = 0.55 + 0.45 * np.repeat(np.repeat(noise, 3, 0), 3, 1)[: canvas.height, : canvas.width]
    canvas.paint(0.55 * details.stubble * mask * grain, colour)


def _paint_make_up(canvas: Canvas, params: FaceParams, details: FaceDetails, mouth_y_m: float) -> None:
    eyes = params.eyes
    if details.eye_shadow:
        x, y = canvas.pixel_centres()
        cx, cy = eyes.centre_m[0] + 0.004, eyes.centre_m[1] + 0.75 * eyes.half_height_m
        square = ((np.abs(x) - cx) / (1.05 * eyes.half_width_m)) ** 2 + ((y - cy) / (0.75 * eyes.half_height_m)) ** 2
        canvas.paint(0.7 * details.eye_shadow * np.exp(-(square**1.5)), details.eye_shadow_colour)
    if details.lips:
        w = 0.0105
        outline = [(-w, 0.0), (-0.35 * w, 0.0040), (0.0, 0.0030), (0.35 * w, 0.0040), (w, 0.0), (0.4 * w, -0.0056),
                   (-0.4 * w, -0.0056)]  # fmt: skip
        path = fit_smooth_path(np.array(outline), 60, closed=True) + np.array([0.0, mouth_y_m])
        canvas.paint(canvas.rasterize(path) * 0.85 * details.lips, details.lip_colour)
        paint_spot(canvas, (-0.002, mouth_y_m - 0.0030), (0.0028, 0.0009), (1.0, 0.95, 0.95), 0.5 * details.lips)


def _paint_mark(
    canvas: Canvas, mark: str, params: FaceParams, details: FaceDetails, nose_y_m: float, mouth_y_m: float
) -> None:
    side, eyes = details.markings_side, params.eyes
    ex, ey = eyes.centre_m
    low = ey - eyes.half_height_m
    paint, dark = details.mark_colour, (0.20, 0.12, 0.12)
    scar = mix_colours(params.shade, (0.75, 0.30, 0.30), 0.45)
    match mark:
        case "mole_eye":
            paint_spot(canvas, (side * (ex + 0.008), low - 0.006), (0.0011, 0.0011), dark, 0.95, hard=True)
        case "mole_mouth":
            paint_spot(canvas, (side * 0.012, mouth_y_m - 0.007), (0.0011, 0.0011), dark, 0.95, hard=True)
        case "scar_eye":
            line = [(side * (ex - 0.006), ey + 0.034), (side * (ex + 0.001), ey), (side * (ex + 0.004), low - 0.014)]
            paint_stroke(canvas, line, 0.0028, scar)
            paint_stroke(canvas, line, 0.0010, mix_colours(params.skin, (1, 1, 1), 0.5), 0.7)
        case "scar_cheek":
            paint_stroke(canvas, [(side * 0.030, nose_y_m - 0.006), (side * 0.058, nose_y_m + 0.004)], 0.0024, scar)
            paint_stroke(canvas, [(side * 0.032, nose_y_m - 0.014), (side * 0.055, nose_y_m - 0.006)], 0.0020, scar)
        case "scar_nose":
            paint_stroke(canvas, [(-0.020, nose_y_m + 0.010), (0.0, nose_y_m + 0.013), (0.020, nose_y_m + 0.010)],
                         0.0026, scar)  # fmt: skip
        case "plaster_nose":
            _paint_plaster(canvas, (0.0, nose_y_m + 0.012), 0.0)
        case "plaster_cheek":
            _paint_plaster(canvas, (side * 0.046, nose_y_m - 0.004), side * 0.5)
        case "whiskers":
            for s in (-1, 1):
                for i in (-1, 0, 1):
                    line = [(s * 0.034, nose_y_m - 0.004 + 0.006 * i), (s * 0.060, nose_y_m - 0.002 + 0.010 * i)]
                    paint_stroke(canvas, line, 0.0016, dark, 0.9)
        case "stripes":
            for s in (-1, 1):
                for i in (0, 1):
                    y = nose_y_m + 0.002 - 0.008 * i
                    paint_stroke(canvas, [(s * 0.034, y - 0.002), (s * 0.064, y + 0.003)], 0.0046, paint, 0.9)
        case "tear":
            drop = [(0.0, 0.006), (0.003, -0.001), (0.0, -0.004), (-0.003, -0.001)]
            path = fit_smooth_path(np.array(drop), 30, closed=True) + np.array([side * (ex + 0.002), low - 0.012])
            canvas.paint(canvas.rasterize(path), paint)
        case "star":
            star = outline_star(0.0075) + np.array([side * 0.047, nose_y_m + 0.001])
            canvas.paint(canvas.rasterize(star), paint)
        case "forehead_gem":
            gem = np.array([(0.0, 0.008), (0.0045, 0.0), (0.0, -0.008), (-0.0045, 0.0)]) + np.array([0.0, 0.036])
            canvas.paint(canvas.rasterize(gem), paint)
            canvas.paint(canvas.rasterize(gem[[0, 2, 3]]), mix_colours(paint, (1, 1, 1), 0.4))
        case "eye_lines":
            for s in (-1, 1):
                line = [(s * (ex - 0.012), low - 0.002), (s * ex, low - 0.0045), (s * (ex + 0.024), low + 0.010)]
                paint_stroke(canvas, line, 0.0034, paint, 0.9)
        case "tribal":
            for s in (-1, 1):
                teeth = [(0.066, -0.012), (0.034, -0.020), (0.060, -0.024), (0.040, -0.036), (0.066, -0.034)]
                path = np.array([(s * a, ey + b - 0.006) for a, b in teeth])
                canvas.paint(canvas.rasterize(path), paint)
        case "dirt":
            for s, x, y in ((side, 0.040, -0.006), (-side, 0.052, 0.004)):
                for i in range(3):
                    ends = [
                        (s * x - 0.006 + 0.004 * i, nose_y_m + y - 0.003),
                        (s * x + 0.004 * i, nose_y_m + y + 0.004),
                    ]
                    paint_stroke(canvas, ends, 0.0020, (0.42, 0.32, 0.26), 0.45)
        case "bags":
            for s in (-1, 1):
                line = [
                    (s * (ex - 0.013), low - 0.001),
                    (s * (ex - 0.002), low - 0.005),
                    (s * (ex + 0.011), low - 0.003),
                ]
                paint_stroke(canvas, line, 0.0018, mix_colours(params.shade, (0.45, 0.25, 0.40), 0.5), 0.7)


def _paint_plaster(canvas: Canvas, centre: tuple[float, float], tilt: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    cosine, sine = np.cos(angle), np.sin(angle)
    pill = np.stack([0.013 * np.sign(cosine) * np.abs(cosine) ** 0.35, 0.0048 * np.sign(sine) * np.abs(sine) ** 0.5], 1)
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    canvas.paint(canvas.rasterize(pill @ turn + np.array(centre)), PLASTER)
    pad = np.array([(-0.004, -0.0046), (0.004, -0.0046), (0.004, 0.0046), (-0.004, 0.0046)])
    canvas.paint(canvas.rasterize(pad @ turn + np.array(centre)), mix_colours(PLASTER, (0.80, 0.58, 0.45), 0.5))
