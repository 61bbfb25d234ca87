"""Details that several outfits share: shirt fronts, lapels, ties, zips, bows, collars of shirts."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.clothing.figure.sheet import Chart, PaintFunction
from panic3d.datagen.synth.clothing.outfits.fabric import (
    WHITE,
    darken,
    fill_cloth,
    finish_cloth,
    paint_buttons,
    paint_seam,
)
from panic3d.datagen.synth.clothing.outfits.tailor import ACCENT, Tailor
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours
from panic3d.datagen.synth.meshes.primitives import build_bow

INNER_OFFSET_M = 0.0035
OUTER_OFFSET_M = 0.0105


def paint_shirt(tailor: Tailor, colour: Colour, pattern: str = "plain", buttons: bool = True) -> PaintFunction:
    """Make the function that paints a shirt with placket and buttons."""

    def paint(chart: Chart) -> None:
        fill_cloth(chart, tailor.params, colour, pattern)
        if buttons:
            for side in (-0.011, 0.011):
                paint_seam(chart, np.where(chart.front > 0, chart.x - side, 1.0), colour, 0.0008)
            paint_buttons(chart, 0.0, (-0.222, -0.258, -0.294, -0.330, -0.366), mix_colours(colour, WHITE, 0.5), 0.004)
        finish_cloth(chart, tailor.params)

    return paint


def paint_collar(tailor: Tailor, colour: Colour, gap: float = 0.06, hem: Colour | None = None) -> PaintFunction:
    """Make the function that paints a turned collar whose points stand apart in front."""

    def paint(chart: Chart) -> None:
        chart.fill(colour)
        if hem is not None:
            inner = np.minimum((1 - chart.v) * chart.length_m, np.minimum(chart.u, 1 - chart.u) * chart.width_m)
            chart.paint(chart.band(inner + 0.0 * chart.v, 0.005, 0.0085), hem)
        finish_cloth(chart, tailor.params, 0.0)
        fold = smooth_line(chart, 0.42)
        chart.paint(0.35 * fold, darken(colour, 0.45))
        border = np.minimum((1 - chart.v) * chart.length_m, np.minimum(chart.u, 1 - chart.u) * chart.width_m)
        chart.paint(0.45 * chart.edge(0.0014 - border), darken(colour, 0.5))
        slant = np.minimum(chart.u, 1 - chart.u) - gap * np.clip((chart.v - 0.45) / 0.55, 0, 1) * 0.5
        chart.cut(slant * chart.width_m * np.ones(chart.shape))

    return paint


def smooth_line(chart: Chart, at_v: float, width: float = 0.05) -> Float[np.ndarray, "H W"]:
    """Return a soft line across a chart."""
    return np.exp(-(((chart.v - at_v) / width) ** 2)) * np.ones(chart.shape, np.float32)


def add_shirt(
    tailor: Tailor, colour: Colour, whole: bool = False, pattern: str = "plain", buttons: bool = True
) -> None:
    """Add a shirt with its collar: all of it, or the front that an open jacket shows."""
    paint = paint_shirt(tailor, colour, pattern, buttons)
    if whole:
        tailor.shell(paint, INNER_OFFSET_M + 0.5 * tailor.params.looseness_m)
    else:
        tailor.shell(_without_turn(paint), INNER_OFFSET_M, span=1.5, pixels=(512, 384), columns=24)


def _without_turn(paint: PaintFunction) -> PaintFunction:
    """Adapt a function that paints the whole torso to a shell of the front alone."""

    def adapted(chart: Chart) -> None:
        chart.front = np.ones(chart.shape, np.float32)
        paint(chart)

    return adapted


def add_front_patch(
    tailor: Tailor, paint: PaintFunction, offset_m: float, span: float = 1.2, pixels: tuple[int, int] = (384, 384)
) -> None:
    """Add a layer on chest and belly, whose paint cuts its outline."""
    tailor.shell(_without_turn(paint), offset_m, span=span, pixels=pixels, columns=20, rows=24)


def add_tie(tailor: Tailor, colour: Colour, pattern: str = "plain", length_m: float = 0.30) -> None:
    """Add a necktie with its knot."""
    knot_y = -0.190

    def paint(chart: Chart) -> None:
        fill_cloth(chart, tailor.params, colour)
        if pattern != "plain":
            slanted = (chart.y + 0.8 * chart.x) / 0.022
            chart.paint(chart.edge(np.abs(slanted % 1 - 0.5) * 0.022 - 0.0075), mix_colours(colour, WHITE, 0.6))
        below = knot_y - chart.y
        half = np.where(below < 0.014, 0.0125 - 0.30 * below, 0.0078 + 0.075 * (below - 0.014))
        chart.paint(0.8 * chart.edge(0.0012 - np.abs(below - 0.014)), darken(colour, 0.6))
        chart.paint(0.5 * chart.edge(0.002 - half + np.abs(chart.x)), darken(colour, 0.4))
        finish_cloth(chart, tailor.params, 0.0)
        tip = length_m - below - np.abs(chart.x) * 0.9
        chart.cut(np.minimum(np.minimum(half - np.abs(chart.x), below + 0.006), tip))

    def offset(levels: np.ndarray, angles: np.ndarray) -> np.ndarray:
        at_knot = np.exp(-(((levels - tailor.figure.find_level(knot_y - 0.004)) / 0.010) ** 2))
        return (
            INNER_OFFSET_M
            + 0.5 * tailor.params.looseness_m
            + 0.0032
            + 0.007 * at_knot * np.exp(-((angles / 0.35) ** 2))
        )

    tailor.shell(_without_turn(paint), offset, span=0.75, pixels=(192, 384), columns=12, rows=28)


def add_bow(tailor: Tailor, size_m: float, y_m: float = -0.190, offset_m: float = 0.012, tails: bool = True) -> None:
    """Add a ribbon bow on the chest."""
    place = tailor.figure.find_front_point(y_m, offset_m)
    tailor.solids += build_bow(place, size_m * tailor.params.bulk, "Trim", ACCENT, tails)


def jacket_cut(
    chart: Chart, bottom_m: float, half_m: float, gap_m: float = 0.0, flare: float = 0.0
) -> Float[np.ndarray, "H W"]:
    """Return the cut of a jacket: a V that ends at a height, and below it a gap that widens by `flare`."""
    top = -0.168
    share = np.clip((chart.y - bottom_m) / (top - bottom_m), 0.0, 1.5)
    opening = gap_m + (half_m - gap_m) * share + flare * np.maximum(bottom_m - chart.y, 0)
    behind = np.maximum(np.abs(chart.x) - half_m, -0.1580 - chart.y)
    return np.where(chart.front > 0, np.abs(chart.x) - opening, behind)


def add_lapels(
    tailor: Tailor, colour: Colour, bottom_m: float, half_m: float, width_m: float, gap_m: float = 0.0,
    hem: Colour | None = None,
) -> None:  # fmt: skip
    """Add notched lapels along the V of a jacket."""

    def paint(chart: Chart) -> None:
        chart.fill(colour)
        inside = jacket_cut(chart, bottom_m, half_m, gap_m)
        share = np.clip((chart.y - bottom_m) / (-0.172 - bottom_m), 0, 1)
        width = width_m * np.clip(share * 2.6, 0, 1) * (1 - 0.15 * share)
        notch = np.hypot(inside - width_m * 1.05, (chart.y + 0.206) * 1.6) - 0.010
        border = np.minimum(width - inside, notch)
        if hem is not None:
            chart.paint(chart.edge(0.0045 - border), hem)
        finish_cloth(chart, tailor.params, 0.0)
        chart.paint(0.55 * chart.edge(0.0014 - border), darken(colour, 0.6))
        chart.paint(0.4 * chart.edge(0.0010 - np.abs(chart.y + 0.207 - 0.3 * (inside - 0.01))), darken(colour, 0.6))
        chart.cut(np.minimum(np.minimum(inside + 0.002, border), np.minimum(chart.y - bottom_m, -0.160 - chart.y)))

    offset = OUTER_OFFSET_M + tailor.params.looseness_m + 0.0032
    add_front_patch(tailor, paint, offset, 1.45, (512, 384))


def paint_zip(chart: Chart, colour: Colour, from_y_m: float = -0.16) -> None:
    """Paint a zip down the front."""
    ahead = chart.front * (chart.y < from_y_m)
    chart.paint(ahead * chart.edge(0.0055 - np.abs(chart.x)), darken(colour, 0.45))
    teeth = ahead * chart.edge(0.0020 - np.abs(chart.x)) * ((chart.y * 160) % 1 > 0.4)
    chart.paint(teeth, (0.80, 0.80, 0.82))


def paint_pocket(chart: Chart, x_m: float, y_m: float, half_m: float, tall_m: float, colour: Colour) -> None:
    """Paint the outline of a pocket with a flap."""
    box = np.maximum(np.abs(chart.x - x_m) - half_m, np.abs(chart.y - y_m) - tall_m)
    chart.paint(0.7 * chart.front * chart.edge(0.0009 - np.abs(box)), darken(colour, 0.5))
    flap = np.abs(chart.y - y_m - 0.55 * tall_m) * np.ones(chart.shape)
    chart.paint(0.6 * chart.front * chart.edge(0.0009 - flap) * (box < 0), darken(colour, 0.5))
