"""The sheared, finer pixel grid whose pixels are the samples of a `PixelLattice`, for all pixels of a view at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from panic3d.datagen.engines.pixel_rectangle import PixelRectangle
from panic3d.datagen.engines.sampling import PixelLattice


@dataclass(frozen=True)
class SampleGrid:
    """The sample grid of a square picture of `size` pixels; rows count upwards."""

    lattice: PixelLattice
    size: int

    def grid_from_pixel(self) -> Float[np.ndarray, "3 3"]:
        """Return the homogeneous map from pixel to grid coordinates; samples are at the centres of grid pixels."""
        matrix = self.lattice.samples_from_pixels()
        sample = matrix @ (0.5 + self.lattice.offsets_px()[0])
        lowest = np.minimum(matrix, 0).sum(axis=1) * self.size
        shift = (0.5 - sample) % 1 - lowest
        return np.block([[matrix.astype(np.float64), shift[:, None]], [np.zeros((1, 2)), np.ones((1, 1))]])

    def width_height(self) -> tuple[int, int]:
        """Return the width and height of the grid in grid pixels."""
        width, height = np.abs(self.lattice.samples_from_pixels()).sum(axis=1) * self.size + 1
        return int(width), int(height)

    def sample_positions(self) -> Int[np.ndarray, "samples 2"]:
        """Return the grid pixels of the samples of pixel (0, 0).

        Those of pixel (x, y) are `samples_from_pixels` @ (x, y) further.
        """
        grid_from_pixel = self.grid_from_pixel()
        positions = (0.5 + self.lattice.offsets_px()) @ grid_from_pixel[:2, :2].T + grid_from_pixel[:2, 2]
        return np.floor(positions).astype(np.int32)

    def bound(self, region: PixelRectangle) -> PixelRectangle:
        """Return the smallest rectangle of grid pixels that holds all samples of a region of pixels."""
        corners = [(x, y, 1) for x in (region.left, region.right) for y in (region.bottom, region.top)]
        positions = (np.array(corners) @ self.grid_from_pixel().T)[:, :2]
        (left, bottom), (right, top) = np.floor(positions.min(axis=0)), np.ceil(positions.max(axis=0))
        return PixelRectangle(int(left), int(bottom), int(right), int(top))
