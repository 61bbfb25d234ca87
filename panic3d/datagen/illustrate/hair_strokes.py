"""Lines along the locks of hair, and the band of highlights around the head."""

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate.light import Light
from panic3d.datagen.illustrate.noise import blur, blur_within, make_smooth_noise
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.illustrate.strokes import Stroke, make_taper, resample_curve, smooth_curve
from panic3d.datagen.interpolation import smoothstep

STEP_PX = 1.5


def draw_strands(
    passes: PortraitPasses,
    rng: np.random.Generator,
    per_1000_px: float,
    length_px: float,
    width_px: float,
    apart_px: float,
) -> list[Stroke]:
    """Draw tapered strokes that follow the flow of the hair and keep a distance from each other."""
    hair = cv2.erode(passes.mask_parts("hair"), np.ones((5, 5)))
    rows, columns = np.nonzero(hair)
    count = round(len(rows) / passes.unit**2 / 1000 * per_1000_px)
    if not count:
        return []
    chosen = rng.choice(len(rows), size=min(len(rows), 4 * count), replace=False)
    taken = np.zeros_like(hair, np.uint8)
    strokes: list[Stroke] = []
    for seed in chosen:
        if taken[rows[seed], columns[seed]]:
            continue
        start = np.array([columns[seed], rows[seed]], float) + rng.uniform(0, 1, 2)
        half = length_px * passes.unit * rng.uniform(0.3, 1) / 2
        path = [*reversed(_follow_flow(passes, hair, start, -half)), start, *_follow_flow(passes, hair, start, half)]
        if len(path) * STEP_PX < 0.25 * length_px:
            continue
        points = resample_curve(np.array(path))
        width = width_px * passes.unit * rng.uniform(0.6, 1.15) * make_taper(len(points), 0.5)
        points = smooth_curve(points, 6 * passes.unit)
        width = np.interp(np.linspace(0, 1, len(points)), np.linspace(0, 1, len(width)), width)
        strokes.append(Stroke(points, width, "strand"))
        cv2.polylines(
            taken, [np.round(points).astype(np.int32)], False, 1, max(1, round(2 * apart_px * passes.unit)), cv2.LINE_8
        )
        if len(strokes) == count:
            break
    return strokes


def _follow_flow(
    passes: PortraitPasses, hair: Float[np.ndarray, "S S"], start: Float[np.ndarray, "2"], reach_px: float
) -> list[Float[np.ndarray, "2"]]:
    """Trace the streamline from a point down the flow (negative reach: up) while it stays on one surface of hair."""
    path, at, heading = [], start, np.sign(reach_px)
    depth_m, direction = None, None
    for _ in range(int(abs(reach_px) / STEP_PX)):
        column, row = int(at[0]), int(at[1])
        flow = passes.hair_flow[row, column] * heading
        if direction is not None:
            flow = flow * (1 if flow @ direction >= 0 else -1)
            flow = 0.5 * flow + 0.5 * direction
            flow = flow / max(float(np.hypot(*flow)), 1e-6)
        direction = flow
        at = at + STEP_PX * flow
        column, row = int(at[0]), int(at[1])
        if not (0 <= column < passes.size and 0 <= row < passes.size) or not hair[row, column]:
            break
        if depth_m is not None and abs(passes.depth_m[row, column] - depth_m) > 0.008:
            break
        depth_m = passes.depth_m[row, column]
        path.append(at)
    return path


def compute_highlight_band(
    passes: PortraitPasses, light: Light, rng: np.random.Generator, height: float, width: float
) -> Float[np.ndarray, "S S"]:
    """Compute the band of highlights where the hair's surface is inclined upwards.

    `height` is the sine of the inclination. The band is broken into points along the hair.
    """
    hair = passes.mask_parts("hair")
    unit, size = passes.unit, passes.size
    form = blur_within(passes.normal, hair, 12 * unit)
    turned = form[..., 1] - height + 0.02 * make_smooth_noise(rng, size, 60 * unit)
    teeth = _make_zigzag(rng, size, 10 * unit)
    reach = make_smooth_noise(rng, size, 34 * unit, 260 * unit) + 0.6  # interruptions of the band end in points
    above, below = (
        width * reach * (0.35 + 0.35 * _make_zigzag(rng, size, 7 * unit)),
        width * reach * (0.25 + 1.1 * teeth),
    )
    band = np.minimum(turned + below, above - turned)
    facing = smoothstep(0.2, 0.45, form[..., 2] + 0.35 * form[..., 0] * light.direction[0])
    upper = passes.depth_m < np.where(hair > 0, passes.depth_m, np.inf).min() + 0.22
    return blur(smoothstep(0.0, 0.015, band) * facing * hair * upper, 0.5 * unit)


def _make_zigzag(rng: np.random.Generator, size: int, period_px: float) -> Float[np.ndarray, "S S"]:
    """Make triangles along x between 0 and 1, of uneven width and slightly inclined."""
    row, column = np.mgrid[:size, :size].astype(np.float32)
    along = (column + 0.15 * row * rng.uniform(-1, 1)) / period_px + 0.45 * make_smooth_noise(
        rng, size, 2.5 * period_px, float(size)
    )
    return np.abs(2 * (along % 1) - 1)
