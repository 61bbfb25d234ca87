"""Align a drawing with a render of the same character by their silhouettes, for pairs without an alignment."""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.fft import irfft2, next_fast_len, rfft2
from skimage.transform import resize

from panic3d.cameras.axes import MASK_ALPHA

REGISTRATION_SIZE_PX = 128
"""Silhouettes are compared at this side length."""
SCALES = np.geomspace(0.3, 3.0, 60)
"""Scales to try: the longer side of the drawing relative to the side of the render."""


def register_by_outline(
    drawing: UInt8[np.ndarray, "H W 4"], render: UInt8[np.ndarray, "S S 4"]
) -> Float[np.ndarray, "3 3"]:
    """Find the scale and shift under which the silhouette of the drawing agrees best with that of the render.

    Returns the 3x3 matrix that maps (row, column, 1) of the drawing to the render. Agreement is the share of pixels of
    the render where both are foreground or both are background. Pixels below the lower edge of the drawing do not
    count, because a portrait can end where the body continues. Rotations are not tried, because portraits are upright.
    """
    target = _to_signs(_resize_mask(render, REGISTRATION_SIZE_PX))
    best = (-np.inf, 1.0, 0.0, 0.0)
    height, width = drawing.shape[:2]
    longest = max(height, width)
    for scale in SCALES:
        rows, columns = (max(2, round(REGISTRATION_SIZE_PX * scale * side / longest)) for side in (height, width))
        figure = resize(drawing[..., 3] / 255.0, (rows, columns), order=1, anti_aliasing=True) >= MASK_ALPHA
        score, row, column = _find_best_shift(_to_signs(figure), target)
        best = max(best, (score, float(scale), row, column))
    _, scale, row, column = best
    size = len(render)
    pixels = size * scale / longest
    shift = size / REGISTRATION_SIZE_PX
    # pixel centres are at integers, so the corner of each image is at -1/2
    offsets = [x * shift + 0.5 * pixels - 0.5 for x in (row, column)]
    return np.array([[pixels, 0, offsets[0]], [0, pixels, offsets[1]], [0, 0, 1]])


def _resize_mask(rgba: UInt8[np.ndarray, "S S 4"], size: int) -> Bool[np.ndarray, "s s"]:
    return resize(rgba[..., 3] / 255.0, (size, size), order=1, anti_aliasing=True) >= MASK_ALPHA


def _to_signs(figure: Bool[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    return np.where(figure, 1.0, -1.0)


def _find_best_shift(figure: Float[np.ndarray, "h w"], target: Float[np.ndarray, "s s"]) -> tuple[float, float, float]:
    """Return the best mean agreement in [-1, 1] with its shift in rows and columns.

    Pixels beside and above the drawing are background. Pixels below its lower edge do not count, but at least half of
    the target must count.
    """
    size, (height, width) = len(target), figure.shape
    shape = [next_fast_len(size + length) for length in figure.shape]
    inside = np.ones_like(figure)
    # figure * target over the drawing, minus target (background agrees with -1) elsewhere
    spectrum = np.conj(rfft2(target, shape))
    overlap = irfft2(np.conj(spectrum) * np.conj(rfft2(figure + inside, shape)), shape)
    rows = np.fft.fftfreq(shape[0], 1 / shape[0]).astype(int)
    columns = np.fft.fftfreq(shape[1], 1 / shape[1]).astype(int)
    counted = np.clip(rows + height, 0, size)
    above = np.concatenate([[0.0], np.cumsum(target.sum(axis=1))])
    score = (overlap - above[counted][:, None]) / np.maximum(counted * size, 1)[:, None]
    valid = (rows > -height) & (rows < size) & (counted >= size / 2)
    score[~valid] = -np.inf
    score[:, (columns <= -width) | (columns >= size)] = -np.inf
    row, column = np.unravel_index(np.argmax(score), score.shape)
    return float(score[row, column]), float(rows[row]), float(columns[column])
