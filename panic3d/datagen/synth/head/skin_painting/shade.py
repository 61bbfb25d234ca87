"""The texture of skin since version 3 of the generator: shade in several manners, then noses, blush and marks."""

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.head.face import FaceDetails, FaceParams
from panic3d.datagen.synth.head.form import NOSE_TIP_Y_M, HeadForm
from panic3d.datagen.synth.head.formed_ears import EAR_UV
from panic3d.datagen.synth.head.skin_painting.marks import paint_marks
from panic3d.datagen.synth.head.skin_painting.noses import paint_blush, paint_nose
from panic3d.datagen.synth.head.skull import FACE_UV_SPAN_M, FACE_UV_TOP_M, NECK_UV, HeadShape, bend_rings
from panic3d.datagen.synth.meshes.paint import Canvas, Colour, mix_colours

DETAILED_SKIN_PIXELS = 768
TEMPLE_RING, CHIN_RING = 5, 12
"""Among the rings of the head."""
FACE_WINDOW_M = (-0.080, 0.070, 0.080, -0.115)
"""Left, top, right and bottom of the part of the face that is painted finely, on the standard head."""


def paint_detailed_skin(params: FaceParams, details: FaceDetails, shape: HeadShape) -> UInt8[np.ndarray, "H W 4"]:
    """Paint the skin of a head with a form."""
    form = shape.form or HeadForm()
    rgb = _paint_shade(params, details, _measure_half_width(shape, form))
    left, top, right, bottom = FACE_WINDOW_M
    per_m = DETAILED_SKIN_PIXELS / FACE_UV_SPAN_M
    column, row = round((left + FACE_UV_SPAN_M / 2) * per_m), round((FACE_UV_TOP_M - top) * per_m)
    width, height = round((right - left) * per_m), round((top - bottom) * per_m)
    canvas = Canvas((width, height), FACE_WINDOW_M)
    nose_y = float(form.lower(NOSE_TIP_Y_M + form.nose_tip_m))
    mouth_y = float(form.lower(params.mouth.y_m))
    paint_blush(canvas, params, details, float(form.lower(-0.034)))
    paint_nose(canvas, params, details, nose_y, form.nose_width)
    paint_marks(canvas, params, details, nose_y, mouth_y)
    layer = canvas.downsample().astype(np.float32) / 255
    area = rgb[row : row + height, column : column + width]
    area += (layer[..., :3] - area) * layer[..., 3:]
    picture = np.full((DETAILED_SKIN_PIXELS, DETAILED_SKIN_PIXELS, 4), 255, np.uint8)
    picture[..., :3] = (rgb.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return picture


def choose_edge(manner: str) -> float:
    """Return how soft the edges of shade are, relative to the manner `soft`."""
    return {"cel": 0.06, "flat": 0.06, "lined": 0.08, "airbrushed": 1.6, "glossy": 0.7}.get(manner, 1.0)


def _shade_step(middle: np.ndarray | float, half: float, value: np.ndarray, manner: str) -> np.ndarray:
    half = half * choose_edge(manner)
    return smoothstep(middle - half, middle + half, value)


def _blend(rgb: np.ndarray, mask: np.ndarray, colour: Colour) -> None:
    """Mix a colour into a picture, or a part of one, in place."""
    rgb += (np.asarray(colour, np.float32) - rgb) * mask.astype(np.float32)[..., None]


def _measure_half_width(shape: HeadShape, form: HeadForm) -> Float[np.ndarray, "H 1"]:
    """Return the half width of the head at each row of the texture; above the temples it is constant."""
    rings = bend_rings(shape)[TEMPLE_RING:CHIN_RING]
    y = FACE_UV_TOP_M - (np.arange(DETAILED_SKIN_PIXELS) + 0.5) / DETAILED_SKIN_PIXELS * FACE_UV_SPAN_M
    return np.interp(-y, -np.asarray(form.lower(rings[:, 0])), rings[:, 2])[:, None].astype(np.float32)


def _paint_shade(
    params: FaceParams, details: FaceDetails, half_width_m: Float[np.ndarray, "H 1"]
) -> Float[np.ndarray, "H W 3"]:
    size, span, manner = DETAILED_SKIN_PIXELS, FACE_UV_SPAN_M, params.manner
    x = ((np.arange(size, dtype=np.float32) + 0.5) / size - 0.5)[None] * span
    y = FACE_UV_TOP_M - ((np.arange(size, dtype=np.float32) + 0.5) / size)[:, None] * span
    rgb = np.empty((size, size, 3), np.float32)
    rgb[:] = params.skin
    shadow = mix_colours(params.shade, (0.62, 0.30, 0.36), 0.12)
    strength = {"flat": 0.55, "airbrushed": 1.1}.get(manner, 1.0)
    if manner in ("gradient", "airbrushed"):
        _blend(rgb, 0.28 * smoothstep(-0.02, -0.10, y) + 0 * x, params.shade)
    teeth = 0.004 * np.abs((x / 0.026 + 0.3) % 2 - 1) if choose_edge(manner) < 0.1 else 0 * x
    fringe = _shade_step(0.036, 0.020, y + teeth - 0.35 * np.maximum(np.abs(x) - 0.03, 0), manner)
    hard = choose_edge(manner) < 0.1
    _blend(rgb, details.hair_shadow * strength * (0.75 if hard else 1.0) * fringe, params.shade)
    edge = np.abs(x) - half_width_m + (0.10 * np.minimum(y + 0.02, 0.02) if hard else 0.0 * y)
    _blend(rgb, details.side_shade * strength * _shade_step(-0.0095, 0.012, edge, manner), params.shade)
    if manner == "glossy":
        spots = np.exp(-((x / 0.020) ** 2) - ((y - 0.030) / 0.006) ** 2)
        _blend(rgb, 0.35 * spots, (1.0, 1.0, 1.0))
    _paint_neck(rgb, details, params, shadow, strength)
    _paint_ears(rgb, params, shadow)
    return rgb


def _paint_neck(
    rgb: Float[np.ndarray, "H W 3"], details: FaceDetails, params: FaceParams, shadow: Colour, strength: float
) -> None:
    size = len(rgb)
    left, top, right, bottom = (round(edge * size) for edge in NECK_UV)
    margin = size // 100
    rows, columns = slice(top - margin, bottom + margin), slice(left - margin, right + margin)
    patch = rgb[rows, columns]
    patch[:] = params.skin
    around = (np.arange(columns.start, columns.stop, dtype=np.float32)[None] - left) / (right - left)
    down = (np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - top) / (bottom - top)
    ahead = 1 - smoothstep(0.22, 0.42, np.abs(around - 0.5))
    _blend(patch, (details.side_shade * strength) * (1 - ahead) + 0 * down, params.shade)
    fall = _shade_step(0.62 - 0.5 * np.abs(around - 0.5), 0.25, down, params.manner)
    _blend(patch, details.neck_shadow * min(strength * 1.2, 1.0) * ahead * (1 - 0.85 * fall), shadow)
    if params.manner == "lined":
        line = np.exp(-(((np.abs(around - 0.5) - 0.10) / 0.006) ** 2)) * smoothstep(0.75, 0.95, down)
        _blend(patch, 0.5 * line, mix_colours(shadow, (0.30, 0.15, 0.15), 0.6))


def _paint_ears(rgb: Float[np.ndarray, "H W 3"], params: FaceParams, shadow: Colour) -> None:
    size = DETAILED_SKIN_PIXELS
    left, top, right, bottom = (round(edge * size) for edge in EAR_UV)
    patch = rgb[top:bottom, left:right]
    u = np.linspace(-1, 1, right - left, dtype=np.float32)[None] / 0.92
    v = np.linspace(-1, 1, bottom - top, dtype=np.float32)[:, None] / 0.92
    patch[:] = params.skin
    radius = np.hypot(u, v)
    soft = 0.10 * choose_edge(params.manner) + 0.02
    bowl = 1 - smoothstep(0.44 - soft, 0.44 + soft, radius)
    groove = np.exp(-(((radius - 0.80) / 0.06) ** 2)) * smoothstep(-0.9, 0.2, -v)
    _blend(patch, (0.75 * bowl + 0.45 * groove).clip(0, 1), shadow)
    if params.manner in ("airbrushed", "soft", "gradient"):
        _blend(patch, 0.25 * smoothstep(0.7, 1.0, radius), mix_colours(params.shade, (0.98, 0.42, 0.42), 0.4))
    if params.manner == "lined":
        line = np.exp(-(((radius - 0.72) / 0.03) ** 2)) * (v < 0.5)
        _blend(patch, 0.7 * line, mix_colours(shadow, (0.30, 0.15, 0.15), 0.6))
