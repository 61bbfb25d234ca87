"""Functions of the paper's evaluation, as published. `protocols/paper.py` documents which of them are flaws.

Meshes are vertices and triangles in metres in the head frame (the published code: "volume" axes). Regions of
interest are in pixels of a 512x512 orthographic front view.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from PIL import Image

from panic3d.benchmark.metrics.surface import SCORING_BOX_HALF_SIDE_M
from panic3d.cameras.axes import BOX_SIDE_M, IMAGE_SIZE
from panic3d.geometry.winding import compute_winding_numbers

INNER_WINDING = 1.3
"""A vertex with this winding number or more is inside: 1 for the outer surface, and half for its own surface."""


@dataclass(frozen=True)
class Roi:
    """A region of interest in pixels of a front view. Values can be fractions; crops round them down."""

    row: float
    column: float
    height: float
    width: float

    @property
    def mirrored(self) -> "Roi":
        """The same region in the back view."""
        return Roi(self.row, IMAGE_SIZE - self.column - self.width, self.height, self.width)

    @property
    def full_width(self) -> "Roi":
        """The region extended to all columns of its rows."""
        return Roi(self.row, 0.0, self.height, float(IMAGE_SIZE))


def crop_on_white(rgba: UInt8[np.ndarray, "H W 4"], roi: Roi) -> UInt8[np.ndarray, "h w 3"]:
    """Crop an image to a region, on white in 8 bits; parts of the region outside the image are white."""
    row, column, height, width = (math.floor(x) for x in (roi.row, roi.column, roi.height, roi.width))
    white = Image.new("RGBA", (width, height), (255, 255, 255, 255))
    white.alpha_composite(Image.fromarray(rgba).crop((column, row, column + width, row + height)))
    return np.asarray(white.convert("RGB"))


def find_inner_vertices(
    vertices_m: Float[np.ndarray, "V 3"], triangles: Int[np.ndarray, "T 3"]
) -> Bool[np.ndarray, "V"]:
    """Return which vertices have a winding number of 1.3 or more (fast winding numbers, Barill et al., ACM TOG 37(4)).

    Raises UserError without libigl.
    """
    task = "protocol paper (unless --without winding_innards)"
    return compute_winding_numbers(vertices_m, triangles, vertices_m, task, "benchmark") >= INNER_WINDING


def remove_vertices(
    vertices_m: Float[np.ndarray, "V 3"], triangles: Int[np.ndarray, "T 3"], gone: Bool[np.ndarray, "V"]
) -> tuple[Float[np.ndarray, "W 3"], Int[np.ndarray, "S 3"]]:
    """Remove the vertices where `gone` is true, and all triangles that use them. The others keep their order."""
    new_index = np.cumsum(~gone) - 1
    kept = ~gone[triangles].any(axis=1)
    return vertices_m[~gone], new_index[triangles[kept]]


def select_triangles_in_box(
    vertices_m: Float[np.ndarray, "V 3"], triangles: Int[np.ndarray, "T 3"]
) -> Int[np.ndarray, "S 3"]:
    """Return the triangles whose three corners lie within 0.25 m of the origin of the head frame along each axis."""
    inside = (np.abs(vertices_m) <= SCORING_BOX_HALF_SIDE_M).all(axis=1)
    return triangles[inside[triangles].all(axis=1)]


def find_vertices_outside_roi(vertices_m: Float[np.ndarray, "V 3"], roi: Roi) -> Bool[np.ndarray, "V"]:
    """Return which vertices lie outside the region, extended along z."""
    pixel_m, half_m = BOX_SIDE_M / IMAGE_SIZE, BOX_SIDE_M / 2
    x, y = vertices_m[:, 0], vertices_m[:, 1]
    inside = (x > roi.column * pixel_m - half_m) & (x < (roi.column + roi.width) * pixel_m - half_m)
    inside &= (y < half_m - roi.row * pixel_m) & (y > half_m - (roi.row + roi.height) * pixel_m)
    return ~inside


def f_score(to_truth_m: Float[np.ndarray, "N"], to_prediction_m: Float[np.ndarray, "M"], threshold_m: float) -> float:
    """Return 2PR / (P + R), where P and R are the shares of distances under the threshold; 0 if both are 0."""
    precision, recall = float((to_truth_m < threshold_m).mean()), float((to_prediction_m < threshold_m).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
