"""Score a drawing without lines against the true render: on whole images, and near the lines of the drawing."""

import math

import numpy as np
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from panic3d.benchmark.line_removal.pairs import DrawnPair
from panic3d.benchmark.metrics import image
from panic3d.benchmark.metrics.published import Roi
from panic3d.cameras.compositing import composite_on_white
from panic3d.models.line_removal.pairs import mask_near_lines
from panic3d.models.line_removal.remove import find_lines
from panic3d.weights.lpips import Lpips

LOWER_IS_BETTER = ("lpips", "lpips_near", "face_changed")
COLUMNS = {
    "psnr": ("PSNR, dB", 2),
    "ssim": ("SSIM", 3),
    "lpips": ("LPIPS", 4),
    "psnr_near": ("PSNR near lines, dB", 2),
    "ssim_near": ("SSIM near lines", 3),
    "lpips_near": ("LPIPS near lines", 4),
    "face_changed": ("eyes, nose, mouth changed, %", 1),
    "seconds": ("seconds", 2),
}
"""Heading and number of decimals of each column, by name."""


def score_pair(pair: DrawnPair, cleaned: UInt8[np.ndarray, "512 512 4"], lpips: Lpips | None) -> dict[str, float]:
    """Score a cleaned drawing, on white, against the true render. Returns values by column.

    Pixels near lines are within two pixels of the published line mask of the drawing, inside its silhouette and outside
    the convex hull of the face. For them, PSNR is computed over these pixels only; SSIM and LPIPS are computed on an
    image that equals the truth elsewhere. `face_changed` is the percentage of the pixels of the hull that the remover
    changed. LPIPS values are missing if `lpips` is None.
    """
    found = find_lines(pair.drawing, pair.landmarks_px)
    near = mask_near_lines(found, pair.drawing)
    altered = (cleaned != pair.drawing).any(axis=-1) & found.hull
    ours, truth = composite_on_white(cleaned), composite_on_white(pair.render)
    numbers = {"face_changed": 100 * float(altered.sum()) / max(1, int(found.hull.sum()))}
    if pair.roi is not None:
        ours, truth, near = (_crop(array, pair.roi) for array in (ours, truth, near))
    numbers |= _measure_images(image.to_image_batch(ours), image.to_image_batch(truth), "", lpips)
    if near.any():
        composed = np.where(near[..., None], ours, truth)
        numbers |= _measure_images(image.to_image_batch(composed), image.to_image_batch(truth), "_near", lpips)
        numbers["psnr_near"] = compute_psnr_db((ours - truth)[near])
    return numbers


def compute_psnr_db(difference: Float[np.ndarray, "N 3"]) -> float:
    """Return the PSNR in dB of pixel differences of colours in [0, 1]; at most 100."""
    return float(-10 * np.log10(max((difference**2).mean(), 10 ** (-image.PSNR_CAP_DB / 10))))


def _measure_images(
    x: Float[Tensor, "1 3 H W"], y: Float[Tensor, "1 3 H W"], where: str, lpips: Lpips | None
) -> dict[str, float]:
    values = {f"psnr{where}": image.psnr_db(x, y).item(), f"ssim{where}": image.ssim(x, y).item()}
    if lpips is not None:
        values[f"lpips{where}"] = image.lpips(lpips, x, y).item()
    return values


def _crop(array: Float[np.ndarray, "H W ..."] | Bool[np.ndarray, "H W"], roi: Roi) -> np.ndarray:
    rows, columns = (
        slice(max(0, math.floor(start)), max(1, math.floor(start) + math.floor(length)))
        for start, length in ((roi.row, roi.height), (roi.column, roi.width))
    )
    return array[rows, columns]
