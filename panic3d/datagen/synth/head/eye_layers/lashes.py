"""Lash lines, lashes, creases of the lid, and brows."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES
from panic3d.datagen.synth.head.eyes import EyeDetails, EyeParams, compute_brow_path, compute_lids
from panic3d.datagen.synth.meshes.paint import Canvas, Colour, fit_smooth_path, mix_colours, outline_stroke


def paint_detailed_lashes(canvas: Canvas, params: EyeParams, details: EyeDetails, mirrored: bool) -> Canvas:
    """Paint the lash line with its wing and lashes, the lower lashes and the crease of the lid."""
    style = EYE_STYLES[params.style]
    flip = np.array([-1.0 if mirrored else 1.0, 1.0])
    upper, lower = compute_lids(params)
    unit = params.half_height_m * min(1.0, 0.35 + 0.65 * style.height)
    long = style.wing_length * details.lash_length
    line, widths = _trace_upper_line(upper, unit, style.lash_thickness * details.lash_weight, long)

    def stroke(path: Float[np.ndarray, "N 2"], width: Float[np.ndarray, " N"], colour: Colour, alpha: float) -> None:
        canvas.paint(canvas.rasterize(outline_stroke(path, width) * flip) * alpha, colour)

    stroke(line, widths, params.lash_colour, 1.0)
    for share, length in ((0.60, 0.22), (0.72, 0.30), (0.84, 0.36))[3 - _count_lashes(long) :]:
        foot = line[int(share * 59)]
        tip = foot + np.array([0.72, 0.62]) * unit * length * long
        spike = np.stack([foot, (foot + tip) / 2 + [unit * 0.05, -unit * 0.02], tip])
        stroke(fit_smooth_path(spike, 12), np.linspace(unit * 0.14, 0.0, 12), params.lash_colour, 1.0)
    soft = mix_colours(params.lash_colour, (0.75, 0.45, 0.42), 0.35)
    if details.lower_lash > 0.05:
        under = lower[2:30]
        wide = unit * (0.05 + 0.07 * details.lower_lash) * np.sin(np.linspace(0.35, np.pi, len(under)))
        stroke(under, wide, soft, min(1.0, 0.35 + details.lower_lash))
        if details.lower_lash > 0.6:
            for place, length in ((7, 0.24), (10, 0.20), (13, 0.15)):
                foot = lower[place]
                tip = foot + np.array([0.45, -0.9]) * unit * length * details.lower_lash
                stroke(np.linspace(foot, tip, 6), np.linspace(unit * 0.08, 0.0, 6), params.lash_colour, 0.9)
    if params.open_share > 0.3 and details.crease > 0.05:
        crease = upper[8:37] * [0.98, 1.0] + [0.0, unit * details.crease_lift]
        stroke(crease, unit * 0.06 * np.sin(np.linspace(0.2, np.pi, len(crease))), soft, min(1.0, details.crease))
    return canvas


def _count_lashes(length: float) -> int:
    return int(np.clip(np.floor(length * 2.0), 0, 3))


def _trace_upper_line(
    upper: Float[np.ndarray, "N 2"], unit: float, weight: float, long: float
) -> tuple[Float[np.ndarray, "60 2"], Float[np.ndarray, "60"]]:
    end, before = upper[-1], upper[-6]
    out = (end - before) / np.linalg.norm(end - before)
    wing = end + (out * 0.5 + np.array([0.75, 0.12])) * unit * 0.24 * max(long, 0.05)
    line = fit_smooth_path(np.concatenate([upper[::6], upper[-1:], wing[None]]), 60)
    t = np.linspace(0, 1, 60)
    widths = unit * weight * (0.11 + 0.30 * smoothstep(0.0, 0.5, t)) * (1 - smoothstep(0.80, 1.0, t))
    return line + np.array([0, 1]) * (widths * 0.30)[:, None], widths


def paint_detailed_brow(canvas: Canvas, params: EyeParams, details: EyeDetails, mirrored: bool) -> Canvas:
    """Paint a brow in its style."""
    flip = np.array([-1.0 if mirrored else 1.0, 1.0])
    path = compute_brow_path(params)
    t = np.linspace(0, 1, len(path))
    thick = params.brow_thickness_m * {"thick": 2.0, "thin": 0.6, "short": 1.5, "dots": 3.0}.get(details.brow, 1.0)
    match details.brow:
        case "thick" | "straight":
            widths = thick * (0.75 + 0.25 * smoothstep(0, 0.2, t)) * (1 - 0.85 * smoothstep(0.55, 1.0, t))
        case "short" | "dots":
            widths = thick * np.sin(np.linspace(0.35, np.pi - 0.35, len(path))) ** 0.7
        case _:
            widths = thick * (0.55 + 0.45 * smoothstep(0, 0.35, t)) * (1 - 0.9 * smoothstep(0.45, 1.0, t))
    canvas.paint(canvas.rasterize(outline_stroke(path, widths) * flip), params.brow_colour)
    if details.brow == "split":
        at = path[21]
        gap = at + np.array([(-0.0014, -0.004), (0.0002, -0.004), (0.0022, 0.004), (0.0006, 0.004)])
        canvas.alpha *= 1 - canvas.rasterize(gap * flip)
    return canvas
