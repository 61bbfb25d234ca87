"""A triangle mesh with one colour per vertex."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8


@dataclass(frozen=True)
class ColouredMesh:
    """Vertices in the head frame, counter-clockwise triangles seen from outside, straight sRGB colours."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]
    colours: UInt8[np.ndarray, "V 3"]
