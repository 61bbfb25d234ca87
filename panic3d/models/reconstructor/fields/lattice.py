"""The lattice whose points the four axis-parallel views share.

The rays of orthographic front, left, back and right views are the lines of one grid. So coordinates along x, y and z
are chosen, the field is evaluated once at their product, and composited along +z, -z, +x and -x: every point serves
four views.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Lattice:
    """Pixels of pictures of `size` pixels, chosen along x, y and z, each counted in the direction of its axis."""

    size: int
    x: Int[Tensor, "B X"]
    y: Int[Tensor, "B Y"]
    z: Int[Tensor, "B Z"]

    def unit(self, axis: Int[Tensor, "B N"]) -> Float[Tensor, "B N"]:
        """Return the centres of pixels, in [-1, 1] across the box."""
        return (axis.float() + 0.5) * (2 / self.size) - 1

    def pixels(self, view: str) -> tuple[Int[Tensor, "B Y"], Int[Tensor, "B C"]]:
        """Return rows (by ascending y) and columns (by ascending x or z) of the lattice's lines in a view's picture."""
        last = self.size - 1
        columns = {"front": self.x, "back": last - self.x, "left": last - self.z, "right": self.z}[view]
        return last - self.y, columns

    @classmethod
    def full(cls, size: int, batch: int = 1, device: torch.device | None = None) -> "Lattice":
        """Choose every pixel."""
        axis = torch.arange(size, device=device).expand(batch, -1)
        return cls(size, axis, axis, axis)

    @classmethod
    def stratified(cls, size: int, counts: tuple[int, int, int], u: Float[Tensor, "B U"]) -> "Lattice":
        """Choose one random pixel in each stratum of each axis; `u` in [0, 1) holds at least as many random numbers."""
        axes, first = [], 0
        for count in counts:
            stratum = size // count
            offset = (u[:, first : first + count] * stratum).long()
            axes.append(torch.arange(count, device=u.device) * stratum + offset)
            first += count
        return cls(size, *axes)

    @classmethod
    def regular(cls, size: int, count: int, u: Float[Tensor, "B U"]) -> "Lattice":
        """Choose every (size / count)-th pixel from a random first one: small pictures for a perceptual loss."""
        stratum = size // count
        axes = [torch.arange(count, device=u.device) * stratum + (u[:, i : i + 1] * stratum).long() for i in range(3)]
        return cls(size, *axes)


def scatter_columns(values: Float[Tensor, "M Z *C"], columns: Bool[Tensor, "B Y X"]) -> Float[Tensor, "B Y X Z *C"]:
    """Scatter the values of columns into the whole lattice; zero elsewhere."""
    whole = values.new_zeros(columns.numel(), *values.shape[1:])
    whole = whole.index_copy(0, columns.flatten().nonzero()[:, 0], values)
    return whole.view(*columns.shape, *values.shape[1:])
