"""Outfits that no family but `heldout2` wears: different in kind from all others."""

import numpy as np

from panic3d.datagen.synth.clothing.figure.sheet import Chart
from panic3d.datagen.synth.clothing.outfits.cuts import crew_neck
from panic3d.datagen.synth.clothing.outfits.details import OUTER_OFFSET_M, add_shirt, jacket_cut, paint_zip
from panic3d.datagen.synth.clothing.outfits.fabric import GOLD, WHITE, darken, fill_cloth, finish_cloth, lighten
from panic3d.datagen.synth.clothing.outfits.registry import OutfitRegistry
from panic3d.datagen.synth.clothing.outfits.tailor import Tailor

UNUSUAL = OutfitRegistry()


@UNUSUAL.register("poncho", "poncho", "tassel", family="heldout2")
def poncho(tailor: Tailor) -> None:
    """A woven poncho with bands of zigzags over a shirt."""
    params = tailor.params
    tailor.shell(tailor.paint_plain(params.collar), 0.0035, pixels=(512, 256))
    tailor.sleeves(tailor.paint_sleeve(params.collar), 0.40, 0.006)

    def paint(chart: Chart) -> None:
        chart.fill(params.main)
        down = chart.v * chart.length_m
        for place, colour in ((0.10, params.accent), (0.15, params.collar), (0.20, params.accent)):
            zigzag = np.abs(((chart.u * 40) % 1) - 0.5) * 0.016
            chart.paint(chart.edge(0.007 - np.abs(down - place - zigzag)), colour)
        finish_cloth(chart, params)
        fringe = 0.014 * ((chart.u * 120) % 1 > 0.4)
        chart.cut((1 - chart.v) * chart.length_m - fringe + np.zeros(chart.shape))

    def paint_neck(chart: Chart) -> None:
        chart.fill(params.collar)
        finish_cloth(chart, params, 0.0)

    tailor.cape(paint, 0.20 * params.bulk, 0.66, 0.018 + params.looseness_m)
    tailor.stand_collar(paint_neck, 0.014, 0.012, 0.008, 0.014)


@UNUSUAL.register(
    "overalls", "overalls", "dungarees", "t-shirt", "striped_shirt", family="heldout2",
)  # fmt: skip
def overalls(tailor: Tailor) -> None:
    """Overalls with a bib and straps over a striped shirt."""
    params = tailor.params

    def paint_under(chart: Chart) -> None:
        fill_cloth(chart, params, params.inner, "stripes")
        chart.cut(crew_neck(chart, tailor), darken(params.inner, 0.2), 0.006)
        finish_cloth(chart, params)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        bib = np.minimum(0.062 - np.abs(chart.x), -0.262 - chart.y)
        ahead = np.maximum(bib, -0.345 - chart.y - 0.8 * np.maximum(0.075 - np.abs(chart.x), 0))
        strap = np.minimum(0.0125 - np.abs(np.abs(chart.x) - 0.050), chart.y + 0.30)
        crossed = np.minimum(0.0125 - np.abs(np.abs(chart.x) - 0.050 - 0.30 * np.minimum(chart.y + 0.19, 0)), 1.0)
        behind = np.maximum(-0.330 - chart.y, crossed)
        inside = np.where(chart.front > 0, np.maximum(ahead, strap), behind)
        chart.paint(0.8 * chart.band(inside, 0.0030, 0.0042), params.collar)
        pocket = np.maximum(np.abs(chart.x) - 0.034, np.abs(chart.y + 0.315) - 0.026)
        chart.paint(0.8 * chart.front * chart.edge(0.0009 - np.abs(pocket)), params.collar)
        for side in (-0.050, 0.050):
            button = np.hypot(chart.x - side, chart.y + 0.270)
            chart.paint(chart.front * chart.edge(0.0085 - button), GOLD)
            chart.paint(chart.front * chart.edge(0.004 - button), darken(GOLD, 0.3))
        finish_cloth(chart, params)
        chart.cut(inside)

    tailor.shell(paint_under, 0.0035 + params.looseness_m, pixels=(768, 384))
    tailor.shell(paint, 0.0080 + params.looseness_m)
    tailor.sleeves(tailor.paint_sleeve(params.inner, "stripes"), 0.11, 0.007 + params.looseness_m, 0.006)


@UNUSUAL.register("fur_coat", "fur_trim", "fur_collar", "coat", family="heldout2")
def fur_coat(tailor: Tailor) -> None:
    """A coat with a thick collar of fur."""
    params = tailor.params
    add_shirt(tailor, params.inner, buttons=False)

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        chart.cut(jacket_cut(chart, -0.30, 0.056, 0.004 + 0.3 * params.opening_m))
        finish_cloth(chart, params)

    def paint_fur(chart: Chart) -> None:
        fur = lighten(params.collar, 0.55)
        chart.fill(fur)
        tuft = np.sin(chart.u * 260 + 3 * np.sin(chart.v * 21)) * np.sin(chart.v * 60 + 2 * np.sin(chart.u * 90))
        chart.paint(0.45 * np.clip(tuft, 0, 1), darken(fur, 0.3))
        chart.paint(0.6 * np.clip(-tuft - 0.3, 0, 1), WHITE)
        finish_cloth(chart, params, 0.0)

    tailor.shell(paint, OUTER_OFFSET_M + 0.004 + params.looseness_m)
    tailor.sleeves(tailor.paint_sleeve(params.main), 0.40, 0.018 + params.looseness_m, 0.004)
    angles = np.linspace(-2.72, 2.72, 61) + np.pi
    front = 0.5 - 0.5 * np.cos(angles - np.pi)
    around = np.linspace(0, 2 * np.pi, 12)[:, None] + np.pi
    radius = (0.020 + 0.006 * (1 - front)) * params.bulk * (1 + 0.10 * np.sin(37 * angles) + 0.06 * np.sin(61 * angles))
    level = tailor.base + 0.014 + 0.050 * front**2
    middle = tailor.figure.sample(level, angles, 0.010 + 0.8 * radius, True)
    outward = np.stack([np.sin(angles), 0 * angles, np.cos(angles)], axis=1)
    ring = np.cos(around)[..., None] * outward[None] - np.sin(around)[..., None] * np.array([0.0, 1.0, 0.0])
    tailor.add(middle[None] + ring * radius[None, :, None], (768, 96), paint_fur)


@UNUSUAL.register(
    "space_suit", "spacesuit", "bodysuit", "science_fiction", family="heldout2",
)  # fmt: skip
def space_suit(tailor: Tailor) -> None:
    """A suit with a wide ring at the neck, a chest panel and lights."""
    params = tailor.params
    cloth = lighten(params.main, 0.75)

    def paint(chart: Chart) -> None:
        chart.fill(cloth)
        ribs = chart.edge(0.012 - np.abs(np.abs(chart.x) - 0.080 - 0.05 * chart.y))
        chart.paint(ribs, params.collar)
        panel = np.maximum(np.abs(chart.x) - 0.040, np.abs(chart.y + 0.285) - 0.026)
        chart.paint(chart.front * chart.edge(-panel), darken(cloth, 0.7))
        chart.paint(0.8 * chart.front * chart.edge(0.0014 - np.abs(panel)), params.collar)
        for i in range(3):
            light = np.hypot(chart.x + 0.022 - 0.022 * i, chart.y + 0.277)
            chart.paint(chart.front * chart.edge(0.0062 - light), params.accent)
            chart.paint(chart.front * chart.edge(0.0025 - light), WHITE)
        chart.paint(
            chart.front * chart.edge(0.003 - np.abs(chart.y + 0.298)) * (np.abs(chart.x) < 0.030), params.accent
        )
        finish_cloth(chart, params, 0.5)

    def paint_ring(chart: Chart) -> None:
        chart.fill(params.collar)
        chart.paint(((chart.v > 0.30) & (chart.v < 0.42)) * np.ones(chart.shape), params.accent)
        finish_cloth(chart, params, 0.0)

    def paint_sleeve(chart: Chart) -> None:
        chart.fill(cloth)
        for place in (0.35, 0.40, 0.45, 0.75):
            chart.paint(0.9 * (np.abs(chart.v - place) < 0.012) * np.ones(chart.shape), params.collar)
        finish_cloth(chart, params)

    tailor.shell(paint, 0.0100)
    tailor.sleeves(paint_sleeve, 0.40, 0.015, 0.0, 0.004)
    tailor.scarf(paint_ring, 0.022, 1)


@UNUSUAL.register(
    "puffer_vest", "down_vest", "vest", "zipper", "long_sleeves", family="heldout2",
)  # fmt: skip
def puffer_vest(tailor: Tailor) -> None:
    """A quilted vest whose rolls stand out, over a pullover."""
    params = tailor.params

    def paint_under(chart: Chart) -> None:
        fill_cloth(chart, params, params.inner)
        finish_cloth(chart, params)

    def rolls(levels: np.ndarray, angles: np.ndarray) -> np.ndarray:
        return 0.010 + (0.010 * np.abs(np.sin(levels * np.pi / 0.036)) ** 0.6) * params.bulk + 0 * angles

    def paint(chart: Chart) -> None:
        chart.fill(params.main)
        paint_zip(chart, params.collar)
        finish_cloth(chart, params, 0.0)
        levels = np.interp(chart.v, np.linspace(0, 1, 48), rows)
        chart.paint(
            0.55 * (1 - np.abs(np.sin(levels * np.pi / 0.036))) ** 3 * np.ones(chart.shape), darken(params.main, 0.5)
        )
        arm = tailor.figure.joint_m[0] * 0.97 - np.abs(chart.x) + 0.9 * np.maximum(-0.235 - chart.y, 0)
        chart.cut(arm, darken(params.main, 0.25), 0.006)

    def paint_neck(chart: Chart) -> None:
        chart.fill(params.main)
        chart.paint(0.5 * (np.abs(chart.v - 0.5) < 0.04) * np.ones(chart.shape), darken(params.main, 0.5))
        finish_cloth(chart, params, 0.0)

    top, bottom = tailor.base - 0.004, tailor.figure.find_level(-0.56)
    share = np.linspace(0, 1, 48)
    rows = top + (bottom - top) * share * (0.55 + 0.45 * share)
    tailor.shell(paint_under, 0.0045, pixels=(512, 256))
    tailor.sleeves(tailor.paint_sleeve(params.inner, cuff=darken(params.inner, 0.15)), 0.40, 0.009 + params.looseness_m)
    tailor.shell(paint, rolls, rows=48, columns=36)
    tailor.stand_collar(paint_neck, 0.032, 0.012, 0.010, 0.014)


@UNUSUAL.register(
    "halter_bikini_top", "halterneck", "bikini", "bare_shoulders", "choker",
    sexes=("female",), grown_up=True, family="heldout2",
)  # fmt: skip
def halter(tailor: Tailor) -> None:
    """A top held by bands about neck and back, and a choker."""
    params = tailor.params

    def paint(chart: Chart) -> None:
        fill_cloth(chart, params, params.main)
        cup = 0.036 - np.hypot((np.abs(chart.x) - 0.043) * 0.95, np.maximum(np.abs(chart.y + 0.300) - 0.004, 0))
        band = 0.006 - np.abs(chart.y + 0.322)
        neck = np.minimum(0.0055 - np.abs(np.abs(chart.x) - 0.036 + 0.06 * (chart.y + 0.27)), chart.y + 0.30)
        behind = np.maximum(band, 0.010 - np.hypot(chart.x, chart.y + 0.322))
        chart.cut(np.where(chart.front > 0, np.maximum(np.maximum(cup, band), neck), behind), params.collar, 0.003)
        finish_cloth(chart, params, 0.0)

    def paint_choker(chart: Chart) -> None:
        chart.fill(params.accent)
        finish_cloth(chart, params, 0.0)

    def paint_loop(chart: Chart) -> None:
        chart.fill(params.main)
        finish_cloth(chart, params, 0.0)

    tailor.shell(paint, 0.0022, drape=False)
    tailor.shell(
        paint_loop, 0.0030, tailor.base - 0.010, tailor.base + 0.000, span=1.9, behind=True, rows=3, pixels=(256, 16)
    )
    level = tailor.base - 0.028
    tailor.shell(paint_choker, 0.0022, level, level + 0.011, rows=3, pixels=(256, 16))
