"""Cloth: patterns, folds, and shade in the manners of painting."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.clothing.figure.sheet import Chart
from panic3d.datagen.synth.clothing.params import ClothesParams
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours

WHITE: Colour = (0.98, 0.97, 0.98)
DARK: Colour = (0.14, 0.12, 0.16)
GOLD: Colour = (0.90, 0.74, 0.32)
SHADE_FACTOR = np.array([0.70, 0.63, 0.74], np.float32)
LINE_FACTOR = np.array([0.42, 0.34, 0.42], np.float32)
FOLD_CENTRE_M = (0.095, -0.250)
"""x and y of the armpit, from which folds radiate."""
FOLD_DIRECTIONS = ((2.55, 0.0045), (3.05, 0.0035), (-2.60, 0.0050), (-1.95, 0.0060), (-0.75, 0.0050), (-0.15, 0.0035))
"""Angle from outwards towards up, and width, of each fold."""


def darken(colour: Colour, share: float = 0.4) -> Colour:
    """Mix a colour with a dark violet."""
    return mix_colours(colour, (0.12, 0.07, 0.16), share)


def lighten(colour: Colour, share: float = 0.5) -> Colour:
    """Mix a colour with white."""
    return mix_colours(colour, WHITE, share)


def fill_cloth(chart: Chart, params: ClothesParams, colour: Colour, pattern: str = "plain") -> None:
    """Fill a chart with cloth of a pattern in the outfit's accent."""
    chart.fill(colour)
    across, down = (chart.u - 0.5) * chart.width_m, chart.v * chart.length_m
    if pattern == "plain":
        return
    second = params.accent
    match pattern:
        case "stripes":
            chart.paint(chart.edge(np.abs((down / 0.024) % 1 - 0.5) * 0.024 - 0.007), second)
        case "vertical_stripes":
            chart.paint(0.9 * chart.edge(np.abs((across / 0.020) % 1 - 0.5) * 0.020 - 0.0072), second)
        case "checks":
            for axis in (across, down):
                chart.paint(0.5 * chart.edge(np.abs((axis / 0.036) % 1 - 0.5) * 0.036 - 0.0095), second)
                chart.paint(0.7 * chart.edge(0.0014 - np.abs((axis / 0.036) % 1 - 0.5) * 0.036), lighten(second))
        case "dots":
            row = np.floor(down / 0.022)
            x = ((across / 0.026 + 0.5 * (row % 2)) % 1 - 0.5) * 0.026
            y = ((down / 0.022) % 1 - 0.5) * 0.022
            chart.paint(chart.edge(0.0042 - np.hypot(x, y)), second)
        case "argyle":
            x, y = np.abs((across / 0.050) % 1 - 0.5) * 2, np.abs((down / 0.070) % 1 - 0.5) * 2
            chart.paint(0.85 * chart.edge((1 - x - y) * 0.018), second)
            chart.paint(0.7 * chart.edge(0.0010 - np.abs(x - y) * 0.018), lighten(colour, 0.6))


def paint_logo(chart: Chart, params: ClothesParams) -> None:
    """Paint a simple shape on the chest: star, heart, disc, bars or bolt, chosen by the accent's hue."""
    x, y = chart.x, chart.y + 0.268
    turn = np.arctan2(x, y)
    radius = np.hypot(x, y)
    kind = int(sum(params.accent) * 50) % 4
    if kind == 0:
        shape = 0.026 * (0.62 + 0.38 * np.cos(5 * turn)) - radius * 0.8
    elif kind == 1:
        lobes = np.hypot(np.abs(x) - 0.010, y - 0.006)
        shape = np.maximum(0.0125 - lobes, np.minimum(0.022 - np.abs(x) * 1.25 + y, -y + 0.008) * 0.7)
    elif kind == 2:
        shape = np.minimum(0.024 - radius, np.maximum(np.abs(y) - 0.005, radius - 0.018))
    else:
        shape = np.minimum(0.034 - np.abs(x), 0.003 - np.abs(np.abs(y) - 0.008))
    chart.paint(chart.edge(shape) * chart.front, params.accent)


def compute_folds(
    x: Float[np.ndarray, "H W"], y: Float[np.ndarray, "H W"], z: Float[np.ndarray, "H W"], strength: float = 1.0
) -> Float[np.ndarray, "H W"]:
    """Compute the depth of folds, 0 to 1: they radiate from the armpits, and hang where the cloth is free."""
    beside, below = np.abs(x) - FOLD_CENTRE_M[0], y - FOLD_CENTRE_M[1]
    radius, turn = np.hypot(beside, below), np.arctan2(below, beside)
    window = smoothstep(0.012, 0.028, radius) * (1 - smoothstep(0.045, 0.085, radius))
    pulled = np.zeros(x.shape, np.float32)
    for direction, width_m in FOLD_DIRECTIONS:
        away = (turn - direction + np.pi) % (2 * np.pi) - np.pi
        pulled = np.maximum(pulled, np.exp(-((radius * away / width_m) ** 2)))
    hanging = np.sin(62.0 * x + 24.0 * z + 2.5 * np.sin(21.0 * y + 1.3))
    low = smoothstep(-0.27, -0.40, y)
    return strength * np.clip(
        np.maximum(np.where(z > -0.014, 0.8, 0.45) * pulled * window, 0.8 * np.clip(hanging, 0, 1) ** 2 * low),
        0,
        1,
    )


def compute_shade(xyz: Float[np.ndarray, "3 H W"], normal: Float[np.ndarray, "3 H W"]) -> Float[np.ndarray, "H W"]:
    """Compute how much of the light is missing, 0 to 1: at the sides, below the chin and on what faces down."""
    sideways, upward = np.abs(normal[0]), normal[1]
    shade = 0.55 * smoothstep(0.45, 0.98, sideways) * (1 - smoothstep(0.2, 0.7, upward))
    shade = shade + 0.35 * smoothstep(0.0, -0.5, upward)
    chin = np.exp(-((xyz[0] / 0.055) ** 2)) * smoothstep(-0.225, -0.165, xyz[1]) * (xyz[2] > -0.01)
    return np.clip(shade + 0.8 * chin, 0, 1)


def finish_cloth(chart: Chart, params: ClothesParams, folds: float = 1.0) -> None:
    """Shade what is painted, in the outfit's manner."""
    rgb, manner = chart.canvas.rgb, params.manner
    x, y, z, *normal = chart.coarse_fields
    crease = chart.refine(compute_folds(x, y, z, folds)) if folds else np.zeros(chart.shape, np.float32)
    shade = chart.refine(compute_shade(np.stack([x, y, z]), np.stack(normal)))
    light = np.zeros(chart.shape, np.float32)
    match manner:
        case "flat":
            amount = 0.34 * smoothstep(0.40, 0.62, shade)
        case "cel":
            amount = 0.85 * smoothstep(0.42, 0.46, np.maximum(shade, 0.9 * crease))
        case "airbrushed":
            amount = 0.85 * shade + 0.40 * crease
            light = 0.25 * np.clip(chart.normal[1], 0, 1)
        case "glossy":
            amount = 0.6 * shade + 0.45 * crease
            light = 0.5 * smoothstep(0.50, 0.60, chart.normal[1] + 0.25 * np.sin(38 * chart.x + 30 * chart.y))
        case "gradient":
            amount = 0.3 * shade + 0.2 * crease + 0.75 * smoothstep(-0.20, -0.42, chart.y)
        case "lined":
            amount = 0.60 * smoothstep(0.40, 0.48, shade)
        case _:
            amount = 0.55 * shade + 0.38 * crease
    amount = np.clip(amount, 0, 1)[None]
    rgb *= 1 - amount * (1 - SHADE_FACTOR[:, None, None])
    rgb += light[None] * (1 - rgb) * 0.6
    if manner == "lined" and folds:
        line = smoothstep(0.80, 0.92, crease)[None]
        rgb *= 1 - line * (1 - LINE_FACTOR[:, None, None])
        border = chart.canvas.alpha
        steps = np.abs(np.gradient(border, axis=0)) + np.abs(np.gradient(border, axis=1))
        rgb *= 1 - np.clip(steps, 0, 1)[None] * (1 - LINE_FACTOR[:, None, None])


def paint_seam(chart: Chart, distance_m: Float[np.ndarray, "H W"], colour: Colour, width_m: float = 0.0012) -> None:
    """Paint a seam along the zero line of a distance."""
    chart.paint(0.75 * chart.edge(width_m - np.abs(distance_m)), darken(colour, 0.35))


def paint_buttons(
    chart: Chart, x_m: float, heights_m: tuple[float, ...], colour: Colour, radius_m: float = 0.0055
) -> None:
    """Paint round buttons on the front."""
    reach_m = radius_m + 0.0012 + chart.pixel_m
    for height in heights_m:
        near = (np.abs(chart.x - x_m) < reach_m) & (np.abs(chart.y - height) < reach_m)
        rows, columns = (np.flatnonzero(near.any(axis)) for axis in (1, 0))
        if not len(rows):
            continue
        area = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        across, up, front = chart.x[area] - x_m, chart.y[area] - height, chart.front[area]
        radius = np.hypot(across, up)
        glint = np.hypot(across + 0.35 * radius_m, up - 0.35 * radius_m)
        for mask, painted in (
            (chart.edge(radius_m + 0.0012 - radius), darken(colour, 0.6)),
            (chart.edge(radius_m - radius), colour),
            (0.7 * chart.edge(0.35 * radius_m - glint), WHITE),
        ):
            whole = np.zeros(chart.shape, np.float32)
            whole[area] = mask * front
            chart.paint(whole, painted)
