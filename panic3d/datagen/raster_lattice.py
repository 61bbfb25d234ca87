"""Where the samples of a pixel lie: a square lattice turned against the pixels, so that no two share a row or a column.

A picture is drawn finer and turned: pixel coordinates (x, y) go to (a x + b y, a y - b x), whose pixels are the
samples, a^2 + b^2 to a pixel, in the same places in each. An edge along a row or a column then meets as many
levels of coverage as there are samples, not their square root (rotated grid supersampling); an odd number, with one
sample at the centre, never leaves a pixel half covered by a tie.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from panic3d.datagen.raster_targets import Rectangle


@dataclass(frozen=True)
class Lattice:
    """a and b are coprime, one even and one odd: 2, 1 (5 samples), 3, 2 (13), 4, 1 (17)."""

    a: int = 3
    b: int = 2

    def fine_size(self, size: int) -> int:
        """Pixels a side of the turned picture of a square one."""
        return (self.a + self.b) * size

    def fine_from_pixel(self, size: int) -> Float[np.ndarray, "3 3"]:
        return np.array([[self.a, self.b, 0], [-self.b, self.a, self.b * size], [0, 0, 1]], np.float64)

    def offsets(self) -> Int[np.ndarray, "samples 2"]:
        """A pixel's samples, from the place of its lower left corner in the turned picture."""
        reach = np.arange(-self.b, self.a + self.b)
        offsets = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
        turned = np.linalg.inv([[self.a, self.b], [-self.b, self.a]])
        inside = (offsets + 0.5) @ turned.T
        return offsets[((inside >= 0) & (inside < 1)).all(axis=1)]

    def bounds(self, part: Rectangle, size: int) -> Rectangle:
        """The smallest rectangle of the turned picture that holds all samples of a part."""
        corners = [(x, y, 1) for x in (part.left, part.right) for y in (part.bottom, part.top)]
        fine = (np.array(corners) @ self.fine_from_pixel(size).T)[:, :2].astype(int)
        (left, bottom), (right, top) = fine.min(axis=0), fine.max(axis=0)
        return Rectangle(int(left), int(bottom), int(right), int(top))
