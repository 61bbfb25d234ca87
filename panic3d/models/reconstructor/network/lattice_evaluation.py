"""A triplane field on a lattice: interpolation that is separable, which is an order of magnitude faster.

The decoder's first layer is folded into the planes beforehand, and only the columns (x, y) inside or near the front
silhouette are evaluated. The values are those of `triplane.sample_planes` followed by the decoder.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from panic3d.models.reconstructor.fields.field import FieldValues
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.network.decoder import Decoder
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.triplane import compute_hat_weights


def evaluate_on_lattice(
    encoded: TriplaneEncoding, decoder: Decoder, lattice: Lattice, columns: Bool[Tensor, "B Y X"]
) -> FieldValues:
    """Evaluate the field at all z of the chosen columns: (M, Z) for the M true entries of `columns`, in order."""
    palette = None if encoded.palette is None else encoded.palette[columns.nonzero(as_tuple=True)[0]]
    return decoder.decode_folded(fold_features(encoded.planes, decoder, lattice, columns), palette)


def fold_features(
    planes: Float[Tensor, "B 3 F L R R"], decoder: Decoder, lattice: Lattice, columns: Bool[Tensor, "B Y X"]
) -> Float[Tensor, "M Z H"]:
    """Apply the decoder's first layer to the mean of the planes, before bias and activation.

    The planes are interpolated before the layer is applied, since they have fewer channels than its outputs.
    """
    resolution, layers = planes.shape[-1], planes.shape[3]
    x, y, z = (lattice.unit(axis) for axis in (lattice.x, lattice.y, lattice.z))
    along_x, along_y, along_z = (compute_hat_weights(axis, resolution) for axis in (x, y, z))
    layer_x, layer_y, layer_z = (compute_hat_weights(axis, layers) for axis in (x, y, z))
    first = decoder.fold_first_layer()
    xy = torch.einsum("bflrs,byr,bxs->byxlf", planes[:, 0], along_y, along_x) @ first
    xz = torch.einsum("bflrs,bzr,bxs->bxlzf", planes[:, 1], along_z, along_x) @ first
    yz = torch.einsum("bflrs,bzr,bys->bylzf", planes[:, 2], along_z, along_y) @ first
    b, j, i = columns.nonzero(as_tuple=True)
    hidden = torch.bmm(layer_z[b], xy[b, j, i])  # M Z H
    return hidden + _mix_layers(xz, b, i, layer_y[b, j]) + _mix_layers(yz, b, j, layer_x[b, i])


def _mix_layers(
    lines: Float[Tensor, "B N L Z H"], b: Int[Tensor, "M"], n: Int[Tensor, "M"], weights: Float[Tensor, "M L"]
) -> Float[Tensor, "M Z H"]:
    """Sum whole lines of a plane's layers with weights; of three layers only the two around a point count."""
    count, layers = lines.shape[1:3]
    near = min(layers, 2)
    weights, layer = weights.topk(near, dim=1)
    rows = ((b * count + n) * layers)[:, None] + layer
    table = lines.reshape(-1, lines.shape[3] * lines.shape[4])
    mixed = F.embedding_bag(rows, table, per_sample_weights=weights, mode="sum")
    return mixed.view(len(b), *lines.shape[3:])
