"""Pictures of generated heads: four views from one lattice, without its empty columns."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.reconstructor.fields.density import optical_depth_per_m
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.network.decoder import Decoder
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.lattice_evaluation import fold_features
from panic3d.models.reconstructor.network.triplane_field import TriplaneField
from panic3d.models.reconstructor.rendering.lattice_views import VIEW_FLIPS, render_lattice_views

COARSE_LINES = 32
"""Lines of the lattice that finds empty columns."""
MIN_COLUMN_ALPHA = 0.05
"""A column of less coverage is empty, unless one beside it is not."""


def render_pictures(
    encoded: TriplaneEncoding, decoder: Decoder, size: int, views: Sequence[str] = VIEWS
) -> Float[Tensor, "B V 4 S S"]:
    """Return RGB on white and coverage as four channels in [-1, 1]; row 0 on top."""
    batch = len(encoded.planes)
    lattice = Lattice.full(size, batch, encoded.planes.device)
    columns = find_occupied_columns(encoded.planes.detach(), decoder, size)
    nothing = encoded.planes.new_zeros(()).expand(batch, size, size, 3)  # no colour skip reads it
    rendered = render_lattice_views(TriplaneField(encoded, decoder), lattice, columns, nothing, views)
    pictures = []
    for view in views:
        rgba = torch.cat([rendered.rgb[view], rendered.alpha[view][..., None]], dim=-1)
        pictures.append(2 * rgba.flip([axis + 1 for axis in VIEW_FLIPS[view]]).permute(0, 3, 1, 2) - 1)
    return torch.stack(pictures, dim=1)


@torch.no_grad()
def find_occupied_columns(planes: Float[Tensor, "B 3 F L R R"], decoder: Decoder, size: int) -> Bool[Tensor, "B Y X"]:
    """Return the columns along z of a lattice of `size` lines in which a coarser one has coverage, with a margin."""
    coarse = min(COARSE_LINES, size)
    lattice = Lattice.full(coarse, len(planes), planes.device)
    everywhere = torch.ones(len(planes), coarse, coarse, dtype=torch.bool, device=planes.device)
    density = decoder.decode_folded_density(fold_features(planes, decoder, lattice, everywhere))
    depth = optical_depth_per_m(density, decoder.config.law).sum(dim=-1) * (BOX_SIDE_M / coarse)
    alpha = 1 - torch.exp(-depth.view_as(everywhere))
    grown = F.max_pool2d((alpha > MIN_COLUMN_ALPHA).float()[:, None], 3, stride=1, padding=1)
    return F.interpolate(grown, (size, size), mode="nearest")[:, 0] > 0


def make_real_pictures(batch: MultiviewBatch, size: int) -> Float[Tensor, "B 4 4 S S"]:
    """Return the same of characters; a pixel is the mean of those that it covers."""
    pictures = torch.stack([torch.cat([batch.rgb(v), batch.alpha(v)[:, None]], dim=1) for v in VIEWS], dim=1)
    return 2 * F.adaptive_avg_pool2d(pictures.flatten(0, 1), size).unflatten(0, pictures.shape[:2]) - 1
