"""Jackets, coats, hoods, capes and scarves."""

import numpy as np

from panic3d.datagen.synth.clothing.figure.sheet import Chart, PaintFunction
from panic3d.datagen.synth.clothing.outfits.cuts import crew_neck
from panic3d.datagen.synth.clothing.outfits.details import (
    OUTER_OFFSET_M,
    add_lapels,
    add_shirt,
    add_tie,
    jacket_cut,
    paint_collar,
    paint_pocket,
    paint_zip,
)
from panic3d.datagen.synth.clothing.outfits.fabric import (
    GOLD,
    darken,
    fill_cloth,
    finish_cloth,
    lighten,
    paint_buttons,
    paint_logo,
    paint_seam,
)
from panic3d.datagen.synth.clothing.outfits.registry import OutfitRegistry
from panic3d.datagen.synth.clothing.outfits.tailor import METAL, Tailor
from panic3d.datagen.synth.clothing.params import BANDS, PRINTS
from panic3d.datagen.synth.meshes.primitives import build_ellipsoid

OUTERWEAR = OutfitRegistry()


def _add_undershirt(tailor: Tailor) -> None:
    """Add the front of a T-shirt that an open jacket shows."""
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.inner, params.pattern)
        if params.pattern == "logo":
            paint_logo(chart, params)
        chart.cut(crew_neck(chart, tailor, 0.004), darken(params.inner, 0.2), 0.006)
        finish_cloth(chart, params)

    tailor.shell(paint, 0.0035, pixels=(512, 384))


@OUTERWEAR.register(
    "open_jacket", "jacket", "open_jacket", "open_clothes", "t-shirt",
    patterns=PRINTS,
)  # fmt: skip
def open_jacket(tailor: Tailor) -> None:
    """A jacket with a stand collar, worn open over a T-shirt."""
    params = tailor.params
    _add_undershirt(tailor)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        for side in (-0.062, 0.062):
            paint_seam(chart, np.where(chart.front > 0, chart.x - side, 1.0), params.main)
        paint_seam(chart, np.where(chart.front > 0, 1.0, chart.y + 0.232), params.main)
        chart.cut(
            jacket_cut(chart, -0.30, 0.050 + 0.2 * params.opening_m, 0.026 + 0.3 * params.opening_m),
            params.collar,
            0.006,
        )
        finish_cloth(chart, params)

    def paint_neck(chart: Chart) -> None:
        chart.fill(params.collar)
        for row in (0.3, 0.6):
            chart.paint(0.5 * (np.abs(chart.v - row) < 0.05) * np.ones(chart.shape), darken(params.collar, 0.5))
        finish_cloth(chart, params, 0.0)

    tailor.shell(paint, OUTER_OFFSET_M + params.looseness_m)
    tailor.stand_collar(paint_neck, 0.022, 0.012, 0.016, 0.014, span=2.35, behind=True)
    tailor.sleeves(tailor.paint_sleeve(params.main, cuff=params.collar), 0.40, 0.013 + params.looseness_m, 0.002, 0.006)


@OUTERWEAR.register(
    "closed_jacket", "jacket", "zipper", "high_collar",
)  # fmt: skip
def closed_jacket(tailor: Tailor) -> None:
    """A zipped jacket with a high collar and panels of a second colour."""
    params = tailor.params

    def paint_yoke(chart: Chart) -> None:
        yoke = chart.y + 0.238 + 0.2 * np.abs(chart.x)
        chart.paint(chart.edge(yoke), params.collar)
        chart.paint(chart.edge(0.0016 - np.abs(yoke)), params.accent)

    def paint_sleeve(chart: Chart) -> None:
        tailor.paint_sleeve(params.main, cuff=params.collar)(chart)
        paint_yoke(chart)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        paint_yoke(chart)
        paint_pocket(chart, 0.055, -0.320, 0.024, 0.022, params.main)
        paint_pocket(chart, -0.055, -0.320, 0.024, 0.022, params.main)
        paint_zip(chart, params.main)
        finish_cloth(chart, params)

    def paint_neck(chart: Chart) -> None:
        chart.fill(params.collar)
        chart.paint(chart.edge(0.0025 - chart.v * chart.length_m) * np.ones(chart.shape), params.accent)
        finish_cloth(chart, params, 0.0)
        chart.paint(0.8 * chart.front * chart.edge(0.003 - np.abs(chart.x)), darken(params.main, 0.5))
        gap = 0.35 * params.opening_m * (1 - chart.v)
        chart.cut(np.where(chart.front > 0, np.abs(chart.x) - gap, 1.0))

    tailor.shell(paint, 0.0090 + params.looseness_m)
    tailor.stand_collar(paint_neck, 0.034, 0.009, 0.010)
    tailor.sleeves(paint_sleeve, 0.40, 0.012 + params.looseness_m, 0.002, 0.004)


@OUTERWEAR.register(
    "track_jacket", "track_jacket", "jacket", "zipper", "striped_sleeves",
)  # fmt: skip
def track_jacket(tailor: Tailor) -> None:
    """A tracksuit's jacket with stripes along the sleeves, its zip half open."""
    params = tailor.params
    bottom = -0.200 - 1.2 * params.opening_m

    def paint_inner(chart: Chart) -> None:
        fill_cloth(chart, params, params.inner)
        finish_cloth(chart, params)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        paint_zip(chart, params.main, bottom)
        line = chart.y + 0.250
        chart.paint(chart.edge(0.003 - np.abs(line)), params.accent)
        chart.cut(jacket_cut(chart, bottom, 0.048), darken(params.main, 0.3), 0.004)
        finish_cloth(chart, params)

    def paint_sleeve(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        for place in (0.47, 0.53):
            chart.paint(
                chart.edge(0.0035 - np.abs(chart.u - place) * chart.width_m) * np.ones(chart.shape), params.accent
            )
        finish_cloth(chart, params)

    def paint_neck(chart: Chart) -> None:
        chart.fill(params.main)
        chart.paint(chart.edge(0.003 - np.abs(chart.v - 0.3) * chart.length_m) * np.ones(chart.shape), params.accent)
        finish_cloth(chart, params, 0.0)

    tailor.shell(paint_inner, 0.0035, span=1.5, pixels=(512, 256), columns=24)
    tailor.shell(paint, 0.0085 + params.looseness_m)
    tailor.stand_collar(paint_neck, 0.024, 0.010, 0.012, 0.012, span=2.45, behind=True)
    tailor.sleeves(paint_sleeve, 0.40, 0.012 + params.looseness_m, 0.002, 0.004)


@OUTERWEAR.register(
    "coat", "coat", "trench_coat", "double-breasted", "long_sleeves", neutral=True,
)  # fmt: skip
def coat(tailor: Tailor) -> None:
    """A double-breasted coat with wide lapels."""
    params = tailor.params
    bottom = -0.270 - 0.8 * params.opening_m
    add_shirt(tailor, params.inner, buttons=False)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        for side in (-0.045, 0.045):
            paint_buttons(chart, side, (-0.300, -0.345, -0.390), params.collar, 0.0085)
        paint_seam(chart, np.where(chart.front > 0, 1.0, chart.x), params.main)
        storm = np.minimum(chart.y + 0.285 - 0.9 * chart.x**2, 1.0)
        paint_seam(chart, np.where(chart.front > 0, 1.0, storm), params.main)
        chart.paint(
            0.7 * chart.front * chart.edge(0.0012 - np.abs(chart.x - 0.062)) * (chart.y < bottom),
            darken(params.main, 0.5),
        )
        chart.cut(jacket_cut(chart, bottom, 0.054))
        finish_cloth(chart, params)

    def paint_strap(chart: Chart) -> None:
        chart.fill(params.main)
        finish_cloth(chart, params, 0.0)

    tailor.shell(paint, OUTER_OFFSET_M + 0.004 + params.looseness_m)
    add_lapels(tailor, params.main, bottom, 0.054, 0.052 * params.bulk)
    tailor.turned_collar(paint_collar(tailor, params.main, 0.16), 0.024, 0.042, 0.016, 0.006, 2.55)
    tailor.sleeves(tailor.paint_sleeve(params.main, cuff=params.collar), 0.40, 0.018 + params.looseness_m, 0.006)


@OUTERWEAR.register(
    "duffel_coat", "coat", "duffel_coat", "hood_down", "hooded_coat",
)  # fmt: skip
def duffel_coat(tailor: Tailor) -> None:
    """A hooded coat with toggles."""
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        chart.paint(0.7 * chart.front * chart.edge(0.0012 - np.abs(chart.x - 0.004)), darken(params.main, 0.6))
        for y in (-0.235, -0.285, -0.335, -0.385):
            cord = np.maximum(np.abs(chart.x) - 0.036, np.abs(chart.y - y) - 0.0022)
            chart.paint(chart.front * chart.edge(-cord), params.collar)
            toggle = np.hypot(np.maximum(np.abs(chart.x) - 0.010, 0), chart.y - y)
            chart.paint(chart.front * chart.edge(0.0062 - toggle), darken(params.accent, 0.6))
            chart.paint(chart.front * chart.edge(0.0048 - toggle), params.accent)
            for side in (-0.038, 0.038):
                patch = np.maximum(np.abs(chart.x - side) - 0.009, np.abs(chart.y - y) - 0.010)
                chart.paint(chart.front * chart.edge(-patch), darken(params.collar, 0.2))
        finish_cloth(chart, params)

    tailor.shell(paint, 0.0120 + params.looseness_m)
    tailor.sleeves(
        tailor.paint_sleeve(params.main, cuff=darken(params.main, 0.3)), 0.40, 0.017 + params.looseness_m, 0.006
    )
    tailor.hood_down(_paint_hood(tailor, params.main, params.collar), 0.046)


def _paint_hood(
    tailor: Tailor, colour: tuple[float, float, float], lining: tuple[float, float, float]
) -> PaintFunction:
    """Make the function that paints a hood with its lining."""

    def paint(chart: Chart) -> None:
        chart.fill(colour)
        chart.paint(chart.edge(0.24 - chart.v) * np.ones(chart.shape), lining)
        chart.paint(0.6 * (np.abs(chart.v - 0.25) < 0.012) * np.ones(chart.shape), darken(colour, 0.5))
        chart.paint(0.6 * chart.edge(0.0010 - np.abs(chart.x)) * (chart.v > 0.25), darken(colour, 0.4))
        finish_cloth(chart, tailor.params, 0.5)

    return paint


def _paint_pullover(tailor: Tailor) -> PaintFunction:
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main, params.pattern)
        if params.pattern == "logo":
            paint_logo(chart, params)
        for side in (-0.017, 0.017):
            cord = np.abs(chart.x - side - 0.003 * np.sin(60 * chart.y))
            chart.paint(chart.front * chart.edge(0.0022 - cord) * (chart.y > -0.262), lighten(params.collar, 0.8))
            chart.paint(chart.front * chart.edge(0.0035 - np.hypot(chart.x - side, (chart.y + 0.264) * 0.6)), GOLD)
        finish_cloth(chart, params)

    return paint


@OUTERWEAR.register(
    "hooded_pullover", "hoodie", "hood_down", "drawstring", "long_sleeves",
    patterns=PRINTS,
)  # fmt: skip
def hooded_pullover(tailor: Tailor) -> None:
    """A hoodie with its hood down."""
    params = tailor.params
    pattern = params.pattern if params.pattern != "logo" else "plain"
    tailor.shell(_paint_pullover(tailor), 0.0090 + params.looseness_m)
    tailor.sleeves(
        tailor.paint_sleeve(params.main, pattern, params.collar), 0.40, 0.014 + params.looseness_m, 0.002, 0.008
    )
    tailor.hood_down(_paint_hood(tailor, params.main, params.collar), 0.042)


@OUTERWEAR.register(
    "hood_up_pullover", "hoodie", "hood_up", "drawstring", "long_sleeves",
    patterns=PRINTS, hood_up=True,
)  # fmt: skip
def hood_up_pullover(tailor: Tailor) -> None:
    """A hoodie whose hood is worn."""
    params = tailor.params
    pattern = params.pattern if params.pattern != "logo" else "plain"
    tailor.shell(_paint_pullover(tailor), 0.0090 + params.looseness_m)
    tailor.sleeves(
        tailor.paint_sleeve(params.main, pattern, params.collar), 0.40, 0.014 + params.looseness_m, 0.002, 0.008
    )

    def paint_hood(chart: Chart) -> None:
        chart.fill(params.main)
        border = np.minimum(chart.u, 1 - chart.u) * chart.width_m + np.zeros(chart.shape)
        chart.paint(chart.edge(0.010 - border), params.collar)
        chart.paint(0.7 * chart.band(border, 0.010, 0.0115), darken(params.main, 0.5))
        chart.paint(0.6 * chart.edge(0.0009 - np.abs(chart.x)) * (chart.z < 0), darken(params.main, 0.4))
        finish_cloth(chart, params, 0.0)

    tailor.hood_up(paint_hood)


@OUTERWEAR.register(
    "lab_coat", "labcoat", "collared_shirt", "open_coat", "long_sleeves",
)  # fmt: skip
def lab_coat(tailor: Tailor) -> None:
    """A white coat, open over a shirt with a tie."""
    params = tailor.params
    cloth = lighten(params.main, 0.90)
    add_shirt(tailor, params.inner, whole=True)
    add_tie(tailor, params.accent)
    tailor.turned_collar(paint_collar(tailor, params.inner), stand_m=0.020)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, cloth)
        paint_pocket(chart, 0.066, -0.290, 0.020, 0.024, cloth)
        pen = np.maximum(np.abs(chart.x - 0.060) - 0.0022, np.abs(chart.y + 0.266) - 0.014)
        chart.paint(chart.front * chart.edge(-pen), params.accent)
        chart.cut(jacket_cut(chart, -0.33, 0.048, 0.016 + 0.2 * params.opening_m, 0.25))
        finish_cloth(chart, params)

    tailor.shell(paint, OUTER_OFFSET_M + params.looseness_m)
    add_lapels(tailor, cloth, -0.33, 0.048, 0.034 * params.bulk, 0.016 + 0.2 * params.opening_m)
    tailor.turned_collar(paint_collar(tailor, cloth, 0.22), 0.010, 0.028, OUTER_OFFSET_M + 0.004, 0.0, 2.60)
    tailor.sleeves(tailor.paint_sleeve(cloth), 0.40, 0.014 + params.looseness_m, 0.006)


@OUTERWEAR.register(
    "cape", "cape", "cloak", "brooch", "capelet",
)  # fmt: skip
def cape(tailor: Tailor) -> None:
    """A cape with a stand collar, open in front over a shirt, held by a brooch."""
    params = tailor.params
    add_shirt(tailor, params.inner, whole=True)
    tailor.sleeves(tailor.paint_sleeve(params.inner), 0.40, 0.008)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        gap = 0.004 + (0.35 + 4.0 * params.opening_m) * np.maximum(-0.195 - chart.y, 0)
        inside = np.where(chart.front > 0, np.abs(chart.x) - gap, 1.0)
        chart.cut(inside, params.collar, 0.009)
        chart.paint(chart.edge(0.009 - (1 - chart.v) * chart.length_m) * np.ones(chart.shape), params.collar)
        finish_cloth(chart, params)

    def paint_neck(chart: Chart) -> None:
        chart.fill(params.main)
        chart.paint(chart.edge(0.004 - chart.v * chart.length_m) * np.ones(chart.shape), params.collar)
        finish_cloth(chart, params, 0.0)

    tailor.cape(paint, 0.22 * params.bulk, clearance_m=0.022)
    tailor.stand_collar(paint_neck, 0.034, 0.018, 0.022, 0.012, span=2.5, behind=True)
    place = tailor.figure.find_front_point(-0.190, 0.026)
    tailor.solids.append(build_ellipsoid(place, (0.011, 0.011, 0.005), "Trim", METAL))


@OUTERWEAR.register(
    "scarf", "scarf", "sweater", "long_sleeves", "winter_clothes",
    patterns=BANDS,
)  # fmt: skip
def scarf(tailor: Tailor) -> None:
    """A thick scarf over a pullover, one end hanging in front."""
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        finish_cloth(chart, params)

    def paint_roll(chart: Chart) -> None:
        chart.fill(params.collar)
        if params.pattern != "plain":
            chart.paint(((chart.u * 14) % 1 < 0.35) * np.ones(chart.shape), params.accent)
        fold = np.sin(chart.v * 38 + 3 * np.sin(chart.u * 15))
        chart.paint(0.4 * np.clip(fold, 0, 1) ** 2, darken(params.collar, 0.4))
        finish_cloth(chart, params, 0.0)

    def paint_end(chart: Chart) -> None:
        chart.fill(params.collar)
        if params.pattern != "plain":
            chart.paint(((chart.y * 22) % 1 < 0.35) * np.ones(chart.shape), params.accent)
        finish_cloth(chart, params, 0.0)
        fringe = chart.y + 0.345 - 0.020 * ((chart.x * 130) % 1 > 0.35)
        middle = 0.028 + 0.10 * (chart.y + 0.25)
        chart.cut(np.minimum(np.minimum(0.026 - np.abs(chart.x - middle), fringe), -0.188 - chart.y))

    tailor.shell(paint, 0.0080 + params.looseness_m)
    tailor.sleeves(tailor.paint_sleeve(params.main, cuff=darken(params.main, 0.2)), 0.40, 0.013 + params.looseness_m)
    tailor.scarf(paint_roll)
    tailor.shell(
        paint_end,
        0.0180 + params.looseness_m,
        span=1.1,
        bottom=tailor.figure.find_level(-0.40),
        pixels=(256, 256),
        columns=16,
        rows=20,
    )
