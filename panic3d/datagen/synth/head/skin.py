"""The texture of the skin of face and neck."""

import numpy as np
from jaxtyping import UInt8

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.head.face import FaceParams
from panic3d.datagen.synth.head.skin_painting.shade import paint_detailed_skin
from panic3d.datagen.synth.head.skull import FACE_UV_SPAN_M, FACE_UV_TOP_M, NECK_UV, HeadShape
from panic3d.datagen.synth.meshes.paint import Canvas, mix_colours

SKIN_PIXELS = 512


def paint_skin(params: FaceParams, shape: HeadShape) -> UInt8[np.ndarray, "H W 4"]:
    """Paint skin with blush and nose, and soft shade under the fringe, at the edge of the cheeks and below the chin."""
    if params.details is not None:
        return paint_detailed_skin(params, params.details, shape)
    span, top = FACE_UV_SPAN_M, FACE_UV_TOP_M
    canvas = Canvas((SKIN_PIXELS, SKIN_PIXELS), (-span / 2, top, span / 2, top - span), supersampling=1)
    x, y = canvas.pixel_centres()
    flat = np.ones((canvas.height, canvas.width), np.float32)
    shadow = mix_colours(params.shade, (0.62, 0.30, 0.36), 0.12)
    canvas.paint(flat, params.skin)
    canvas.paint(0.55 * smoothstep(0.018, 0.060, y) * flat, params.shade)
    canvas.paint(0.30 * smoothstep(0.066, 0.088, np.abs(x)) * flat, params.shade)
    _, top, right, bottom = NECK_UV
    u, v = 0.5 + x / span, (FACE_UV_TOP_M - y) / span
    neck = (u < right + 0.01) & (v > top - 0.01)
    down = (v - top) / (bottom - top)
    canvas.paint(neck * (0.95 - 0.55 * smoothstep(0.35, 0.85, down)) * flat, shadow)
    cheeks = np.exp(-(((np.abs(x) - 0.047) / 0.014) ** 2) - ((y + 0.034) / 0.0085) ** 2)
    canvas.paint(params.blush * cheeks, mix_colours(params.shade, (0.98, 0.42, 0.42), 0.6))
    nose = np.exp(-(((x - 0.0020) / 0.0022) ** 2) - ((y + 0.0405) / 0.0022) ** 2)
    canvas.paint(0.8 * nose, mix_colours(params.shade, (0.70, 0.35, 0.32), 0.5))
    bridge = np.exp(-(((x + 0.0012) / 0.0018) ** 2) - ((y + 0.033) / 0.004) ** 2)
    canvas.paint(0.6 * bridge, mix_colours(params.skin, (1.0, 1.0, 1.0), 0.7))
    if params.freckles:
        for i in range(14):
            spot_x, spot_y = 0.047 + 0.014 * np.cos(i * 2.4), -0.031 + 0.006 * np.sin(i * 1.7)
            dots = np.exp(-(((np.abs(x) - spot_x) / 0.0008) ** 2) - ((y - spot_y) / 0.0008) ** 2)
            canvas.paint(0.6 * dots, mix_colours(params.shade, (0.62, 0.38, 0.28), 0.6))
    return canvas.downsample()
