"""The fast lattice path against the plain one, and compositing against the ray marcher and against numpy."""

import numpy as np
import pytest
import torch

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.camera import Camera
from panic3d.models.reconstructor.fields.density import optical_depth_per_m
from panic3d.models.reconstructor.fields.lattice import Lattice, scatter_columns
from panic3d.models.reconstructor.network.decoder import Decoder, DecoderConfig
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.lattice_evaluation import evaluate_on_lattice
from panic3d.models.reconstructor.network.triplane import sample_planes
from panic3d.models.reconstructor.network.triplane_field import TriplaneField
from panic3d.models.reconstructor.rendering.lattice_views import (
    compute_front_visibility,
    compute_ray_weights,
    render_lattice_views,
)
from panic3d.models.reconstructor.rendering.ray_marching import march_rays


def random_field(layers: int = 3, palette: int = 4) -> tuple[TriplaneEncoding, Decoder]:
    torch.manual_seed(0)
    decoder = Decoder(8, DecoderConfig(hidden=16, colours=3, colour_skip=True, palette=palette, law="sharp"))
    colours = torch.rand(2, palette, 3) if palette else None
    return TriplaneEncoding(torch.randn(2, 3, 8, layers, 16, 16) * 2, colours), decoder


def head_points(lattice: Lattice) -> torch.Tensor:
    """(B, Y X Z, 3) in metres."""
    x, y, z = (lattice.unit(axis) * BOX_SIDE_M / 2 for axis in (lattice.x, lattice.y, lattice.z))
    grids = [torch.stack(torch.meshgrid(y[b], x[b], z[b], indexing="ij"), -1)[..., [1, 0, 2]] for b in range(len(x))]
    return torch.stack(grids).flatten(1, 3)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_lattice_gives_the_numbers_of_the_plain_path(layers: int) -> None:
    encoded, decoder = random_field(layers)
    lattice = Lattice.stratified(32, (8, 16, 4), torch.rand(2, 28))
    columns = torch.rand(2, 16, 8) < 0.5
    values = evaluate_on_lattice(encoded, decoder, lattice, columns)
    plain = decoder(sample_planes(encoded.planes, head_points(lattice)), encoded.palette)
    shape = (2, 16, 8, 4)
    assert torch.allclose(values.density, plain.density.view(shape)[columns], atol=2e-5)
    assert torch.allclose(values.colours, plain.colours.view(*shape, 3)[columns], atol=2e-6)
    assert values.gate is not None
    assert plain.gate is not None
    assert torch.allclose(values.gate, plain.gate.view(shape)[columns], atol=2e-6)


def test_dense_puts_columns_back() -> None:
    columns = torch.rand(2, 5, 6) < 0.4
    values = torch.randn(int(columns.sum()), 7, 3)
    whole = scatter_columns(values, columns)
    assert torch.equal(whole[columns], values)
    assert whole[~columns].abs().sum() == 0


@pytest.mark.parametrize("view", ["front", "left", "back", "right"])
def test_pixels_are_those_of_the_camera(view: str) -> None:
    lattice = Lattice.stratified(64, (8, 8, 8), torch.rand(1, 24))
    xyz = head_points(lattice)[0].double().numpy()
    camera = Camera("ortho", {"front": 0.0, "left": 90.0, "back": 180.0, "right": -90.0}[view])
    columns, rows, depth_m = camera.project(xyz, 64).T
    row, column = (pixels[0].numpy() for pixels in lattice.pixels(view))
    index = np.indices((8, 8, 8)).reshape(3, -1)  # y, x, z
    assert np.abs(rows - (row[index[0]] + 0.5)).max() < 1e-5
    assert np.abs(columns - (column[index[1 if view in ("front", "back") else 2]] + 0.5)).max() < 1e-5
    along = {"front": -xyz[:, 2], "back": xyz[:, 2], "left": -xyz[:, 0], "right": xyz[:, 0]}[view]
    assert np.abs(depth_m - (1 + along)).max() < 1e-9


def test_ray_weights_against_a_loop() -> None:
    tau = torch.rand(3, 10) * 2
    for backwards in (False, True):
        weights = compute_ray_weights(tau, towards_negative=backwards).numpy()
        for ray in range(3):
            left = 1.0
            for k in range(9, -1, -1) if backwards else range(10):
                taken = left * (1 - np.exp(-tau[ray, k].item()))
                assert weights[ray, k] == pytest.approx(taken, abs=1e-6)
                left -= taken


def test_views_agree_with_marching_along_rays() -> None:
    encoded, decoder = random_field()
    size = 128
    axis = torch.arange(size)[None]
    lattice = Lattice(size, axis, axis[:, 40:44], axis)
    encoded = TriplaneEncoding(encoded.planes[:1], encoded.palette[:1] if encoded.palette is not None else None)
    columns = torch.ones(1, 4, size, dtype=torch.bool)
    plain = decoder(sample_planes(encoded.planes, head_points(lattice)), encoded.palette)
    picture = torch.rand(1, 4, size, 3)
    views = render_lattice_views(TriplaneField(encoded, decoder), lattice, columns, picture)
    density = plain.density.view(1, 4, size, size)
    tau = optical_depth_per_m(density, "sharp") * BOX_SIDE_M / size
    share = plain.gate.view_as(density) * compute_front_visibility(tau.flatten(0, 2)).view_as(density)
    own = plain.colours.view(1, 4, size, size, 3)
    colours = own + share[..., None] * (picture[:, :, :, None] - own)
    for view, towards in (("front", -1), ("back", 1)):
        at_m = (1 + towards * lattice.unit(lattice.z) * BOX_SIDE_M / 2).expand(4 * size, -1)[None]
        rays, rays_colours = density.flatten(1, 2), colours.flatten(1, 2)
        if towards < 0:
            at_m, rays, rays_colours = at_m.flip(-1), rays.flip(-1), rays_colours.flip(-2)
        marched = march_rays(rays, rays_colours, at_m, law="sharp")
        # Both are quadratures of one integral, of samples and of intervals between them.
        assert (views.rgb[view].flatten(1, 2) - marched.colours).abs().mean() < 0.02
        assert (views.alpha[view].flatten(1, 2) - marched.weights.sum(-1)).abs().mean() < 0.02
        sure = marched.weights.sum(-1) > 0.9
        assert (views.depth_m[view].flatten(1, 2) - marched.depth_m)[sure].abs().mean() < 0.01


def test_the_face_does_not_shine_through_to_the_back() -> None:
    encoded, decoder = random_field(palette=0)
    encoded.planes.zero_()
    with torch.no_grad():
        decoder.layer(2).bias.copy_(torch.tensor([8.0, -9.0, -9.0, -9.0, 9.0]))  # opaque, black, gate open
    lattice = Lattice.full(32, 2)
    views = render_lattice_views(
        TriplaneField(encoded, decoder), lattice, torch.ones(2, 32, 32, dtype=torch.bool), torch.ones(2, 32, 32, 3)
    )
    assert views.rgb["front"].mean() > 0.99
    assert views.rgb["back"].mean() < 0.01
