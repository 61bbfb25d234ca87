"""The sample sheet of a run: for each character the input, its four views, and the truth below them."""

import numpy as np
import torch
from jaxtyping import UInt8

from panic3d.datasets.multiview import VIEWS, read_batch
from panic3d.datasets.source import CharacterSource
from panic3d.models.reconstructor.rendering.lattice_views import VIEW_FLIPS
from panic3d.models.reconstructor.training.validation import ViewRenderer

GAP_PX = 2


def draw_sheet(
    render_views: ViewRenderer, characters: CharacterSource, device: torch.device, limit: int
) -> UInt8[np.ndarray, "H W 3"]:
    """Draw two rows per character: the rendered views, and below them the truth; the input stands left of both."""
    rows = []
    for index in range(min(limit, len(characters))):
        batch = read_batch(characters, [(index, False)]).to(device)
        views = render_views(batch)
        given = batch.rgb("front")[0].permute(1, 2, 0)
        ours = [given, *(views.rgb[view][0].flip(VIEW_FLIPS[view]) for view in VIEWS)]
        true = [given, *(batch.rgb(view)[0].permute(1, 2, 0) for view in VIEWS)]
        rows += [_make_row(ours), _make_row(true)]
    picture = torch.cat(rows).clamp(0, 1).mul(255).round().to(torch.uint8).cpu().numpy()
    return np.ascontiguousarray(picture)


def _make_row(pictures: list[torch.Tensor]) -> torch.Tensor:
    gap = torch.full((pictures[0].shape[0], GAP_PX, 3), 0.5)
    row = torch.cat([piece for picture in pictures for piece in (picture.cpu(), gap)], dim=1)
    return torch.cat([row, torch.full((GAP_PX, row.shape[1], 3), 0.5)])
