"""How well predicted distributions fit the truth: accuracy, calibration, and explained variance by field."""

import numpy as np
from jaxtyping import Float, Int

from panic3d.models.character.codes import UNKNOWN

CALIBRATION_BINS = 10
LEAST_VARIANCE = 1e-8
"""Numbers that differ by rounding alone are the same."""


def compute_top_accuracy(probabilities: Float[np.ndarray, "B V"], target: Int[np.ndarray, " B"], top: int) -> float:
    """Return the share of characters whose value is among the `top` likeliest; NaN where the field applies to none."""
    known = target != UNKNOWN
    ranked = np.argsort(-probabilities[known], axis=1)[:, :top]
    return float((ranked == target[known, None]).any(axis=1).mean()) if known.any() else np.nan


def compute_calibration_error(confidence: Float[np.ndarray, " B"], correct: Float[np.ndarray, " B"]) -> float:
    """Return the expected calibration error: |confidence - accuracy| by bins of confidence (Guo et al. 2017, eq. 3)."""
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = [
        abs(confidence[bins == i].mean() - correct[bins == i].mean()) * (bins == i).mean()
        for i in range(CALIBRATION_BINS)
        if (bins == i).any()
    ]
    return float(np.sum(gaps))


def compute_explained_variance(predicted: Float[np.ndarray, " B"], target: Float[np.ndarray, " B"]) -> float:
    """Return R squared over the characters that have the number; NaN where fewer than two have it, or all the same."""
    known = np.isfinite(target)
    if known.sum() < 2 or np.var(target[known]) < LEAST_VARIANCE:
        return np.nan
    return float(1 - np.mean((predicted[known] - target[known]) ** 2) / np.var(target[known]))
