"""A single picture without gradients takes quicker ways through the generator's layers: to the same numbers."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from panic3d.models.reconstructor.network.backbone import BackboneConfig, SynthesisNetwork
from panic3d.models.reconstructor.network.conditioning import condition_image
from panic3d.models.reconstructor.network.stylegan import winograd
from panic3d.models.reconstructor.network.stylegan.layers import Noise
from panic3d.models.reconstructor.network.stylegan.modulated_layers import SynthesisLayer
from panic3d.models.reconstructor.network.stylegan.superresolution import SuperResolution, SuperResolutionConfig


def assert_same(quick: Tensor, plain: Tensor) -> None:
    assert quick.shape == plain.shape
    assert (quick - plain).abs().max() <= 1e-5 * plain.abs().max()


def layer(channels: int, size: int, up: bool = False, clamp: float | None = None) -> SynthesisLayer:
    made = SynthesisLayer(channels, channels, 16, size, up, clamp)
    torch.nn.init.normal_(made.bias)
    torch.nn.init.constant_(made.noise_strength, 0.5)
    return made


@pytest.mark.parametrize("noise", ["const", "none", "random"])
@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize(("clamp", "gain"), [(None, 1.0), (0.8, math.sqrt(0.5))])
def test_layers(noise: Noise, up: bool, clamp: float | None, gain: float) -> None:
    torch.manual_seed(0)
    made, x, w = layer(12, 16, up, clamp), torch.randn(1, 12, 8 if up else 16, 8 if up else 16), torch.randn(1, 16)
    results = []
    for gradients in (True, False):
        torch.manual_seed(1)
        with torch.set_grad_enabled(gradients):
            results.append(made(x, w, noise, gain))
    assert_same(results[1], results[0].detach())


@pytest.mark.parametrize("channels", [16, 64])  # the second is wide enough for Winograd's convolution
@pytest.mark.parametrize("semantic_channels", [0, 16])
def test_the_backbone(channels: int, semantic_channels: int) -> None:
    torch.manual_seed(0)
    config = replace(BackboneConfig(), resolution=32, channel_base=32 * channels, channel_max=channels, w_dim=16)
    network = SynthesisNetwork(config, 12)
    for name, parameter in network.named_parameters():
        if name.endswith(("bias", "noise_strength")):
            torch.nn.init.normal_(parameter)
    ws = torch.randn(1, network.w_count, 16)
    picture = condition_image(torch.rand(1, 3, 40, 40), 4.0)
    semantic = torch.randn(1, semantic_channels, 8, 8) if semantic_channels else None
    plain = network(ws, picture, semantic, "const").detach()
    given = picture.clone()
    with torch.no_grad():
        assert_same(network(ws, picture, semantic, "const"), plain)
        assert_same(network(ws.expand(2, -1, -1), *(None, None), "const")[:1], network(ws, None, None, "const"))
    assert torch.equal(picture, given)


def test_the_super_resolution() -> None:
    torch.manual_seed(0)
    module = SuperResolution(8, SuperResolutionConfig(channels=4, size=64), 16)
    features, w = torch.rand(1, 8, 12, 12) * 2 - 1, torch.randn(1, 16)
    plain = module(features, w).detach()
    given = features.clone()
    with torch.no_grad():
        assert_same(module(features, w), plain)
    assert torch.equal(features, given)


@pytest.mark.parametrize("planar", [False, True])
def test_winograd(planar: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In several strips, the last of which is lower."""
    torch.manual_seed(0)
    monkeypatch.setattr(winograd, "STRIP_FLOATS", 3 * 9 * 9 * 1000)
    x, weight, bias = torch.randn(1, 70, 44, 36), torch.randn(90, 70, 3, 3), torch.randn(90)
    layout = torch.contiguous_format if planar else torch.channels_last
    assert winograd.is_faster(x, weight)
    found = winograd.convolve(x.contiguous(memory_format=layout), weight, bias)
    assert_same(found, F.conv2d(x.double(), weight.double(), bias.double(), padding=1).float())
    assert not winograd.is_faster(x[..., :34], weight)
    assert not winograd.is_faster(x.bfloat16(), weight)
