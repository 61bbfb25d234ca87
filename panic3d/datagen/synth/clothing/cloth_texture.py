"""The texture of the clothes: painted torso, sleeves and skirt."""

import numpy as np
from jaxtyping import UInt8

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.clothing.params import ClothesParams
from panic3d.datagen.synth.meshes.paint import Canvas, mix_colours

CLOTH_PIXELS = 512
TORSO_V, SLEEVE_V, SKIRT_V = (0.0, 0.5), (0.52, 0.72), (0.74, 0.98)
"""Rows of the cloth texture."""


def paint_cloth(params: ClothesParams) -> UInt8[np.ndarray, "H W 4"]:
    """Paint torso (u around, front in the middle; v downwards), sleeves and skirt."""
    canvas = Canvas((CLOTH_PIXELS, CLOTH_PIXELS), (-0.5, 0.0, 0.5, -1.0), supersampling=1)
    x, y = canvas.pixel_centres()
    v = -y
    flat = np.ones((canvas.height, canvas.width), np.float32)
    shade = mix_colours(params.main, (0.35, 0.25, 0.45), 0.28)
    canvas.paint(flat, params.main)
    folds = 0.5 + 0.5 * np.sin(x * 61 + 3 * np.sin(v * 9)) * np.sin(v * 23 + x * 17)
    canvas.paint(0.22 * folds * smoothstep(0.12, 0.3, v), shade)
    canvas.paint(0.55 * smoothstep(0.17, 0.25, np.abs(x)) * (v < 0.5) * (1 - smoothstep(0.27, 0.36, np.abs(x))), shade)
    height_m = -0.150 - v / TORSO_V[1] * 0.43
    # Approximate distances from the middle line of front and back.
    front_m = np.abs(x) * 0.62
    back_m = (0.5 - np.abs(x)) * 0.62
    on_torso = (v < 0.5).astype(np.float32) * flat
    canvas.paint(on_torso * (height_m > -0.163), params.skin)
    if params.kind == "sailor":
        _paint_sailor_collar(canvas, params, front_m, back_m, height_m, on_torso, np.abs(x))
    elif params.kind == "blouse":
        placket = on_torso * (np.abs(x) < 0.030)
        canvas.paint(0.35 * placket, shade)
        canvas.paint(on_torso * (np.abs(np.abs(x) - 0.030) < 0.003), mix_colours(shade, (0.4, 0.3, 0.5), 0.3))
        for button in np.arange(-0.22, -0.50, -0.045):
            disc = ((front_m / 0.0042) ** 2 + ((height_m - button) / 0.0042) ** 2 < 1) * on_torso
            canvas.paint(disc, mix_colours(params.collar, (1.0, 1.0, 1.0), 0.2))
    elif params.kind == "hoodie":
        canvas.paint(
            on_torso * (np.abs(front_m - 0.018) < 0.0022) * (height_m > -0.27),
            mix_colours(params.main, (1.0, 1.0, 1.0), 0.75),
        )
        pocket = on_torso * (np.abs(x) < 0.11) * (height_m < -0.37) * (height_m > -0.45)
        canvas.paint(0.35 * pocket, shade)
    sleeve = ((v > SLEEVE_V[0]) & (v < SLEEVE_V[1])).astype(np.float32) * flat
    cuff = sleeve * (v > SLEEVE_V[1] - 0.05)
    canvas.paint(cuff, params.collar)
    if params.kind == "sailor":
        canvas.paint(cuff * (np.abs(v - SLEEVE_V[1] + 0.035) < 0.005), mix_colours(params.main, (1.0, 1.0, 1.0), 0.8))
    skirt = (v > SKIRT_V[0] - 0.01).astype(np.float32) * flat
    canvas.paint(skirt, params.skirt)
    pleats = (np.abs(((x * 16) % 1) - 0.5) * 2) ** 2
    canvas.paint(0.5 * skirt * pleats, mix_colours(params.skirt, (0.05, 0.03, 0.12), 0.6))
    return canvas.downsample()


def _paint_sailor_collar(
    canvas: Canvas,
    params: ClothesParams,
    front_m: np.ndarray,
    back_m: np.ndarray,
    height_m: np.ndarray,
    on_torso: np.ndarray,
    turn: np.ndarray,
) -> None:
    """Paint a V neck, the collar's lapels in front, its square flap behind, and a white line along its border."""
    white = mix_colours(params.main, (1.0, 1.0, 1.0), 0.8)
    depth = np.clip((height_m + 0.262) / 0.095, 0, 1.4)
    neck = (front_m < 0.050 * depth) & (turn < 0.25)
    width = 0.034 * np.clip(depth * 1.6, 0, 1) + 0.004
    lapel = (front_m < 0.050 * depth + width) & (turn < 0.25) & (height_m > -0.266)
    line = (np.abs(front_m - 0.050 * depth - width + 0.007) < 0.0018) & (turn < 0.25) & (height_m > -0.258)
    flap = (back_m < 0.085) & (height_m > -0.275) & (turn >= 0.25)
    edge = flap & ((np.abs(back_m - 0.077) < 0.002) | (np.abs(height_m + 0.267) < 0.002))
    shoulder = (height_m > -0.205) & (turn > 0.15) & (turn < 0.36)
    for mask, colour in ((lapel | flap | shoulder, params.collar), (line | edge, white), (neck, params.skin)):
        canvas.paint(on_torso * mask, colour)
