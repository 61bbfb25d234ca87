"""A picture drawn finer and askew, so that its pixels are the samples of a `PixelLattice` in every pixel at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from panic3d.datagen.engines.rectangle import Rectangle
from panic3d.datagen.engines.sampling import PixelLattice


@dataclass(frozen=True)
class FinePicture:
    """The fine picture of a square one of `size` pixels; rows count upwards."""

    lattice: PixelLattice
    size: int

    def fine_from_pixel(self) -> Float[np.ndarray, "3 3"]:
        """Homogeneous; samples come to lie on the fine pixels' centres."""
        matrix = self.lattice.samples_from_pixels()
        sample = matrix @ (0.5 + self.lattice.offsets_px()[0])
        lowest = np.minimum(matrix, 0).sum(axis=1) * self.size
        shift = (0.5 - sample) % 1 - lowest
        return np.block([[matrix.astype(np.float64), shift[:, None]], [np.zeros((1, 2)), np.ones((1, 1))]])

    def width_height(self) -> tuple[int, int]:
        width, height = np.abs(self.lattice.samples_from_pixels()).sum(axis=1) * self.size + 1
        return int(width), int(height)

    def places(self) -> Int[np.ndarray, "samples 2"]:
        """The fine pixels of the samples of pixel (0, 0); those of (x, y): `samples_from_pixels` @ (x, y) further."""
        fine_from_pixel = self.fine_from_pixel()
        fine = (0.5 + self.lattice.offsets_px()) @ fine_from_pixel[:2, :2].T + fine_from_pixel[:2, 2]
        return np.floor(fine).astype(np.int32)

    def bounds(self, part: Rectangle) -> Rectangle:
        """The smallest rectangle of fine pixels that holds all samples of a part."""
        corners = [(x, y, 1) for x in (part.left, part.right) for y in (part.bottom, part.top)]
        fine = (np.array(corners) @ self.fine_from_pixel().T)[:, :2]
        (left, bottom), (right, top) = np.floor(fine.min(axis=0)), np.ceil(fine.max(axis=0))
        return Rectangle(int(left), int(bottom), int(right), int(top))
