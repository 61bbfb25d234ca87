"""Clothes: a painted torso, sleeves, a skirt, shoes, and collars, ribbons and hoods as meshes of their own."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import UInt8

from panic3d.datagen.synth.clothing.body import SHOE, BodyShape, build_arm, build_leg, build_torso, compute_body_weights
from panic3d.datagen.synth.meshes.mesh import MeshPart, smoothstep
from panic3d.datagen.synth.meshes.paint import Canvas, Colour, mix_colours
from panic3d.datagen.synth.meshes.primitives import build_bow, build_loft, build_tube

CLOTH_PIXELS = 512
TORSO_V, SLEEVE_V, SKIRT_V = (0.0, 0.5), (0.52, 0.72), (0.74, 0.98)
"""Rows of the cloth texture."""
TRIM, TRIM_2, SHOES, BUTTON = 0, 1, 2, 3
"""Swatches of the trim texture."""


@dataclass(frozen=True)
class ClothesParams:
    """One outfit."""

    kind: str = "sailor"
    main: Colour = (0.96, 0.95, 0.97)
    collar: Colour = (0.16, 0.22, 0.45)
    accent: Colour = (0.80, 0.15, 0.22)
    skirt: Colour = (0.18, 0.22, 0.42)
    skin: Colour = (1.0, 0.9, 0.84)
    long_sleeves: bool = False


OUTFITS = ("sailor", "blouse", "hoodie")
SLEEVE_SHORT = [(0.070, 0.040), (0.10, 0.047), (0.14, 0.050), (0.18, 0.047), (0.20, 0.043), (0.20, 0.028)]
SLEEVE_LONG = [
    (0.070, 0.040),
    (0.10, 0.043),
    (0.20, 0.038),
    (0.30, 0.036),
    (0.40, 0.036),
    (0.47, 0.038),
    (0.50, 0.034),
    (0.50, 0.02),
]


def list_trim_colours(params: ClothesParams) -> list[Colour]:
    """In the order of the swatches."""
    return [params.collar, params.accent, mix_colours(params.skirt, (0.1, 0.08, 0.08), 0.6), (0.93, 0.80, 0.35)]


def paint_cloth(params: ClothesParams) -> UInt8[np.ndarray, "H W 4"]:
    """Torso (u around, front in the middle; v down), sleeves and skirt."""
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
    # metres from the middle, near enough, on the front and on the back
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
    """V neck with the collar's lapels in front and its square flap behind, one white line along its border."""
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


def build_clothes(params: ClothesParams, body: BodyShape) -> list[MeshPart]:
    """All meshes of the outfit, unscaled body, materials Cloth and Trim."""
    parts = [build_torso(body)]
    sleeve = SLEEVE_LONG if params.long_sleeves or params.kind == "hoodie" else SLEEVE_SHORT
    for sign in (-1.0, 1.0):
        parts.append(build_arm("Cloth", sleeve, SLEEVE_V, sign))
        shoe = build_leg("Trim", SHOE, (0.0, 1.0), sign)
        parts.append(replace(shoe, uv=(shoe.uv * 0.8 + [SHOES % 4 + 0.1, SHOES // 4 + 0.1]) / 4))
    parts.append(_build_skirt())
    trim = []
    if params.kind == "sailor":
        trim += build_bow(np.array([0.0, -0.262, 0.084]), 0.050, "Trim", TRIM_2)
    if params.kind == "blouse":
        trim += [_build_collar(), *build_bow(np.array([0.0, -0.186, 0.046]), 0.032, "Trim", TRIM_2)]
    if params.kind == "hoodie":
        trim += [_build_hood()]
    return parts + [replace(part, weights=compute_body_weights(part.xyz_head_m)) for part in trim]


def _make_ring(angle: np.ndarray, half_width: float, ahead: float, behind: float, y: np.ndarray | float) -> np.ndarray:
    z = np.where(np.cos(angle) > 0, ahead * np.cos(angle), -behind * np.cos(angle))
    return np.stack([half_width * np.sin(angle), np.broadcast_to(y, angle.shape), z - 0.008], axis=-1)


def _build_collar() -> MeshPart:
    """A turned-down shirt collar, open in front."""
    angle = np.linspace(-np.pi, np.pi, 33) * 0.97 + np.pi
    front = np.exp(-((((angle + np.pi) % (2 * np.pi) - np.pi) / 0.45) ** 2))
    rings = np.stack(
        [
            _make_ring(angle, 0.036, 0.034, -0.046, -0.158 - 0.016 * front),
            _make_ring(angle, 0.040, 0.040, -0.050, -0.146 - 0.018 * front),
            _make_ring(angle, 0.048, 0.048, -0.056, -0.150 - 0.020 * front),
            _make_ring(angle, 0.062, 0.060, -0.066, -0.178 - 0.028 * front),
        ]
    )
    return build_loft(rings[::-1], "Trim", TRIM, closed=False)


def _build_hood() -> MeshPart:
    """A hood that lies on shoulders and back."""
    angle = np.linspace(-2.5, 2.5, 25) + np.pi
    path = np.stack([0.072 * np.sin(angle), -0.190 - 0.022 * np.cos(angle), -0.028 + 0.066 * np.cos(angle)], axis=1)
    thick = 0.013 + 0.014 * np.clip(-np.cos(angle), 0, 1)
    return build_tube(path, thick, thick * 1.25, "Trim", TRIM)


def _build_skirt() -> MeshPart:
    """A pleated skirt from the waist to above the knees."""
    angle = np.linspace(-np.pi, np.pi, 49)
    rings = []
    for y, radius in ((-0.50, 0.086), (-0.58, 0.118), (-0.68, 0.150), (-0.78, 0.175)):
        pleat = 1 + 0.03 * np.sin(angle * 16) * (y < -0.52)
        rings.append(
            np.stack(
                [radius * np.sin(angle) * pleat, np.full(49, y), (radius * np.cos(angle) * 0.8) * pleat - 0.008], axis=1
            )
        )
    part = build_loft(np.array(rings), "Cloth", 0, closed=False)
    v, u = np.meshgrid(np.linspace(*SKIRT_V, 4), np.linspace(0, 1, 49), indexing="ij")
    weights = {"hips": np.ones(len(part.xyz_head_m))}
    return replace(part, uv=np.stack([u.ravel(), v.ravel()], axis=1), weights=weights)
