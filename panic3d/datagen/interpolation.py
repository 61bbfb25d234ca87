"""Smooth interpolation."""

from typing import Any

import numpy as np
from jaxtyping import Float


def smoothstep(low: Any, high: Any, value: Any) -> Float[np.ndarray, "*any"]:
    """Return 0 below `low`, 1 above `high` and the cubic t * t * (3 - 2 * t) between; all may be arrays."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)
