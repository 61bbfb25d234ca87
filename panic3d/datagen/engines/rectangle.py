"""Parts of square pictures."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.cameras.camera import Camera


@dataclass(frozen=True)
class Rectangle:
    """Pixels, half open; rows count upwards, as OpenGL's and Blender's do."""

    left: int
    bottom: int
    right: int
    top: int

    @property
    def width(self) -> int:
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        return max(0, self.top - self.bottom)

    @property
    def empty(self) -> bool:
        return self.width == 0 or self.height == 0

    def within(self, left: int, bottom: int, size: int) -> "Rectangle":
        """What lies in a square of `size` pixels, as seen from that square's corner."""
        columns = [min(max(edge - left, 0), size) for edge in (self.left, self.right)]
        rows = [min(max(edge - bottom, 0), size) for edge in (self.bottom, self.top)]
        return Rectangle(columns[0], rows[0], columns[1], rows[1])

    def slices(self, size: int) -> tuple[slice, slice]:
        """Rows and columns of an array of `size` rows whose row 0 is on top."""
        return slice(size - self.top, size - self.bottom), slice(self.left, self.right)


def bounds(xyz_head_m: Float[np.ndarray, "N 3"], camera: Camera, size: int) -> Rectangle:
    """The pixels of a picture that points, and triangles between them, may touch."""
    if not len(xyz_head_m):
        return Rectangle(0, 0, 0, 0)
    column_row = camera.project(xyz_head_m.astype(np.float64), size)[:, :2]
    (left, top), (right, bottom) = np.floor(column_row.min(axis=0)) - 1, np.ceil(column_row.max(axis=0)) + 1
    return Rectangle(int(left), size - int(bottom), int(right), size - int(top)).within(0, 0, size)
