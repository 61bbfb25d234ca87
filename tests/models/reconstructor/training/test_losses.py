"""Occupancy labels and losses on analytic bodies."""

import torch

from helpers.heads.ellipsoid_views import SIZE, make_ellipsoid_views
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.rendering.lattice_views import LatticeViews
from panic3d.models.reconstructor.training.losses import label_occupancy, occupancy_loss, view_losses
from panic3d.shards.tensors import decode_depth_tensor, encode_depth_tensor


def test_occupancy_is_the_hull_of_the_depth_maps() -> None:
    batch, inside = make_ellipsoid_views()
    label = label_occupancy(batch, Lattice.full(SIZE))[0]
    assert (label != inside).float().mean() < 1e-4  # an ellipsoid is its own hull; only quantised borders differ


def test_the_top_view_cuts_where_it_is_given() -> None:
    """Give the top view of the ellipsoid without its upper part: labels lack it too; without the view they have it."""
    batch, inside = make_ellipsoid_views()
    lower = SIZE // 2  # rows of y below the middle of the box, whose height is 0
    batch.depth[:, 4] = torch.where(
        batch.depth[:, 4] > 0, encode_depth_tensor(decode_depth_tensor(batch.depth[:, 4]).clamp(min=1.0)), 0
    )
    cut = inside.clone()
    cut[lower:] = False
    assert cut.sum() < inside.sum() - 1000
    assert (label_occupancy(batch, Lattice.full(SIZE))[0] != cut).float().mean() < 1e-4
    without_top = MultiviewBatch(batch.keys, VIEWS, batch.rgba[:, :4], batch.depth[:, :4], (batch.cameras[0][:4],))
    assert (label_occupancy(without_top, Lattice.full(SIZE))[0] != inside).float().mean() < 1e-4


def test_the_top_view_cuts_what_the_sides_cannot_see() -> None:
    batch, _ = make_ellipsoid_views()
    batch.depth[:, 4] = 0  # seen from above there is nothing at all
    assert not label_occupancy(batch, Lattice.full(SIZE)).any()


def test_the_right_field_costs_least() -> None:
    batch, inside = make_ellipsoid_views()
    lattice = Lattice.full(SIZE)
    columns = torch.ones(1, SIZE, SIZE, dtype=torch.bool)
    density = torch.where(inside, 6.0, -6.0).view(-1, SIZE)
    right = occupancy_loss(density, batch, lattice, columns)
    assert right < 0.01
    assert occupancy_loss(density.roll(3, 1), batch, lattice, columns) > right + 0.05


def test_perfect_views_cost_nothing_and_each_term_sees_its_error() -> None:
    batch, _ = make_ellipsoid_views()
    lattice = Lattice.full(SIZE)
    truth = {view: batch.gather(view, *lattice.pixels(view)) for view in VIEWS}
    rgb, alpha, depth_m = ({view: t[i] for view, t in truth.items()} for i in range(3))
    perfect = LatticeViews(rgb, alpha, {view: d.nan_to_num(0.7) for view, d in depth_m.items()}, torch.zeros(1, 1))
    assert all(term == 0 for term in view_losses(perfect, batch, lattice).values())
    farther = LatticeViews(rgb, alpha, {view: d + 0.035 for view, d in depth_m.items()}, torch.zeros(1, 1))
    terms = view_losses(farther, batch, lattice)
    assert abs(terms["depth"].item() - 0.1) < 1e-3  # 35 mm are a tenth of half the box
    assert terms["rgb"] == terms["silhouette"] == 0
    far = LatticeViews(rgb, alpha, {view: d + 0.5 for view, d in depth_m.items()}, torch.zeros(1, 1))
    assert view_losses(far, batch, lattice)["depth"] < 0.2858  # limited to 0.1 m
    darker = LatticeViews({view: p - 0.1 for view, p in rgb.items()}, alpha, depth_m, torch.zeros(1, 1))
    pixels = sum(SIZE**2 / (alpha[view] > 0.5).sum().item() for view in VIEWS) / 4
    assert abs(view_losses(darker, batch, lattice)["rgb"].item() - 0.1 * pixels) < 1e-3
