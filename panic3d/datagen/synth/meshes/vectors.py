"""Unit vectors."""

import numpy as np
from jaxtyping import Float


def normalize(vector: Float[np.ndarray, "*any 3"]) -> Float[np.ndarray, "*any 3"]:
    """Scale vectors to unit length."""
    return vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9)
