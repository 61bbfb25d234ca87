"""The meshes of the clothes: torso, sleeves, skirt, shoes, and collars, bows and hoods."""

from dataclasses import replace

import numpy as np

from panic3d.datagen.synth.clothing.body import SHOE, BodyShape, build_arm, build_leg, build_torso, compute_body_weights
from panic3d.datagen.synth.clothing.cloth_texture import SKIRT_V, SLEEVE_V
from panic3d.datagen.synth.clothing.params import ClothesParams
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours
from panic3d.datagen.synth.meshes.primitives import build_bow, build_loft, build_tube

TRIM, TRIM_2, SHOES, BUTTON = 0, 1, 2, 3
"""Swatches of the trim texture."""
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
    """List the colours in the order of the trim texture's swatches."""
    return [params.collar, params.accent, mix_colours(params.skirt, (0.1, 0.08, 0.08), 0.6), (0.93, 0.80, 0.35)]


def build_clothes(params: ClothesParams, body: BodyShape) -> list[MeshPart]:
    """Build all meshes of the outfit for an unscaled body, in the materials Cloth and Trim."""
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
    """Make an ellipse around the neck with different radii in front and behind."""
    z = np.where(np.cos(angle) > 0, ahead * np.cos(angle), -behind * np.cos(angle))
    return np.stack([half_width * np.sin(angle), np.broadcast_to(y, angle.shape), z - 0.008], axis=-1)


def _build_collar() -> MeshPart:
    """Build a turned-down shirt collar that is open in front."""
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
    """Build a hood that lies on shoulders and back."""
    angle = np.linspace(-2.5, 2.5, 25) + np.pi
    path = np.stack([0.072 * np.sin(angle), -0.190 - 0.022 * np.cos(angle), -0.028 + 0.066 * np.cos(angle)], axis=1)
    thick = 0.013 + 0.014 * np.clip(-np.cos(angle), 0, 1)
    return build_tube(path, thick, thick * 1.25, "Trim", TRIM)


def _build_skirt() -> MeshPart:
    """Build a pleated skirt from the waist to above the knees."""
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
