"""The surface of the face over (x, y), for everything that is painted on it or fitted to it."""

import numpy as np
from jaxtyping import Float
from scipy.interpolate import LinearNDInterpolator

from panic3d.datagen.synth.head.skull import HeadShape, find_ring_centres, sample_head_surface


class FaceSurface:
    """The depth z of the face over (x, y), in head units."""

    def __init__(self, shape: HeadShape) -> None:
        self.shape = shape
        points = sample_head_surface(shape)
        centre = find_ring_centres(points)
        front = (points[..., 2] >= centre - 1e-6) & (np.arange(len(points)) < shape.sampling.jaw_row + 5)[:, None]
        self.points = points[front]
        self._columns = np.where(front[..., None], points, np.nan)[: shape.sampling.jaw_row + 1]
        self._z = LinearNDInterpolator(self.points[:, :2], self.points[:, 2], fill_value=0.0)

    def lower_y(self, y_m: float) -> float:
        """Return the height on this face of a feature of the standard face."""
        form = self.shape.form
        return y_m if form is None else float(form.lower(y_m))

    def place_on_face(self, xy_m: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 3"]:
        """Return the points of the face at these (x, y)."""
        return np.concatenate([xy_m, self._z(xy_m)[:, None]], axis=1)

    def find_outline_point(self, y_m: float) -> Float[np.ndarray, "3"]:
        """Return the face's outermost point on the character's left (+x) at a height below the cheeks."""
        above, below = self._columns[:-1].reshape(-1, 3), self._columns[1:].reshape(-1, 3)
        crossing = (above[:, 1] >= y_m) & (below[:, 1] < y_m)
        above, below = above[crossing], below[crossing]
        share = (above[:, 1] - y_m) / (above[:, 1] - below[:, 1])
        points = above + share[:, None] * (below - above)
        return points[points[:, 0].argmax()]
