"""Points about the surface: where they lie, and which side of it they are on."""

import torch

from helpers.heads.ellipsoid_views import CENTRE_M, SEMI_AXES_M, SIZE, make_ellipsoid_views
from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.network.decoder import Decoder, DecoderConfig
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.triplane import sample_planes
from panic3d.models.reconstructor.network.triplane_field import TriplaneField
from panic3d.models.reconstructor.training.losses import label_occupancy
from panic3d.models.reconstructor.training.near_surface import is_inside_hull, near_surface_loss, sample_surface_points


def radius(xyz: torch.Tensor) -> torch.Tensor:
    """1 on the ellipsoid."""
    return ((xyz - CENTRE_M) / SEMI_AXES_M).norm(dim=-1)


def test_points_lie_on_what_the_views_see_from_all_sides() -> None:
    batch, _ = make_ellipsoid_views()
    points = sample_surface_points(batch, torch.rand(1, 4000))
    assert (radius(points) - 1).abs().max() < 5e-3
    for part, outwards in zip(points.chunk(4, dim=1), ((2, 1), (0, 1), (2, -1), (0, -1)), strict=True):
        axis, sign = outwards  # front, left, back, right
        assert (sign * (part[0, :, axis] - CENTRE_M[axis]) > -1e-3).all()
        reach = (part[0] - CENTRE_M).abs().amax(dim=0)
        others = [a for a in range(3) if a != axis]
        assert (reach[others] > 0.9 * SEMI_AXES_M[others]).all(), "all of the visible side is drawn"


def test_a_scattered_label_is_the_lattice_s() -> None:
    batch, _ = make_ellipsoid_views()
    unit = ((torch.arange(SIZE) + 0.5) / SIZE * 2 - 1) * BOX_SIDE_M / 2
    y, x, z = torch.meshgrid(unit, unit, unit, indexing="ij")
    scattered = is_inside_hull(batch, torch.stack([x, y, z], dim=-1).view(1, -1, 3)).view(1, SIZE, SIZE, SIZE)
    assert torch.equal(scattered, label_occupancy(batch, Lattice.full(SIZE)))
    assert not is_inside_hull(batch, torch.tensor([[[0.5, 0, 0], [0, -0.36, 0], [0, 0, 9.0]]])).any()


def test_inwards_is_inside() -> None:
    batch, _ = make_ellipsoid_views()
    points = sample_surface_points(batch, torch.rand(1, 4000))
    for step_m, share in ((-0.015, 1.0), (0.015, 0.0)):
        moved = points + step_m * torch.nn.functional.normalize((points - CENTRE_M) / SEMI_AXES_M**2, dim=-1)
        assert abs(is_inside_hull(batch, moved).float().mean() - share) < 0.02


def test_descent_puts_the_surface_where_it_is() -> None:
    torch.manual_seed(0)
    batch, _ = make_ellipsoid_views()
    decoder = Decoder(8, DecoderConfig(hidden=16, colours=3, law="sharp"))
    planes = torch.randn(1, 3, 8, 3, 16, 16).mul(0.1).requires_grad_()
    optimiser = torch.optim.Adam([planes, *decoder.parameters()], 0.03)
    for _ in range(150):
        optimiser.zero_grad()
        offset_m = torch.randn(1, 2048, 3) * 0.02
        near_surface_loss(
            TriplaneField(TriplaneEncoding(planes, None), decoder), batch, torch.rand(1, 2048), offset_m
        ).backward()
        optimiser.step()
    points = sample_surface_points(batch, torch.rand(1, 1000))
    for step_m, expected in ((-0.02, True), (0.02, False)):
        moved = points + step_m * torch.nn.functional.normalize((points - CENTRE_M) / SEMI_AXES_M**2, dim=-1)
        logit = decoder.density(sample_planes(planes, moved))
        assert ((logit > 0) == expected).float().mean() > 0.95
