"""Signed distances that give garments their outlines: positive inside the cloth, in metres."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.clothing.figure.sheet import Chart
from panic3d.datagen.synth.clothing.outfits.tailor import Tailor


def crew_neck(chart: Chart, tailor: Tailor, deeper_m: float = 0.0, wider_m: float = 0.0) -> Float[np.ndarray, "H W"]:
    """Return the cut of a round neck, `deeper_m` lower in front and `wider_m` wider than the neck's base."""
    neck = tailor.figure.neck
    top = -0.1690
    half = neck.half_width_m + 0.012 + wider_m
    front_y = top - 0.018 - deeper_m
    back_y = top - 0.004 - 0.25 * wider_m
    low = np.where(chart.front > 0, front_y, back_y)
    y = (top + 0.012 - chart.y) / (top + 0.012 - low)
    outside = np.hypot(chart.x / half, np.maximum(y, 0.0)) - 1
    return outside * half


def v_neck(chart: Chart, tailor: Tailor, bottom_m: float, half_m: float) -> Float[np.ndarray, "H W"]:
    """Return the cut of a V that begins `half_m` from the middle at the neck's base and ends at height `bottom_m`."""
    top = -0.172
    share = np.clip((chart.y - bottom_m) / (top - bottom_m), -1.0, 1.4)
    beside = np.abs(chart.x) - half_m * share
    behind = np.maximum(np.abs(chart.x) - half_m, -0.1600 - chart.y)
    return np.where(chart.front > 0, beside * 0.9, behind)
