"""The field on a lattice: where the four axis-parallel views share their points.

The rays of orthographic front, left, back and right views are the lines of one grid. So choose coordinates along x, y
and z, evaluate the field once at their product, and composite along +z, -z, +x and -x: every point serves four views.
On a lattice the interpolation is separable, and the decoder's first layer is folded into the planes beforehand. Only
the columns (x, y) that the front silhouette asks for are evaluated. Same numbers as the plain path, an order faster.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from panic3d.models.reconstructor.network.backbone import Encoded
from panic3d.models.reconstructor.network.decoder import Decoder, FieldValues
from panic3d.models.reconstructor.network.triplane import hat_weights


@dataclass(frozen=True)
class Lattice:
    """Chosen pixels of a picture of `size` pixels along x, y and z, each counted in the direction of its axis."""

    size: int
    x: Int[Tensor, "B X"]
    y: Int[Tensor, "B Y"]
    z: Int[Tensor, "B Z"]

    def unit(self, axis: Int[Tensor, "B N"]) -> Float[Tensor, "B N"]:
        """Pixel centres in [-1, 1] across the box."""
        return (axis.float() + 0.5) * (2 / self.size) - 1

    def pixels(self, view: str) -> tuple[Int[Tensor, "B Y"], Int[Tensor, "B C"]]:
        """Rows (for ascending y) and columns (for ascending x or z) of the lattice's lines in a view's picture."""
        last = self.size - 1
        columns = {"front": self.x, "back": last - self.x, "left": last - self.z, "right": self.z}[view]
        return last - self.y, columns

    @classmethod
    def full(cls, size: int, batch: int = 1, device: torch.device | None = None) -> "Lattice":
        """Every pixel."""
        axis = torch.arange(size, device=device).expand(batch, -1)
        return cls(size, axis, axis, axis)

    @classmethod
    def stratified(cls, size: int, counts: tuple[int, int, int], u: Float[Tensor, "B U"]) -> "Lattice":
        """One random pixel in each stratum of each axis; `u` in [0, 1) holds enough random numbers."""
        axes, first = [], 0
        for count in counts:
            stratum = size // count
            offset = (u[:, first : first + count] * stratum).long()
            axes.append(torch.arange(count, device=u.device) * stratum + offset)
            first += count
        return cls(size, *axes)

    @classmethod
    def regular(cls, size: int, count: int, u: Float[Tensor, "B U"]) -> "Lattice":
        """Every (size / count)-th pixel from a random first one: whole small pictures, as a perceptual loss needs."""
        stratum = size // count
        axes = [torch.arange(count, device=u.device) * stratum + (u[:, i : i + 1] * stratum).long() for i in range(3)]
        return cls(size, *axes)


def evaluate(encoded: Encoded, decoder: Decoder, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> FieldValues:
    """The field at all z of the chosen columns: values are (M, Z) for the M true entries of `columns`, in order."""
    palette = None if encoded.palette is None else encoded.palette[columns.nonzero(as_tuple=True)[0]]
    return decoder.from_folded(folded_features(encoded.planes, decoder, lattice, columns), palette)


def folded_features(
    planes: Float[Tensor, "B 3 F L R R"], decoder: Decoder, lattice: Lattice, columns: Bool[Tensor, "B Y X"]
) -> Float[Tensor, "M Z H"]:
    """What the decoder's first layer makes of the planes' mean, before bias and activation.

    The planes are interpolated before the layer is applied: features are fewer than what it puts out.
    """
    resolution, layers = planes.shape[-1], planes.shape[3]
    x, y, z = (lattice.unit(axis) for axis in (lattice.x, lattice.y, lattice.z))
    along_x, along_y, along_z = (hat_weights(axis, resolution) for axis in (x, y, z))
    layer_x, layer_y, layer_z = (hat_weights(axis, layers) for axis in (x, y, z))
    first = decoder.mean_first_layer()
    xy = torch.einsum("bflrs,byr,bxs->byxlf", planes[:, 0], along_y, along_x) @ first
    xz = torch.einsum("bflrs,bzr,bxs->bxlzf", planes[:, 1], along_z, along_x) @ first
    yz = torch.einsum("bflrs,bzr,bys->bylzf", planes[:, 2], along_z, along_y) @ first
    b, j, i = columns.nonzero(as_tuple=True)
    hidden = torch.bmm(layer_z[b], xy[b, j, i])  # M Z H
    return hidden + _mix_layers(xz, b, i, layer_y[b, j]) + _mix_layers(yz, b, j, layer_x[b, i])


def _mix_layers(
    lines: Float[Tensor, "B N L Z H"], b: Int[Tensor, "M"], n: Int[Tensor, "M"], weights: Float[Tensor, "M L"]
) -> Float[Tensor, "M Z H"]:
    """Weighted sums of whole lines of a plane's layers. A point lies between two layers: the third never counts."""
    count, layers = lines.shape[1:3]
    near = min(layers, 2)
    weights, layer = weights.topk(near, dim=1)
    rows = ((b * count + n) * layers)[:, None] + layer
    table = lines.reshape(-1, lines.shape[3] * lines.shape[4])
    mixed = F.embedding_bag(rows, table, per_sample_weights=weights, mode="sum")
    return mixed.view(len(b), *lines.shape[3:])


def dense(values: Float[Tensor, "M Z *C"], columns: Bool[Tensor, "B Y X"]) -> Float[Tensor, "B Y X Z *C"]:
    """Values of the columns in the whole lattice, zero elsewhere."""
    whole = values.new_zeros(columns.numel(), *values.shape[1:])
    whole = whole.index_copy(0, columns.flatten().nonzero()[:, 0], values)
    return whole.view(*columns.shape, *values.shape[1:])
