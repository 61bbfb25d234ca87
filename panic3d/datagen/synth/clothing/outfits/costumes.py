"""Kimono, Chinese dress, armour, maid, gothic."""

import numpy as np

from panic3d.datagen.synth.clothing.figure.sheet import Chart, PaintFunction
from panic3d.datagen.synth.clothing.outfits.cuts import crew_neck
from panic3d.datagen.synth.clothing.outfits.details import add_bow, paint_collar
from panic3d.datagen.synth.clothing.outfits.fabric import (
    GOLD,
    WHITE,
    darken,
    fill_cloth,
    finish_cloth,
    lighten,
    paint_seam,
)
from panic3d.datagen.synth.clothing.outfits.registry import OutfitRegistry
from panic3d.datagen.synth.clothing.outfits.tailor import Tailor, bump
from panic3d.datagen.synth.clothing.params import WEAVES
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours

COSTUMES = OutfitRegistry()


def _paint_flowers(chart: Chart, colour: Colour) -> None:
    """Paint scattered flowers of five petals."""
    across, down = (chart.u - 0.5) * chart.width_m, chart.v * chart.length_m
    row = np.floor(down / 0.055)
    x = ((across / 0.070 + 0.37 * row) % 1 - 0.5) * 0.070
    y = ((down / 0.055) % 1 - 0.5) * 0.055
    radius, turn = np.hypot(x, y), np.arctan2(x, y)
    chart.paint(chart.edge(0.013 * (0.72 + 0.28 * np.cos(5 * turn)) - radius), colour)
    chart.paint(chart.edge(0.0035 - radius), GOLD)


@COSTUMES.register(
    "kimono", "kimono", "japanese_clothes", "obi", "wide_sleeves",
    patterns=WEAVES,
)  # fmt: skip
def kimono(tailor: Tailor) -> None:
    """A kimono, left over right, with an under collar, a sash and wide sleeves."""
    params = tailor.params
    sash = -0.330 if params.bulk < 1 else -0.318

    def slant(chart: Chart, sign: float, deeper_m: float) -> np.ndarray:
        """Return the distance from the edge of one side of the front, positive on the cloth."""
        low = -0.300 - deeper_m
        share = np.clip((chart.y - low) / (-0.170 - low), -0.6, 1.3)
        return sign * chart.x - (0.054 * share - 0.006)

    def make_paint(upper: bool) -> PaintFunction:
        def paint(chart: Chart) -> None:
            fill_cloth(chart, params, params.main, params.pattern)
            if params.pattern == "plain":
                _paint_flowers(chart, mix_colours(params.accent, params.main, 0.25))
            edge = np.minimum(slant(chart, 1.0, params.opening_m), 9.0)
            other = slant(chart, -1.0, params.opening_m)
            inside = np.where(chart.front > 0, edge if upper else other, -0.1590 - chart.y)
            chart.paint(chart.edge(0.020 - inside) * (chart.y > sash), params.collar)
            chart.paint(0.7 * chart.band(inside, 0.0192, 0.0205) * (chart.y > sash), darken(params.collar, 0.5))
            chart.paint(chart.edge(sash - chart.y), params.accent)
            chart.paint(chart.edge(0.006 - np.abs(chart.y - sash + 0.040)), lighten(params.collar, 0.4))
            finish_cloth(chart, params)
            chart.cut(inside)

        return paint

    def paint_under(chart: Chart) -> None:
        chart.fill(params.inner)
        finish_cloth(chart, params, 0.0)
        sides = np.minimum(slant(chart, 1.0, params.opening_m - 0.012), slant(chart, -1.0, params.opening_m - 0.012))
        either = np.maximum(slant(chart, 1.0, params.opening_m - 0.012), slant(chart, -1.0, params.opening_m - 0.012))
        chart.cut(np.where(chart.front > 0, np.where(chart.y < -0.26, either, sides) + 0.012, -0.1560 - chart.y))

    def paint_bow(chart: Chart) -> None:
        chart.fill(params.accent)
        chart.paint(0.5 * chart.edge(0.0015 - np.abs(chart.x)) * np.ones(chart.shape), darken(params.accent, 0.5))
        finish_cloth(chart, params, 0.0)

    def knot(levels: np.ndarray, angles: np.ndarray) -> np.ndarray:
        beside = (angles + np.pi) % (2 * np.pi) - np.pi
        away = np.pi - np.abs(beside)
        shape = np.sin(np.pi * np.linspace(0, 1, levels.size))[:, None].clip(0, 1) ** 0.5
        lobes = 0.55 + 0.45 * np.sin(np.clip(away / 0.55, 0, 1) * np.pi / 2)
        return 0.012 + 0.038 * params.bulk * shape * lobes * np.clip((0.95 - away) / 0.25, 0, 1) ** 0.5

    figure = tailor.figure
    tailor.shell(paint_under, 0.0030, pixels=(512, 256))
    tailor.shell(make_paint(False), 0.0065 + params.looseness_m, span=1.6, pixels=(512, 384), columns=24)
    tailor.shell(make_paint(True), 0.0095 + params.looseness_m)
    tailor.shell(
        paint_bow, knot, figure.find_level(-0.305, -np.pi), figure.find_level(-0.40, -np.pi), span=0.95, behind=True,
        rows=12, columns=20, pixels=(256, 128),
    )  # fmt: skip

    def paint_sleeve(chart: Chart) -> None:
        fill_cloth(chart, params, params.main, params.pattern)
        if params.pattern == "plain":
            _paint_flowers(chart, mix_colours(params.accent, params.main, 0.25))
        chart.paint(chart.edge(0.012 - (1 - chart.v) * chart.length_m) * np.ones(chart.shape), params.collar)
        finish_cloth(chart, params)

    tailor.sleeves(paint_sleeve, 0.34, 0.012 + params.looseness_m, 0.020, 0.0, 0.12 * params.bulk)


@COSTUMES.register(
    "china_dress", "china_dress", "chinese_clothes", "mandarin_collar", "sleeveless", sexes=("female",),
)  # fmt: skip
def china_dress(tailor: Tailor) -> None:
    """A sleeveless Chinese dress with a stand collar and knotted buttons along a slanted opening."""
    params = tailor.params
    hem = params.collar

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        _paint_flowers(chart, mix_colours(params.main, GOLD, 0.55))
        flap = chart.y + 0.180 + 0.75 * np.maximum(chart.x, 0) + 2.0 * np.maximum(chart.x - 0.04, 0) ** 1.2
        chart.paint(chart.front * chart.edge(0.003 - np.abs(flap)) * (chart.x > 0), hem)
        for x in (0.012, 0.045, 0.075):
            y = -0.180 - 0.75 * x - 2.0 * max(x - 0.04, 0) ** 1.2
            knot = np.hypot((chart.x - x) * 0.5, chart.y - y)
            chart.paint(chart.front * chart.edge(0.005 - knot), hem)
        arm = tailor.figure.joint_m[0] * (0.88 - params.opening_m * 2) - np.abs(chart.x)
        arm = arm + 1.3 * np.maximum(-0.225 - chart.y, 0)
        chart.cut(arm, hem, 0.004)
        finish_cloth(chart, params)

    def paint_neck(chart: Chart) -> None:
        chart.fill(params.main)
        border = np.minimum(chart.v, 1 - chart.v) * chart.length_m + np.zeros(chart.shape)
        inside = np.where(chart.front > 0, np.abs(chart.x) - 0.001 - 0.012 * (1 - chart.v), 1.0)
        chart.paint(chart.edge(0.003 - np.minimum(border, inside)), hem)
        finish_cloth(chart, params, 0.0)
        chart.cut(inside)

    tailor.shell(paint, 0.0035)
    tailor.stand_collar(paint_neck, 0.026, 0.0050, 0.003)


@COSTUMES.register(
    "armour", "armor", "breastplate", "pauldrons", "shoulder_armor", neutral=True,
)  # fmt: skip
def armour(tailor: Tailor) -> None:
    """A breastplate with a ridge, a gorget and layered pauldrons over a dark doublet."""
    params = tailor.params
    steel = mix_colours(params.main, (0.74, 0.76, 0.82), 0.65)

    def shine(chart: Chart) -> None:
        """Paint reflections of metal."""
        up = chart.normal[1] * 0.8 + chart.normal[0] * 0.35 + 0.55 * np.abs(chart.normal[2])
        for level, wide, strength in ((0.50, 0.05, 0.55), (0.30, 0.03, 0.35)):
            chart.paint(strength * np.exp(-(((up - level) / wide) ** 2)), WHITE)
        chart.paint(0.45 * np.exp(-(((up - 0.16) / 0.06) ** 2)), darken(steel, 0.5))

    def paint_doublet(chart: Chart) -> None:
        fill_cloth(chart, params, params.collar)
        finish_cloth(chart, params)

    def paint_plate(chart: Chart) -> None:
        chart.fill(steel)
        shine(chart)
        neck = crew_neck(chart, tailor, 0.010, 0.016)
        arm = tailor.figure.joint_m[0] * 0.95 - np.abs(chart.x) + 0.9 * np.maximum(-0.230 - chart.y, 0)
        inside = np.minimum(neck, arm)
        for y in (-0.330, -0.362):
            line = chart.y - y + 0.12 * np.abs(chart.x)
            chart.paint(0.8 * chart.edge(0.0016 - np.abs(line)), darken(steel, 0.65))
            chart.paint(0.7 * chart.band(line, -0.0042, -0.0016), WHITE)
        paint_seam(chart, chart.x, steel, 0.0010)
        gem = np.abs(chart.x) * 1.2 + np.abs(chart.y + 0.235) * 0.8
        chart.paint(chart.front * chart.edge(0.013 - gem), GOLD)
        chart.paint(chart.front * chart.edge(0.0095 - gem), params.accent)
        finish_cloth(chart, params, 0.0)
        chart.cut(inside, GOLD, 0.005)

    def ridge(levels: np.ndarray, angles: np.ndarray) -> np.ndarray:
        return 0.014 + 0.012 * bump(angles, 0.0, 0.45) + 0.0 * levels

    def paint_neck(chart: Chart) -> None:
        chart.fill(steel)
        shine(chart)
        finish_cloth(chart, params, 0.0)
        chart.paint(chart.edge(0.0045 - chart.v * chart.length_m) * np.ones(chart.shape), GOLD)

    def paint_pauldron(chart: Chart) -> None:
        chart.fill(steel)
        shine(chart)
        finish_cloth(chart, params, 0.0)
        chart.paint((chart.v > 0.90) * np.ones(chart.shape), GOLD)
        chart.paint(0.8 * (np.abs(chart.v - 0.89) < 0.012) * np.ones(chart.shape), darken(steel, 0.6))

    tailor.shell(paint_doublet, 0.0050, pixels=(512, 256))
    tailor.sleeves(tailor.paint_sleeve(params.collar), 0.40, 0.008)
    tailor.shell(paint_plate, ridge)
    tailor.stand_collar(paint_neck, 0.022, 0.010, 0.012, 0.020)
    size = params.bulk * (0.45 + 0.55 * tailor.figure.shape.arms)
    for sign in (1.0, -1.0):
        for step, radius in enumerate((0.052, 0.056, 0.060)):
            tailor.dome(
                paint_pauldron,
                sign,
                radius * size,
                4.0 if step == 2 else 40.0,
                104.0 - 16 * step,
                0.004,
                0.98,
                (192, 96),
            )


@COSTUMES.register(
    "maid", "maid", "apron", "maid_apron", "puffy_short_sleeves", "frilled_apron", sexes=("female",),
)  # fmt: skip
def maid(tailor: Tailor) -> None:
    """A dark dress with puffed sleeves and a white apron with frilled straps."""
    params = tailor.params
    dress, white = darken(params.main, 0.55), WHITE

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, dress)
        finish_cloth(chart, params)

    def paint_apron(chart: Chart) -> None:
        chart.fill(white)
        ahead = np.minimum(0.056 - np.abs(chart.x), -0.245 - chart.y)
        behind = -0.345 - chart.y
        finish_cloth(chart, params, 0.6)
        bib = np.where(chart.front > 0, np.maximum(ahead, -0.352 - chart.y), behind)
        chart.paint(0.6 * chart.edge(0.0012 - np.abs(bib - 0.008)), (0.70, 0.70, 0.78))
        chart.cut(bib)

    def paint_strap(chart: Chart) -> None:
        chart.fill(white)
        beside = np.abs(chart.x) - 0.060 - 0.012 * chart.front * np.clip((chart.y + 0.25) / 0.06, 0, 1)
        wave = 0.0045 * np.sin(chart.y * 330 + 2 * chart.z / 0.01)
        chart.paint(
            0.35 * np.clip(np.sin(chart.y * 330 + chart.z * 200 + 1.0), 0, 1) * (beside > 0), (0.62, 0.62, 0.74)
        )
        chart.paint(0.8 * chart.edge(0.001 - np.abs(beside)), (0.66, 0.66, 0.76))
        finish_cloth(chart, params, 0.0)
        chart.cut(np.minimum(np.minimum(0.026 * params.bulk + wave - beside, beside + 0.010), chart.y + 0.345))

    tailor.shell(paint, 0.0045 + params.looseness_m)
    tailor.shell(paint_apron, 0.0085 + params.looseness_m)
    tailor.shell(
        paint_strap, lambda levels, angles: 0.0105 + params.looseness_m + 0.006 * np.abs(np.sin(angles)) + 0 * levels
    )
    tailor.sleeves(tailor.paint_sleeve(dress, cuff=white), 0.085, 0.009 + params.looseness_m, 0.0, 0.026)
    tailor.turned_collar(paint_collar(tailor, white, 0.10), fall_m=0.032, point_m=0.006)
    add_bow(tailor, 0.036, -0.192, 0.016)


@COSTUMES.register(
    "gothic", "gothic_lolita", "frills", "ruffled_collar", "long_sleeves", "lolita_fashion",
)  # fmt: skip
def gothic(tailor: Tailor) -> None:
    """A dark dress or coat with a ruffled collar, a jabot and lacing."""
    params = tailor.params
    cloth = darken(params.main, 0.6)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, cloth)
        panel = 0.040 + 0.10 * np.maximum(chart.y + 0.33, 0)
        chart.paint(chart.front * chart.edge(panel - np.abs(chart.x)), params.collar)
        for y in np.arange(-0.385, -0.235, 0.026):
            for sign in (1.0, -1.0):
                cord = np.abs(chart.y - y - sign * 0.35 * chart.x)
                chart.paint(chart.front * chart.edge(0.0014 - cord) * (np.abs(chart.x) < 0.028), params.inner)
        chart.paint(chart.front * chart.band(np.abs(chart.x) - panel, -0.003, 0.003), params.inner)
        finish_cloth(chart, params)

    def paint_ruffle(chart: Chart) -> None:
        chart.fill(params.inner)
        chart.paint(0.5 * np.clip(np.sin(chart.u * 2 * np.pi * 22), 0, 1) * chart.v**0.5, darken(params.inner, 0.4))
        chart.paint(chart.edge(0.0022 - (1 - chart.v) * chart.length_m) * np.ones(chart.shape), cloth)
        finish_cloth(chart, params, 0.0)

    def make_ruffle(start: float, reach: float, lift: float) -> None:
        angles = np.linspace(-np.pi, np.pi, 133)[None]
        share = np.linspace(0, 1, 6)[:, None]
        wave = 0.007 * np.sin(22 * angles) * share
        level = tailor.base + start + reach * 0.55 * share**1.3 + wave
        away = 0.006 + lift * share**0.7 + 0.3 * wave
        tailor.add(tailor.figure.sample(level, np.broadcast_to(angles, level.shape), away), (768, 64), paint_ruffle)

    tailor.shell(paint, 0.0060 + params.looseness_m)
    tailor.sleeves(tailor.paint_sleeve(cloth, cuff=params.inner), 0.38, 0.010 + params.looseness_m, 0.014, 0.006)
    make_ruffle(-0.020, 0.030 * params.bulk, 0.028 * params.bulk)
    make_ruffle(-0.006, 0.060 * params.bulk, 0.030 * params.bulk)
    add_bow(tailor, 0.038, -0.200, 0.036)
