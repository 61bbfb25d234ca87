"""The quick field and rays against the plain path, on fields and rays that nobody recorded."""

from typing import Literal

import pytest
import torch

from panic3d.cameras.camera import Camera
from panic3d.models.reconstructor.fields.density_edits import DensityEdits
from panic3d.models.reconstructor.network.decoder import Decoder, DecoderConfig
from panic3d.models.reconstructor.network.triplane import sample_planes
from panic3d.models.reconstructor.rendering.camera_labels import make_unit_rays
from panic3d.models.reconstructor.rendering.cpu import rays as cpu_rays
from panic3d.models.reconstructor.rendering.cpu.triplane_table import CpuTriplaneField
from panic3d.models.reconstructor.rendering.sampling import SampleDraws
from panic3d.models.reconstructor.rendering.volume import render_reference


def some_field(
    layers: int, palette: int = 0, gain: float = 3000.0
) -> tuple[torch.Tensor, Decoder, torch.Tensor | None]:
    """Opaque in places, empty in others."""
    torch.manual_seed(layers)
    decoder = Decoder(8, DecoderConfig(hidden=16, colours=5, palette=palette)).requires_grad_(False)
    decoder.layer(2).weight[0] *= gain
    empty = torch.nn.functional.softplus(torch.zeros(16)) @ decoder.layer(2).weight[0] * decoder.layer(2).weight_gain
    decoder.layer(2).bias[0] = -5.0 - empty
    return torch.randn(3, 8, layers, 12, 12), decoder, torch.rand(palette, 3) if palette else None


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_points_inside_at_the_edge_and_outside(layers: int) -> None:
    planes, decoder, _ = some_field(layers)
    xyz = (torch.rand(5000, 3) - 0.5) * 1.4  # twice the box
    edges = torch.tensor([-0.5, -0.35, -0.25, 0.0, 0.25, 0.35, 0.5])
    xyz = torch.cat([xyz, torch.cartesian_prod(edges, edges, edges)])
    features = sample_planes(planes[None], xyz[None])
    plain, quick = decoder(features), CpuTriplaneField(planes, decoder)
    assert torch.allclose(quick.density(xyz), plain.density[0], rtol=1e-5, atol=2e-3)
    assert torch.allclose(quick.colours(xyz), plain.colours[0], atol=1e-6)
    outside = (features == 0).all(dim=(0, 1, 3))
    assert outside.any()
    assert torch.allclose(plain.density[0][outside], quick.empty_density(), atol=2e-3)


def test_palettes() -> None:
    torch.manual_seed(0)
    decoder = Decoder(8, DecoderConfig(hidden=16, colours=3, palette=4, colour_skip=True)).requires_grad_(False)
    planes, palette, xyz = torch.randn(3, 8, 3, 12, 12), torch.rand(4, 3), (torch.rand(100, 3) - 0.5) * 0.7
    plain = decoder(sample_planes(planes[None], xyz[None]), palette[None])
    assert torch.allclose(CpuTriplaneField(planes, decoder, palette).colours(xyz), plain.colours[0], atol=1e-6)


@pytest.mark.parametrize("edits", [DensityEdits(), DensityEdits(0.1), DensityEdits(0.0, 0.5), DensityEdits(0.1, 0.5)])
@pytest.mark.parametrize(("azimuth_deg", "elevation_deg", "fov_deg"), [(0, 0, None), (35, 20, 30), (-120, 70, 30)])
@pytest.mark.parametrize("fine", [0, 24])
def test_fast_rays_agree_with_plain_volume_rendering(
    edits: DensityEdits, azimuth_deg: float, elevation_deg: float, fov_deg: float | None, fine: int
) -> None:
    planes, decoder, _ = some_field(3)
    kind: Literal["ortho", "persp"] = "ortho" if fov_deg is None else "persp"
    camera = Camera(kind, float(azimuth_deg), float(elevation_deg), fov_deg=None if fov_deg is None else float(fov_deg))
    rays = make_unit_rays(camera, 20)
    draws = (
        SampleDraws.random(1, 400, 24, fine, torch.Generator().manual_seed(1))
        if fov_deg
        else SampleDraws.middle(1, 400, 24, fine)
    )

    def field(xyz: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        values = decoder(sample_planes(planes[None], xyz))
        return edits(xyz, values.density), values.colours

    plain = render_reference(field, rays[0][None], rays[1][None], draws)
    quick = cpu_rays.render_rays(CpuTriplaneField(planes, decoder), *rays, draws, edits)
    assert (plain.alpha > 0.99).float().mean() > 0.02
    assert (plain.alpha < 0.01).any() or not edits.crop_m
    for ours, expected in (
        (quick.colours, plain.colours[0]),
        (quick.xyz_head_m, plain.xyz_head_m[0]),
        (quick.alpha, plain.alpha[0]),
    ):
        assert (ours - expected).abs().max() < 5e-4
    seen = plain.alpha[0] > 0.01
    assert (quick.depth_m - plain.depth_m[0])[seen].abs().max() < 1e-3


def test_without_colours_only_they_are_missing() -> None:
    planes, decoder, _ = some_field(3)
    rays, draws = make_unit_rays(Camera("ortho", 0.0), 12), SampleDraws.middle(1, 144, 16, 16)
    with_them = cpu_rays.render_rays(CpuTriplaneField(planes, decoder), *rays, draws, DensityEdits())
    without = cpu_rays.render_rays(CpuTriplaneField(planes, decoder), *rays, draws, DensityEdits(), with_colours=False)
    assert torch.equal(with_them.alpha, without.alpha)
    assert without.colours.shape == (144, 0)


def test_an_empty_field_gives_white() -> None:
    planes, decoder, _ = some_field(3, gain=0.0)
    rays, draws = make_unit_rays(Camera("ortho", 0.0), 12), SampleDraws.middle(1, 144, 16, 16)
    nothing = cpu_rays.render_rays(CpuTriplaneField(planes, decoder), *rays, draws, DensityEdits(0.1, 0.5))
    assert nothing.alpha.max() == 0
    assert nothing.colours.min() == 1
    assert nothing.xyz_head_m.min() == 1
