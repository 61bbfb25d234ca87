"""Occupancy labels and losses on analytic bodies."""

import torch

from panic3d.conventions import BOX_SIDE_M
from panic3d.datasets.vroid import VIEWS, Batch
from panic3d.models.reconstructor.lattice import Lattice
from panic3d.models.reconstructor.losses import occupancy, occupancy_loss, view_losses
from panic3d.models.reconstructor.views import LatticeViews
from panic3d.shards.schema import DEPTH_QUANTA_PER_M

SIZE = 64
CENTRE_M = torch.tensor([0.06, -0.04, 0.03])
SEMI_AXES_M = torch.tensor([0.12, 0.2, 0.08])


def ellipsoid() -> tuple[Batch, torch.Tensor]:
    """Exact views of an ellipsoid (with the top), and whether each cell centre [y, x, z] is inside."""
    unit = ((torch.arange(SIZE) + 0.5) / SIZE * 2 - 1) * BOX_SIDE_M / 2
    y, x, z = torch.meshgrid(unit, unit, unit, indexing="ij")
    inside = sum(
        ((c - m) / r) ** 2 for c, m, r in zip((x, y, z), CENTRE_M, SEMI_AXES_M, strict=True)
    ) <= 1  # fmt: skip

    def surface(axis: int, sign: int) -> torch.Tensor:
        """Coordinate of the first surface seen from the side `sign` of an axis, by the two other axes; NaN: none."""
        others = [a for a in (1, 0, 2) if a != axis]  # grids are ordered y, x, z
        p, q = torch.meshgrid(unit, unit, indexing="ij")
        left = 1 - sum(((g - CENTRE_M[a]) / SEMI_AXES_M[a]) ** 2 for g, a in zip((p, q), others, strict=True))
        return CENTRE_M[axis] + sign * SEMI_AXES_M[axis] * left.sqrt()

    front, back = 1 - surface(2, 1).flip(0), (1 + surface(2, -1)).flip(0, 1)
    left, right = (1 - surface(0, 1)).flip(0, 1), (1 + surface(0, -1)).flip(0)
    top = (1 - surface(1, 1)).T  # rows z, columns x
    depth_m = torch.stack([front, left, back, right, top])
    quanta = torch.where(depth_m.isfinite(), 1 + ((depth_m - 0.5) * DEPTH_QUANTA_PER_M).round(), 0).int()
    rgba = torch.where(depth_m.isfinite(), 255, 0)[..., None].expand(-1, -1, -1, 4).to(torch.uint8)
    rgba = torch.cat([torch.full_like(rgba[..., :3], 255), rgba[..., 3:]], dim=-1)
    return Batch(("ball",), (*VIEWS, "top"), rgba[None], quanta[None]), inside


def test_occupancy_is_the_hull_of_the_depth_maps() -> None:
    batch, inside = ellipsoid()
    label = occupancy(batch, Lattice.full(SIZE))[0]
    assert (label != inside).float().mean() < 1e-4  # an ellipsoid is its own hull; only quantised borders differ
    without_top = Batch(batch.keys, VIEWS, batch.rgba[:, :4], batch.depth[:, :4])
    assert (occupancy(without_top, Lattice.full(SIZE))[0] & ~label).any() or torch.equal(
        occupancy(without_top, Lattice.full(SIZE))[0], label
    )


def test_the_top_view_cuts_what_the_sides_cannot_see() -> None:
    batch, _ = ellipsoid()
    batch.depth[:, 4] = 0  # seen from above there is nothing at all
    assert not occupancy(batch, Lattice.full(SIZE)).any()


def test_the_right_field_costs_least() -> None:
    batch, inside = ellipsoid()
    lattice = Lattice.full(SIZE)
    columns = torch.ones(1, SIZE, SIZE, dtype=torch.bool)
    density = torch.where(inside, 6.0, -6.0).view(-1, SIZE)
    right = occupancy_loss(density, batch, lattice, columns)
    assert right < 0.01
    assert occupancy_loss(density.roll(3, 1), batch, lattice, columns) > right + 0.05


def test_perfect_views_cost_nothing_and_each_term_sees_its_error() -> None:
    batch, _ = ellipsoid()
    lattice = Lattice.full(SIZE)
    truth = {view: batch.at(view, *lattice.pixels(view)) for view in VIEWS}
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
