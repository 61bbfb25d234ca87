"""Metrics of orthographic views of a mesh: overlap of silhouettes and depth error."""

import numpy as np
from jaxtyping import Bool, Float

from panic3d.benchmark.metrics.surface import EMPTY_SURFACE_DISTANCE_MM


def iou(prediction: Bool[np.ndarray, "H W"], target: Bool[np.ndarray, "H W"]) -> float:
    """Return the intersection over union of two silhouettes, in [0, 1]; higher is better. Two empty ones give 1."""
    union = int((prediction | target).sum())
    return int((prediction & target).sum()) / union if union else 1.0


def depth_error_mm(prediction_m: Float[np.ndarray, "H W"], target_m: Float[np.ndarray, "H W"]) -> float:
    """Return the mean absolute difference of plane depth where both have a surface, in mm; lower is better.

    Depths are in metres, NaN for background. If no pixel has both, the result is the diagonal of the scoring box,
    866 mm.
    """
    both = np.isfinite(prediction_m) & np.isfinite(target_m)
    return 1000 * float(np.abs(prediction_m[both] - target_m[both]).mean()) if both.any() else EMPTY_SURFACE_DISTANCE_MM
