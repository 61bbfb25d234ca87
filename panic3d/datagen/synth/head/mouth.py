"""The styles, painting and landmarks of the mouth."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.families import added_in
from panic3d.datagen.synth.meshes.paint import Canvas, Colour, fit_smooth_path, mix_colours, outline_stroke

MOUTH_PATCH_HALF_M = 0.026
FANGS = ("none", "one", "two")


@dataclass(frozen=True)
class MouthParams:
    """The parameters of a mouth, in head units."""

    style: str = "smile"
    y_m: float = -0.062
    half_width_m: float = 0.011
    line: Colour = (0.45, 0.20, 0.20)
    inside: Colour = (0.62, 0.22, 0.26)
    line_weight: float = added_in(3, 1.0)
    """Thickness of the line."""
    lower_lip: float = added_in(3, 1.0)
    """Strength of the shade below closed lips."""
    fangs: str = added_in(3, "none")
    """One of `FANGS`."""


# Each style: control points of the line (half widths), and of the open lower lip, if any.
MOUTH_STYLES: dict[str, tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...] | None]] = {
    "smile": (((-1.0, 0.12), (-0.5, -0.08), (0.0, -0.14), (0.5, -0.08), (1.0, 0.12)), None),
    "line": (((-0.8, 0.0), (0.0, -0.03), (0.8, 0.0)), None),
    "frown": (((-0.8, -0.16), (0.0, 0.06), (0.8, -0.16)), None),
    "cat": (((-1.0, 0.16), (-0.55, -0.2), (0.0, 0.1), (0.55, -0.2), (1.0, 0.16)), None),
    "open": (
        ((-1.0, 0.28), (-0.4, 0.18), (0.0, 0.15), (0.4, 0.18), (1.0, 0.28)),
        ((0.7, -0.45), (0.0, -0.85), (-0.7, -0.45)),
    ),
    "grin": (
        ((-1.0, 0.32), (-0.5, 0.08), (0.0, 0.02), (0.5, 0.08), (1.0, 0.32)),
        ((0.75, -0.10), (0.0, -0.38), (-0.75, -0.10)),
    ),
    "smirk": (((-0.7, -0.08), (0.0, -0.10), (0.5, 0.02), (1.0, 0.28)), None),
    "pout": (((-0.8, -0.18), (0.0, 0.12), (0.8, -0.18)), None),
    "triangle": (((-0.62, -0.25), (-0.2, 0.30), (0.2, 0.30), (0.62, -0.25)), ((0.3, -0.36), (-0.3, -0.36))),
    "small_open": (((-0.55, 0.1), (0.0, 0.2), (0.55, 0.1)), ((0.4, -0.3), (0.0, -0.42), (-0.4, -0.3))),
}
MOUTHS_OF_VERSION_2 = tuple(MOUTH_STYLES)
MOUTH_STYLES |= {
    "wide_smile": (((-1.35, 0.26), (-0.8, 0.0), (0.0, -0.12), (0.8, 0.0), (1.35, 0.26)), None),
    "tiny": (((-0.32, 0.02), (0.0, -0.05), (0.32, 0.02)), None),
    "firm": (((-1.15, -0.10), (-0.5, 0.02), (0.0, -0.02), (0.5, 0.02), (1.15, -0.10)), None),
    "bow": (((-0.9, 0.0), (-0.35, 0.10), (0.0, -0.02), (0.35, 0.10), (0.9, 0.0)), None),
    "laugh": (
        ((-1.25, 0.42), (-0.6, 0.30), (0.0, 0.26), (0.6, 0.30), (1.25, 0.42)),
        ((1.0, -0.45), (0.45, -1.05), (-0.45, -1.05), (-1.0, -0.45)),
    ),
    "teeth": (
        ((-1.2, 0.34), (-0.6, 0.10), (0.0, 0.04), (0.6, 0.10), (1.2, 0.34)),
        ((0.95, -0.16), (0.4, -0.34), (-0.4, -0.34), (-0.95, -0.16)),
    ),
    "round_open": (
        ((-0.40, 0.0), (-0.26, 0.36), (0.0, 0.48), (0.26, 0.36), (0.40, 0.0)),
        ((0.26, -0.40), (0.0, -0.52), (-0.26, -0.40)),
    ),
    "lopsided": (
        ((-0.3, 0.10), (0.2, 0.14), (0.7, 0.22), (1.05, 0.44)),
        ((0.85, -0.12), (0.45, -0.42), (0.0, -0.30)),
    ),
    "wavy": (((-1.0, -0.06), (-0.6, 0.14), (-0.2, -0.12), (0.2, 0.14), (0.6, -0.12), (1.0, 0.08)), None),
    "clenched": (
        ((-1.1, 0.22), (-0.5, 0.30), (0.0, 0.30), (0.5, 0.30), (1.1, 0.22)),
        ((1.0, -0.26), (0.4, -0.34), (-0.4, -0.34), (-1.0, -0.26)),
    ),
    "box": (
        ((-0.72, 0.30), (-0.5, 0.36), (0.0, 0.32), (0.5, 0.36), (0.72, 0.30)),
        ((0.66, -0.50), (0.3, -0.58), (-0.3, -0.58), (-0.66, -0.50)),
    ),
}
HELDOUT_MOUTHS = ("wavy", "clenched", "box")
"""Mouths that characters of the family `heldout2` alone have."""
TEETH_ONLY = ("teeth", "clenched")


def _compute_outline(params: MouthParams) -> tuple[Float[np.ndarray, "N 2"], Float[np.ndarray, "M 2"] | None]:
    """Return the line of the lips, and for open mouths the lower lip."""
    upper, lower = MOUTH_STYLES[params.style]
    line = fit_smooth_path(np.array(upper, float), 30) * params.half_width_m
    if lower is None:
        return line, None
    return line, fit_smooth_path(np.array([upper[-1], *lower, upper[0]], float), 30) * params.half_width_m


def paint_mouth(params: MouthParams, size: int) -> np.ndarray:
    """Paint the line of the lips, and for open mouths the inside with teeth and tongue."""
    half = MOUTH_PATCH_HALF_M
    canvas = Canvas((size, size), (-half, half, half, -half))
    line, lower = _compute_outline(params)
    width = 0.0025 * params.line_weight
    if lower is not None:
        inside = canvas.rasterize(np.concatenate([line, lower]))
        canvas.paint(inside, params.inside)
        x, y = canvas.pixel_centres()
        deep = lower[:, 1].min()
        tongue = np.sqrt((x / (params.half_width_m * 0.6)) ** 2 + ((y - deep) / (-deep * 0.55 + 1e-6)) ** 2)
        canvas.paint(1 - smoothstep(0.9, 1.05, tongue), mix_colours(params.inside, (1.0, 0.62, 0.62), 0.6), inside)
        teeth = 1 - smoothstep(0.0016, 0.0022, line[15, 1] - y + 0 * x)
        canvas.paint(teeth if params.style not in TEETH_ONLY else inside, (0.98, 0.97, 0.96), inside)
        if params.style == "clenched":
            middle = line[15, 1] / 2 + lower[15, 1] / 2
            ends = params.half_width_m * np.array([-1.0, 1.0])
            seam = outline_stroke(np.stack([ends, [middle, middle]], axis=1), np.full(2, width * 0.5))
            canvas.paint(canvas.rasterize(seam), params.line)
        border = np.full(len(lower), width * 0.7)
        canvas.paint(canvas.rasterize(outline_stroke(lower, border)), params.line)
    t = np.linspace(0, 1, len(line))
    canvas.paint(canvas.rasterize(outline_stroke(line, width * (0.35 + 0.65 * np.sin(np.pi * t)))), params.line)
    if lower is None:
        x, y = canvas.pixel_centres()
        lip = np.exp(-((x / (params.half_width_m * 0.35)) ** 2) - ((y + params.half_width_m * 0.55) / 0.0014) ** 2)
        canvas.paint(0.35 * params.lower_lip * lip, mix_colours(params.line, (0.95, 0.55, 0.52), 0.7))
    _paint_fangs(canvas, params, line)
    return canvas.downsample()


def _paint_fangs(canvas: Canvas, params: MouthParams, line: Float[np.ndarray, "N 2"]) -> None:
    for place in {"none": (), "one": (23,), "two": (6, 23)}[params.fangs]:
        half = 0.0016
        tooth = line[place] + np.array([(-half, -0.0002), (half, -0.0002), (0.0002, -2.6 * half)])
        canvas.paint(canvas.rasterize(tooth), (0.98, 0.97, 0.96))
        if params.style not in TEETH_ONLY:
            border = outline_stroke(tooth[[0, 2, 1]], np.full(3, 0.0005))
            canvas.paint(canvas.rasterize(border) * 0.8, params.line)


def compute_mouth_landmarks(params: MouthParams) -> list[tuple[float, float]]:
    """Return left corner, upper middle, right corner and lower middle, in head units, as in the image."""
    line, lower = _compute_outline(params)
    middle = line[len(line) // 2]
    low = middle if lower is None else lower[len(lower) // 2]
    corners = np.stack([line[0], middle, line[-1], low]) + np.array([0.0, params.y_m])
    return [(float(x), float(y)) for x, y in corners]
