"""Where the eyes and the mouth of a portrait open: upper and lower edge as curves over x."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d

from panic3d.cameras.axes import BOX_SIDE_M

LEFT_EYE_IN_IMAGE, RIGHT_EYE_IN_IMAGE = range(11, 17), range(17, 23)
"""Landmarks: left corner, top, right corner, lower right, bottom, lower left."""
MOUTH = range(24, 28)
"""Landmarks: left corner, upper middle, right corner, lower middle."""
OPEN_MOUTH_M = 0.006
"""A mouth whose lips are farther apart is open in the portrait."""
MIN_WIDTH_M = 0.008
SAMPLES = 33
"""Places along x at which an opening is described."""
ROUNDNESS = 2.4
"""Exponent of the curve about an eye: 2 is an ellipse."""


@dataclass(frozen=True)
class Opening:
    """An opening of the face in the plane of the front view, in metres of the head frame."""

    x_m: Float[np.ndarray, " K"]
    """Increasing; the first and the last are the corners."""
    upper_m: Float[np.ndarray, " K"]
    lower_m: Float[np.ndarray, " K"]
    """y at each x; both are alike at the corners."""

    @property
    def width_m(self) -> float:
        return float(self.x_m[-1] - self.x_m[0])

    @property
    def height_m(self) -> float:
        """The greatest distance of the edges."""
        return float((self.upper_m - self.lower_m).max())

    @property
    def middle_m(self) -> Float[np.ndarray, "2"]:
        """The middle of the bounding box."""
        return np.array([self.x_m[[0, -1]].mean(), (self.upper_m.max() + self.lower_m.min()) / 2])

    def upper(self, x_m: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
        """Return y of the upper edge; beyond the corners, that of the corner."""
        return np.interp(x_m, self.x_m, self.upper_m)

    def lower(self, x_m: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
        """Return y of the lower edge; beyond the corners, that of the corner."""
        return np.interp(x_m, self.x_m, self.lower_m)

    def measure_inside(self, xyz_head_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, " N"]:
        """Return a continuous function of (x, y) that is positive inside and zero on the edge."""
        x, y = xyz_head_m[:, 0], xyz_head_m[:, 1]
        beside = np.minimum(x - self.x_m[0], self.x_m[-1] - x)
        return np.minimum(np.minimum(self.upper(x) - y, y - self.lower(x)), beside)


def trace_ellipse(middle_m: Float[np.ndarray, "2"], half_width_m: float, half_height_m: float) -> Opening:
    """Return an opening between an ellipse and a box: an eye."""
    across = np.linspace(-1, 1, SAMPLES)
    arc = half_height_m * (1 - np.abs(across) ** ROUNDNESS) ** (1 / ROUNDNESS)
    return Opening(middle_m[0] + half_width_m * across, middle_m[1] + arc, middle_m[1] - arc)


def trace_mask(mask: Bool[np.ndarray, "S S"]) -> Opening:
    """Return the opening of a mouth that is a mask of the front view; a thin one is closed."""
    size = len(mask)
    metres = BOX_SIDE_M / size
    columns = np.flatnonzero(mask.any(0))
    first = mask[:, columns].argmax(0)
    last = size - mask[::-1, columns].argmax(0)
    upper, lower = ((0.5 - rows / size) * BOX_SIDE_M for rows in (first, last))
    x = (columns + 0.5) * metres - BOX_SIDE_M / 2
    if (upper - lower).max() < OPEN_MOUTH_M:
        upper = lower = (upper + lower) / 2
    places = np.linspace(x[0] - metres / 2, x[-1] + metres / 2, SAMPLES)
    upper_m, lower_m = (gaussian_filter1d(np.interp(places, x, edge), 1.0, mode="nearest") for edge in (upper, lower))
    ends = (upper_m[[0, -1]] + lower_m[[0, -1]]) / 2
    upper_m[[0, -1]] = lower_m[[0, -1]] = ends
    return Opening(places, upper_m, lower_m)


def widen(opening: Opening, width_m: float) -> Opening:
    """Return an opening that is at least so wide; the corners move away from its middle."""
    if opening.width_m >= width_m:
        return opening
    middle = opening.x_m[[0, -1]].mean()
    return Opening(middle + (opening.x_m - middle) * (width_m / opening.width_m), opening.upper_m, opening.lower_m)


def trace_mouth(landmarks_head_m: Float[np.ndarray, "4 2"]) -> Opening:
    """Return a closed mouth at its landmarks."""
    left, top, right, bottom = landmarks_head_m
    middle = (top[1] + bottom[1]) / 2
    half = max(float(right[0] - left[0]), MIN_WIDTH_M) / 2
    x = (left[0] + right[0]) / 2 + np.linspace(-half, half, SAMPLES)
    line = np.full(SAMPLES, middle)
    return Opening(x, line, line.copy())
