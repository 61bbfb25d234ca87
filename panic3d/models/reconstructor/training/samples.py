"""The sample sheet: for each character the input, and its four views beside the truth."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from panic3d.datasets.multiview import VIEWS, draw
from panic3d.datasets.source import Source
from panic3d.models.reconstructor.fields.field import FieldNetwork
from panic3d.models.reconstructor.rendering.lattice_views import VIEW_FLIPS
from panic3d.models.reconstructor.training.validation import Looking, device_of, look

GAP_PX = 2


def sheet(model: FieldNetwork, characters: Source, path: Path, looking: Looking = look, limit: int = 6) -> None:
    """Two lines a character: what the model renders, under it the truth; the input stands in front of both."""
    lines = []
    for index in range(min(limit, len(characters))):
        batch = draw(characters, [(index, False)]).to(device_of(model))
        views = looking(model, batch)
        given = batch.rgb("front")[0].permute(1, 2, 0)
        ours = [given, *(views.rgb[view][0].flip(VIEW_FLIPS[view]) for view in VIEWS)]
        true = [given, *(batch.rgb(view)[0].permute(1, 2, 0) for view in VIEWS)]
        lines += [_row(ours), _row(true)]
    picture = torch.cat(lines).clamp(0, 1).mul(255).round().to(torch.uint8).cpu().numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(picture)).save(path)


def _row(pictures: list[torch.Tensor]) -> torch.Tensor:
    gap = torch.full((pictures[0].shape[0], GAP_PX, 3), 0.5)
    row = torch.cat([piece for picture in pictures for piece in (picture.cpu(), gap)], dim=1)
    return torch.cat([row, torch.full((GAP_PX, row.shape[1], 3), 0.5)])
