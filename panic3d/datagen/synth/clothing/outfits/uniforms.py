"""Shirts with ties and bows, and uniforms of schools and armies."""

import numpy as np

from panic3d.datagen.synth.clothing.figure.sheet import Chart
from panic3d.datagen.synth.clothing.outfits.cuts import v_neck
from panic3d.datagen.synth.clothing.outfits.details import (
    OUTER_OFFSET_M,
    add_bow,
    add_lapels,
    add_shirt,
    add_tie,
    jacket_cut,
    paint_collar,
    paint_pocket,
)
from panic3d.datagen.synth.clothing.outfits.fabric import (
    GOLD,
    darken,
    fill_cloth,
    finish_cloth,
    lighten,
    paint_buttons,
    paint_seam,
)
from panic3d.datagen.synth.clothing.outfits.registry import OutfitRegistry
from panic3d.datagen.synth.clothing.outfits.tailor import Tailor
from panic3d.datagen.synth.clothing.params import BANDS, KNITS, WEAVES

UNIFORMS = OutfitRegistry()


@UNIFORMS.register(
    "shirt_and_tie", "shirt", "collared_shirt", "necktie", "white_shirt",
    patterns=BANDS,
)  # fmt: skip
def shirt_and_tie(tailor: Tailor) -> None:
    """A shirt with a turned collar and a tie."""
    params = tailor.params
    add_shirt(tailor, params.inner, whole=True)
    tailor.sleeves(tailor.paint_sleeve(params.inner, cuff=params.inner), params.sleeve_m, 0.007 + params.looseness_m)
    tailor.turned_collar(paint_collar(tailor, params.inner))
    add_tie(tailor, params.accent, params.pattern)


@UNIFORMS.register(
    "blouse_with_bow", "shirt", "collared_shirt", "bowtie", "puffy_sleeves",
    patterns=WEAVES, sexes=("female",),
)  # fmt: skip
def blouse_with_bow(tailor: Tailor) -> None:
    """A blouse with a round collar, puffed sleeves and a ribbon."""
    params = tailor.params
    add_shirt(tailor, params.main, whole=True, pattern=params.pattern)
    tailor.sleeves(
        tailor.paint_sleeve(params.main, params.pattern, params.collar), 0.085, 0.008 + params.looseness_m, 0.0, 0.022
    )
    tailor.turned_collar(paint_collar(tailor, params.collar, 0.12), fall_m=0.040, point_m=0.004)
    add_bow(tailor, 0.048, -0.192, 0.016)


@UNIFORMS.register(
    "sweater_vest", "sweater_vest", "collared_shirt", "necktie", "school_uniform",
    patterns=KNITS,
)  # fmt: skip
def sweater_vest(tailor: Tailor) -> None:
    """A knitted vest with a V neck over a shirt with a tie."""
    params = tailor.params
    add_shirt(tailor, params.inner, whole=True)
    tailor.sleeves(tailor.paint_sleeve(params.inner, cuff=params.inner), params.sleeve_m, 0.008 + params.looseness_m)
    add_tie(tailor, params.accent)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main, params.pattern)
        neck = v_neck(chart, tailor, -0.262, 0.058)
        arm = tailor.figure.joint_m[0] * 0.98 - np.abs(chart.x) + 0.9 * np.maximum(-0.235 - chart.y, 0)
        chart.cut(np.minimum(neck, arm), darken(params.main, 0.25), 0.009)
        chart.paint(chart.band(neck, 0.0035, 0.0055), params.accent)
        finish_cloth(chart, params)

    tailor.shell(paint, 0.0085 + params.looseness_m)
    tailor.turned_collar(paint_collar(tailor, params.inner), offset_m=0.007)


@UNIFORMS.register(
    "serafuku", "school_uniform", "sailor_collar", "serafuku", "neckerchief", sexes=("female",),
)  # fmt: skip
def serafuku(tailor: Tailor) -> None:
    """A sailor blouse: a collar that is square behind, with white lines, and a kerchief."""
    params = tailor.params
    bottom = -0.245 - 0.5 * params.opening_m
    white = lighten(params.collar, 0.85)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        chart.cut(v_neck(chart, tailor, bottom, 0.050))
        finish_cloth(chart, params)

    def paint_flap(chart: Chart) -> None:
        fill_cloth(chart, params, params.collar)
        neck = v_neck(chart, tailor, bottom, 0.050)
        share = np.clip((chart.y - bottom) / (-0.172 - bottom), 0, 1)
        ahead = 0.006 + 0.045 * np.clip(share * 2.2, 0, 1) - neck
        square = np.minimum(0.088 * params.bulk - np.abs(chart.x), chart.y + 0.265 + 0.02 * (params.bulk - 1))
        outer = np.where(chart.front > 0, np.minimum(ahead, chart.y - bottom + 0.012), square)
        for low in (0.005, 0.010):
            chart.paint(chart.band(outer, low, low + 0.0025), white)
        finish_cloth(chart, params, 0.0)
        chart.cut(np.minimum(neck, outer))

    tailor.shell(paint, 0.0035 + params.looseness_m)
    tailor.shell(paint_flap, 0.0090 + params.looseness_m, bottom=tailor.figure.find_level(-0.31))
    tailor.sleeves(tailor.paint_sleeve(params.main, cuff=params.collar), params.sleeve_m, 0.007 + params.looseness_m)
    add_bow(tailor, 0.046, bottom - 0.002, 0.014 + params.looseness_m)


@UNIFORMS.register(
    "blazer", "blazer", "jacket", "collared_shirt", "necktie", "school_uniform",
    patterns=BANDS, neutral=True,
)  # fmt: skip
def blazer(tailor: Tailor) -> None:
    """A blazer over a shirt with a tie."""
    params = tailor.params
    bottom = -0.300 - 0.8 * params.opening_m
    add_shirt(tailor, params.inner)
    add_tie(tailor, params.accent, params.pattern)
    tailor.turned_collar(paint_collar(tailor, params.inner), stand_m=0.020)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        chart.paint(
            0.6 * chart.front * chart.edge(0.0010 - np.abs(chart.x)) * (chart.y < bottom), darken(params.main, 0.6)
        )
        paint_buttons(chart, 0.008, (bottom - 0.018, bottom - 0.055), GOLD, 0.006)
        paint_pocket(chart, 0.052, -0.275, 0.020, 0.003, params.main)
        emblem = np.hypot((chart.x - 0.052) / 0.9, chart.y + 0.262)
        chart.paint(chart.front * chart.edge(0.010 - emblem), params.collar)
        chart.paint(chart.front * chart.edge(0.0055 - emblem), GOLD)
        chart.cut(jacket_cut(chart, bottom, 0.046))
        finish_cloth(chart, params)

    tailor.shell(paint, OUTER_OFFSET_M + params.looseness_m)
    tailor.sleeves(tailor.paint_sleeve(params.main, cuff=params.collar), 0.40, 0.013 + params.looseness_m, 0.004)
    add_lapels(tailor, params.main, bottom, 0.046, 0.036 * params.bulk, hem=params.collar)
    tailor.turned_collar(paint_collar(tailor, params.main, 0.22), 0.010, 0.026, OUTER_OFFSET_M + 0.004, 0.0, 2.60)


@UNIFORMS.register(
    "waistcoat", "vest", "waistcoat", "collared_shirt", "bowtie", "butler", neutral=True,
)  # fmt: skip
def waistcoat(tailor: Tailor) -> None:
    """A buttoned waistcoat over a shirt with a bow tie."""
    params = tailor.params
    bottom = -0.285 - 0.6 * params.opening_m
    add_shirt(tailor, params.inner, whole=True)
    tailor.sleeves(tailor.paint_sleeve(params.inner, cuff=params.inner), params.sleeve_m, 0.008 + params.looseness_m)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        paint_buttons(chart, 0.0, tuple(bottom - 0.014 - 0.030 * i for i in range(4)), params.collar, 0.0045)
        arm = tailor.figure.joint_m[0] * 0.86 - np.abs(chart.x) + 0.9 * np.maximum(-0.235 - chart.y, 0)
        neck = jacket_cut(chart, bottom, 0.048)
        chart.cut(np.minimum(neck, arm), params.collar, 0.004)
        chart.paint(
            0.6 * chart.front * chart.edge(0.0010 - np.abs(chart.x)) * (chart.y < bottom), darken(params.main, 0.6)
        )
        finish_cloth(chart, params)

    tailor.shell(paint, 0.0085 + 0.5 * params.looseness_m)
    tailor.turned_collar(paint_collar(tailor, params.inner), stand_m=0.018)
    add_bow(tailor, 0.026, -0.184, 0.014, tails=False)


@UNIFORMS.register(
    "gakuran", "gakuran", "school_uniform", "high_collar", "buttons", sexes=("male",), neutral=True,
)  # fmt: skip
def gakuran(tailor: Tailor) -> None:
    """A school uniform with a stand collar and a row of metal buttons."""
    params = tailor.params
    cloth = darken(params.main, 0.75)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, cloth)
        paint_seam(chart, np.where(chart.front > 0, chart.x + 0.012, 1.0), cloth)
        paint_buttons(chart, 0.0, (-0.205, -0.245, -0.285, -0.325, -0.365), GOLD, 0.0072)
        finish_cloth(chart, params)

    def paint_neck(chart: Chart) -> None:
        chart.fill(cloth)
        chart.paint(chart.edge(0.004 - chart.v * chart.length_m) * np.ones(chart.shape), lighten(cloth, 0.75))
        badge = np.hypot(np.abs(chart.x) - 0.022, (chart.v - 0.55) * chart.length_m)
        chart.paint(chart.edge(0.0045 - badge) * chart.front, params.accent)
        finish_cloth(chart, params, 0.0)
        chart.paint(0.9 * chart.front * chart.edge(0.0010 - np.abs(chart.x)), darken(cloth, 0.8))

    tailor.shell(paint, 0.0080 + params.looseness_m)
    tailor.stand_collar(paint_neck, 0.026, 0.007)
    tailor.sleeves(tailor.paint_sleeve(cloth), 0.40, 0.011 + params.looseness_m, 0.003)


@UNIFORMS.register(
    "military_uniform", "military_uniform", "epaulettes", "aiguillette", "high_collar", neutral=True,
)  # fmt: skip
def military_uniform(tailor: Tailor) -> None:
    """A uniform with a stand collar, epaulettes, two rows of buttons, a cord and a belt across the chest."""
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        panel = 0.052 + 0.10 * (chart.y + 0.30)
        chart.paint(chart.front * chart.band(np.abs(chart.x) - panel, -0.0035, 0.0), GOLD)
        for side in (-0.036, 0.036):
            paint_buttons(chart, side, (-0.225, -0.265, -0.305, -0.345), GOLD, 0.0065)
        cord = np.abs(chart.y + 0.215 + 5.5 * (chart.x + 0.055) ** 2 + 0.55 * (chart.x + 0.02))
        chart.paint(chart.front * chart.edge(0.003 - cord) * (chart.x < 0.0) * (chart.x > -0.10), params.accent)
        finish_cloth(chart, params)

    def paint_neck(chart: Chart) -> None:
        chart.fill(params.collar)
        border = np.minimum(chart.v, 1 - chart.v) * chart.length_m + np.zeros(chart.shape)
        chart.paint(chart.edge(0.003 - border), GOLD)
        finish_cloth(chart, params, 0.0)
        chart.cut(np.where(chart.front > 0, np.abs(chart.x) - 0.003 - 0.010 * (1 - chart.v), 1.0))

    def paint_epaulette(chart: Chart) -> None:
        chart.fill(GOLD)
        fringe = (chart.v > 0.62) * (np.sin(chart.u * 150) > 0.2)
        chart.paint(0.7 * fringe, darken(GOLD, 0.45))
        chart.paint(chart.edge(0.42 - chart.v) * np.ones(chart.shape), params.accent)
        chart.paint(((chart.v > 0.40) & (chart.v < 0.48)) * np.ones(chart.shape), lighten(GOLD))
        finish_cloth(chart, params, 0.0)

    tailor.shell(paint, 0.0080 + params.looseness_m)
    tailor.stand_collar(paint_neck, 0.026, 0.008)
    tailor.sleeves(tailor.paint_sleeve(params.main, cuff=params.collar), 0.40, 0.011 + params.looseness_m, 0.004)
    for sign in (1.0, -1.0):
        radius = (0.044 + params.looseness_m) * params.bulk * (0.5 + 0.5 * tailor.figure.shape.arms)
        tailor.dome(paint_epaulette, sign, radius, 4.0, 84.0, 0.004, 0.95)
