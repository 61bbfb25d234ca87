"""Rectangular regions of square pictures."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.cameras.camera import Camera


@dataclass(frozen=True)
class PixelRectangle:
    """A half-open range of pixels; rows count upwards, as in OpenGL and Blender."""

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
    def is_empty(self) -> bool:
        return self.width == 0 or self.height == 0

    def clip_to_square(self, left: int, bottom: int, size: int) -> "PixelRectangle":
        """Return the part inside a square of `size` pixels, relative to that square's lower left corner."""
        columns = [min(max(edge - left, 0), size) for edge in (self.left, self.right)]
        rows = [min(max(edge - bottom, 0), size) for edge in (self.bottom, self.top)]
        return PixelRectangle(columns[0], rows[0], columns[1], rows[1])

    def slices(self, size: int) -> tuple[slice, slice]:
        """Return the rows and columns in an array of `size` rows whose row 0 is on top."""
        return slice(size - self.top, size - self.bottom), slice(self.left, self.right)


def bound_points(xyz_head_m: Float[np.ndarray, "N 3"], camera: Camera, size: int) -> PixelRectangle:
    """Return the pixels of a view that points, and triangles between them, may cover."""
    if not len(xyz_head_m):
        return PixelRectangle(0, 0, 0, 0)
    column_row = camera.project(xyz_head_m.astype(np.float64), size)[:, :2]
    (left, top), (right, bottom) = np.floor(column_row.min(axis=0)) - 1, np.ceil(column_row.max(axis=0)) + 1
    return PixelRectangle(int(left), size - int(bottom), int(right), size - int(top)).clip_to_square(0, 0, size)
