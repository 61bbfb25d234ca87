"""Scores of a run on characters kept from its training."""

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.datasets.multiview import VIEWS, MultiviewBatch, read_batch
from panic3d.datasets.source import CharacterSource
from panic3d.models.reconstructor.fields.field import FieldNetwork
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.rendering.lattice_views import VIEW_AXES, LatticeViews, render_lattice_views
from panic3d.models.tagging.published import SemanticFeatures, compute_batch_features
from panic3d.weights.lpips import Lpips

ViewRenderer = Callable[[MultiviewBatch], LatticeViews]
"""Renders the four views of a batch with the network that is trained."""


@torch.no_grad()
def predict_lattice_views(
    model: FieldNetwork, batch: MultiviewBatch, tagger: SemanticFeatures | None = None
) -> LatticeViews:
    """Render the four views at every pixel, within the input's silhouette."""
    device = batch.rgba.device
    rgb, alpha = batch.rgb("front"), batch.alpha("front")
    field = model.field(rgb, alpha, compute_batch_features(tagger, rgb, alpha))
    lattice = Lattice.full(batch.size, len(batch.keys), device)
    rows, columns = lattice.pixels("front")
    picture, alpha, _ = batch.gather("front", rows, columns)
    return render_lattice_views(field, lattice, alpha > 0, picture)


def score_views(
    render_views: ViewRenderer, characters: CharacterSource, index: int, lpips: Lpips | None, device: torch.device
) -> dict[str, float]:
    """Return four kinds of scores of a character.

    PSNR in dB and LPIPS of each view on white and their means over the views, IoU of the left silhouette, and the
    chamfer distance in mm between the surfaces that the four views show.
    """
    batch = read_batch(characters, [(index, False)]).to(device)
    views = render_views(batch)
    lattice = Lattice.full(batch.size, 1, batch.rgba.device)
    scores: dict[str, float] = {}
    for view in VIEWS:
        rgb, alpha, _ = batch.gather(view, *lattice.pixels(view))
        error = (views.rgb[view] - rgb).square().mean().clamp(min=1e-10)
        scores[f"psnr_{view}"] = -10 * math.log10(error.item())
        if lpips is not None:
            pair = [(p.permute(0, 3, 1, 2).clamp(0, 1) * 2 - 1) for p in (views.rgb[view], rgb)]
            scores[f"lpips_{view}"] = lpips(*pair).item()
        if view == "left":
            ours, true = views.alpha[view] > 0.5, alpha > 0.5
            scores["iou_left"] = ((ours & true).sum() / (ours | true).sum()).item()
    scores["chamfer_mm"] = _chamfer_mm(views, batch, lattice)
    for name in ("psnr", "lpips") if lpips is not None else ("psnr",):
        scores[name] = float(np.mean([scores[f"{name}_{view}"] for view in VIEWS]))
    return scores


def _chamfer_mm(views: LatticeViews, batch: MultiviewBatch, lattice: Lattice) -> float:
    """Mean of both directions' mean distances between the surface points that the four views show."""
    from scipy.spatial import cKDTree

    ours, true = [], []
    for view in VIEWS:
        _, alpha, depth_m = batch.gather(view, *lattice.pixels(view))
        true.append(_points(view, depth_m, (alpha > 0.5) & depth_m.isfinite(), lattice))
        ours.append(_points(view, views.depth_m[view], views.alpha[view] > 0.5, lattice))
    a, b = np.concatenate(ours), np.concatenate(true)
    if not len(a) or not len(b):
        return BOX_SIDE_M * 1000
    there, back = cKDTree(b).query(a)[0].mean(), cKDTree(a).query(b)[0].mean()
    return float(there + back) / 2 * 1000


def _points(view: str, depth_m: Float[Tensor, "1 Y C"], where: Tensor, lattice: Lattice) -> Float[np.ndarray, "N 3"]:
    axis, direction = VIEW_AXES[view]
    half = BOX_SIDE_M / 2
    y, across = lattice.unit(lattice.y)[0] * half, lattice.unit(lattice.x)[0] * half
    along = direction * (depth_m[0] - 1.0)
    grid_y, grid_across = torch.meshgrid(y, across, indexing="ij")
    xyz = (grid_across, grid_y, along) if axis == "z" else (along, grid_y, grid_across)
    return torch.stack(xyz, dim=-1)[where[0]].double().cpu().numpy()
