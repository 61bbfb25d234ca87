"""The positions of the samples in a pixel: a rank-1 lattice, the same for every engine and every pixel.

No two samples share a row or a column, so that a horizontal or vertical edge gets as many levels of coverage as there
are samples. Few samples suffice: 7 come as close to the exact coverage as 20 of a Sobol sequence. The lattices are
Korobov's: of all lattices (i, k i) / n, the one with the largest smallest distance.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class PixelLattice:
    """`samples` points of a pixel: (i, generator * i) / samples, modulo 1, around the pixel's centre."""

    samples: int
    generator: int

    def offsets_px(self) -> Float[np.ndarray, "samples 2"]:
        """Return offsets to the right and up from the pixel's centre, in (-0.5, 0.5). An odd number has one at 0, 0."""
        steps = np.arange(self.samples)[:, None] * np.array([1, self.generator]) + (self.samples - 1) // 2
        return (2 * (steps % self.samples) + 1 - self.samples) / (2 * self.samples)

    def samples_from_pixels(self) -> Int[np.ndarray, "2 2"]:
        """Return the integer matrix of determinant `samples` that maps pixel coordinates to lattice coordinates.

        In lattice coordinates, neighbouring samples are one apart. The rows are a reduced basis (Lagrange and Gauss) of
        the vectors whose product with every sample is an integer.
        """
        long, short = np.array([self.samples, 0]), np.array([-self.generator, 1])
        while True:
            if long @ long < short @ short:
                long, short = short, long
            times = round(float(long @ short) / float(short @ short))
            if times == 0:
                break
            long = long - times * short
        matrix = np.stack([short, long])
        return matrix if np.linalg.det(matrix) > 0 else matrix * [[1], [-1]]


@functools.cache
def find_pixel_lattice(samples: int) -> PixelLattice:
    """Return the lattice of a number of samples whose closest pair is farthest apart."""
    generators = [k for k in range(1, samples + 1) if math.gcd(k, samples) == 1]
    return max((PixelLattice(samples, k) for k in generators), key=_compute_closest_distance)


def _compute_closest_distance(lattice: PixelLattice) -> float:
    """Return the smallest distance of two samples in units of 1 / samples, samples of adjacent pixels included."""
    if lattice.samples == 1:
        return 1.0
    steps = np.arange(1, lattice.samples)[:, None] * np.array([1, lattice.generator]) % lattice.samples
    near = np.minimum(steps, lattice.samples - steps)
    return float(np.hypot(*near.T).min())
