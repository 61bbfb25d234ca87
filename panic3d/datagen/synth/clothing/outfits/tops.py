"""Tops: T-shirts, tank tops, pullovers, shirts, and what leaves the shoulders bare."""

import numpy as np

from panic3d.datagen.synth.clothing.figure.sheet import Chart
from panic3d.datagen.synth.clothing.outfits.cuts import crew_neck
from panic3d.datagen.synth.clothing.outfits.fabric import (
    GOLD,
    darken,
    fill_cloth,
    finish_cloth,
    lighten,
    paint_logo,
    paint_seam,
)
from panic3d.datagen.synth.clothing.outfits.registry import OutfitRegistry
from panic3d.datagen.synth.clothing.outfits.tailor import Tailor
from panic3d.datagen.synth.clothing.params import KNITS, PRINTS, WEAVES

TOPS = OutfitRegistry()


@TOPS.register("t_shirt", "shirt", "t-shirt", "short_sleeves", patterns=PRINTS)
def t_shirt(tailor: Tailor) -> None:
    """A T-shirt with a round neck, a pattern or a print."""
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main, params.pattern)
        if params.pattern == "logo":
            paint_logo(chart, params)
        chart.cut(crew_neck(chart, tailor, params.opening_m * 0.5), params.collar, 0.008)
        finish_cloth(chart, params)

    tailor.shell(paint, 0.0035 + params.looseness_m)
    pattern = params.pattern if params.pattern != "logo" else "plain"
    tailor.sleeves(tailor.paint_sleeve(params.main, pattern, params.collar), 0.12, 0.006 + params.looseness_m, 0.010)


@TOPS.register("tank_top", "tank_top", "bare_shoulders", "sleeveless", patterns=PRINTS)
def tank_top(tailor: Tailor) -> None:
    """A tank top with wide straps."""
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main, params.pattern)
        if params.pattern == "logo":
            paint_logo(chart, params)
        neck = crew_neck(chart, tailor, 0.030 + params.opening_m, 0.020)
        arm = tailor.figure.joint_m[0] * 0.86 - np.abs(chart.x) + 0.9 * np.maximum(-0.235 - chart.y, 0)
        chart.cut(np.minimum(neck, arm), params.collar, 0.005)
        finish_cloth(chart, params)

    tailor.shell(paint, 0.0035)


@TOPS.register(
    "turtleneck", "turtleneck", "sweater", "ribbed_sweater", "long_sleeves",
    patterns=KNITS,
)  # fmt: skip
def turtleneck(tailor: Tailor) -> None:
    """A knitted pullover with a high folded collar."""
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main, params.pattern)
        if params.pattern == "plain":
            ribs = np.sin((chart.u - 0.5) * chart.width_m * 2 * np.pi / 0.007)
            chart.paint(0.18 * np.clip(ribs, 0, 1) * np.ones(chart.shape), darken(params.main, 0.4))
        finish_cloth(chart, params)

    def paint_neck(chart: Chart) -> None:
        chart.fill(params.main)
        ribs = np.sin(chart.u * 2 * np.pi * 46)
        chart.paint(0.30 * np.clip(ribs, 0, 1) * np.ones(chart.shape), darken(params.main, 0.4))
        chart.paint(0.4 * np.clip((chart.v - 0.55) / 0.45, 0, 1) ** 3 * np.ones(chart.shape), darken(params.main, 0.5))
        finish_cloth(chart, params, 0.0)

    tailor.shell(paint, 0.0060 + params.looseness_m)
    tailor.stand_collar(paint_neck, 0.032, 0.0075, 0.0, 0.008)
    tailor.sleeves(
        tailor.paint_sleeve(params.main, params.pattern, darken(params.main, 0.12)), 0.40, 0.011 + params.looseness_m
    )


@TOPS.register(
    "off_shoulder", "off_shoulder", "bare_shoulders", "collarbone", "frills",
    patterns=WEAVES, sexes=("female",), grown_up=True,
)  # fmt: skip
def off_shoulder(tailor: Tailor) -> None:
    """A top that leaves neck and shoulders bare, with a frill across the chest and loose sleeves."""
    params = tailor.params
    top = -0.222 - 0.25 * params.opening_m

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main, params.pattern)
        chart.cut(top - chart.y)
        finish_cloth(chart, params)

    def paint_frill(chart: Chart) -> None:
        chart.fill(params.collar)
        chart.paint(0.30 * (0.5 + 0.5 * np.sin(chart.u * 150)) * chart.v, darken(params.collar, 0.4))
        finish_cloth(chart, params, 0.0)
        wave = 0.004 + 0.004 * np.sin(chart.u * 150)
        chart.cut((1 - chart.v) * chart.length_m - wave + np.zeros(chart.shape))

    def offset(levels: np.ndarray, angles: np.ndarray) -> np.ndarray:
        share = (levels - levels.min()) / (levels.max() - levels.min())
        return 0.006 + share * (0.010 + 0.004 * np.sin(20 * angles)) * params.bulk

    def paint_sleeve(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        end = np.minimum(chart.v, 1 - chart.v) * chart.length_m + np.zeros(chart.shape)
        chart.paint(chart.edge(0.010 - end), params.collar)
        finish_cloth(chart, params)

    tailor.shell(paint, 0.0040 + 0.5 * params.looseness_m)
    level = tailor.figure.find_level(top)
    tailor.shell(paint_frill, offset, level - 0.004, level + 0.045 * params.bulk, rows=6, columns=88, pixels=(768, 64))
    tailor.sleeves(paint_sleeve, 0.24, 0.008 + params.looseness_m, 0.006, 0.016, start_m=0.035)


@TOPS.register(
    "sundress", "dress", "spaghetti_strap", "bare_shoulders", "sleeveless_dress",
    patterns=WEAVES, sexes=("female",),
)  # fmt: skip
def sundress(tailor: Tailor) -> None:
    """A dress with narrow straps."""
    params = tailor.params
    top = -0.238 - 0.4 * params.opening_m

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main, params.pattern)
        heart = np.where(chart.front > 0, 0.030 * np.exp(-(((np.abs(chart.x) - 0.050) / 0.026) ** 2)), 0.0)
        body = top + heart - chart.y - 0.02 * (np.abs(chart.x) > 0.09)
        strap = np.minimum(0.0042 - np.abs(np.abs(chart.x) - 0.052), 0.03 + chart.y - top + 0.2)
        chart.cut(np.maximum(body, strap), params.collar, 0.0035)
        finish_cloth(chart, params)

    tailor.shell(paint, 0.0030)


@TOPS.register(
    "swimsuit", "school_swimsuit", "one-piece_swimsuit", "bare_shoulders", "collarbone",
    sexes=("female",), grown_up=True,
)  # fmt: skip
def swimsuit(tailor: Tailor) -> None:
    """A one-piece swimsuit, low behind."""
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        for side in (-0.035, 0.035):
            paint_seam(chart, np.where(chart.front > 0, chart.x - side, 1.0), params.main)
        neck_y = np.where(chart.front > 0, -0.235 - 0.4 * params.opening_m, -0.300 - params.opening_m)
        scoop = 1 - np.hypot(chart.x / 0.052, np.minimum(chart.y - neck_y - 0.055, 0) / 0.055)
        arm = 0.073 - np.abs(chart.x) + 1.1 * np.maximum(-0.235 - chart.y, 0)
        chart.cut(np.minimum(-scoop * 0.05, arm), params.collar, 0.0045)
        finish_cloth(chart, params, 0.3)

    tailor.shell(paint, 0.0022, drape=False)


@TOPS.register(
    "backpack", "t-shirt", "backpack", "bag", "strap",
    patterns=PRINTS,
)  # fmt: skip
def backpack(tailor: Tailor) -> None:
    """A T-shirt, and a rucksack whose straps run over the shoulders."""
    params = tailor.params
    t_shirt(tailor)

    def paint_straps(chart: Chart) -> None:
        chart.fill(params.accent)
        beside = np.abs(np.abs(chart.x) - 0.060 - 0.06 * np.maximum(-0.22 - chart.y, 0) * chart.front)
        chart.paint(chart.edge(0.0012 - np.abs(beside - 0.0085)), lighten(params.accent, 0.5))
        buckle = np.abs(chart.y + 0.285) - 0.008
        chart.paint(chart.front * chart.edge(-buckle), darken(params.accent, 0.6))
        finish_cloth(chart, params, 0.0)
        chart.cut(np.minimum(0.0115 - beside, chart.y + 0.40))

    def offset(levels: np.ndarray, angles: np.ndarray) -> np.ndarray:
        away = np.abs((angles + np.pi) % (2 * np.pi) - np.pi)
        sack = (0.078 * params.bulk) * np.clip(np.sin(np.pi * np.linspace(0, 1, levels.size)), 0, 1)[:, None] ** 0.45
        return 0.010 + params.looseness_m + sack * np.clip(np.cos((np.pi - away) * 1.25), 0, 1) ** 0.5

    def paint_sack(chart: Chart) -> None:
        chart.fill(params.accent)
        lid = np.abs(chart.v - 0.34) * chart.length_m + np.zeros(chart.shape)
        chart.paint(chart.edge(0.0018 - lid), darken(params.accent, 0.5))
        for u in (0.36, 0.64):
            chart.paint(
                ((np.abs(chart.u - u) < 0.022) & (chart.v > 0.16)) * np.ones(chart.shape), darken(params.accent, 0.45)
            )
            chart.paint(((np.abs(chart.u - u) < 0.030) & (np.abs(chart.v - 0.5) < 0.03)) * np.ones(chart.shape), GOLD)
        finish_cloth(chart, params, 0.0)

    tailor.shell(paint_straps, 0.0130 + params.looseness_m, pixels=(768, 384))
    figure = tailor.figure
    tailor.shell(
        paint_sack, offset, figure.find_level(-0.190, -np.pi), figure.find_level(-0.45, -np.pi), span=1.15, behind=True,
        rows=18, columns=24, pixels=(256, 256),
    )  # fmt: skip
