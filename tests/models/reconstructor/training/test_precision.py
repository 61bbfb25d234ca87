"""The precision of the presets: `paper` as published, `paper-fast` as it says, and float16 that does not overflow."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import torch

from panic3d.models.engine.devices import use_bf16
from panic3d.models.reconstructor.network.stylegan import discriminator, layers, synthesis_block
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator, DualDiscriminatorConfig
from panic3d.models.reconstructor.network.stylegan.modulated_layers import modulate_and_convolve
from panic3d.models.reconstructor.network.stylegan.superresolution import SuperResolution, SuperResolutionConfig
from panic3d.models.reconstructor.training.config import load_config


def list_differences(first: Any, second: Any, path: str = "") -> dict[str, tuple[Any, Any]]:
    if not isinstance(first, dict):
        return {} if first == second else {path: (first, second)}
    found: dict[str, tuple[Any, Any]] = {}
    for name in first:
        found |= list_differences(first[name], second[name], f"{path}.{name}".lstrip("."))
    return found


def test_paper_is_float32_with_float16_where_the_published_code_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)  # an A100
    paper = load_config("paper")
    assert not use_bf16(paper, torch.device("cuda")) and paper.tf32 == "off"
    assert paper.model.superresolution.float16 and paper.adversarial.network.float16_blocks == 4


def test_other_presets_differ_from_paper_in_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    paper, fast = load_config("paper"), load_config("paper-fast")
    assert list_differences(asdict(paper), asdict(fast)) == {
        "bf16": ("off", "auto"), "tf32": ("off", "all"), "model.superresolution.float16": (True, False),
        "adversarial.network.float16_blocks": (4, 0),
    }  # fmt: skip
    assert use_bf16(fast, torch.device("cuda"))
    different = list_differences(asdict(paper), asdict(load_config("paper-open")))
    assert different == {"model.backbone.tagger": ("published", "open")}


@pytest.fixture
def float16_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Let blocks compute in float16 on a CPU too, slowly. Returns the shapes that were cast."""
    cast: list[tuple[int, ...]] = []

    def to_half(x: torch.Tensor, float16: bool) -> torch.Tensor:
        if float16:
            cast.append(tuple(x.shape))
        return x.half() if float16 else x

    for module in (discriminator, synthesis_block):
        monkeypatch.setattr(module, "cast_block_input", to_half)
    return cast


def test_a_cpu_computes_in_float32() -> None:
    assert layers.cast_block_input(torch.ones(1, 1, 2, 2), True).dtype == torch.float32


@pytest.mark.parametrize("gradients", [True, False])
def test_super_resolution_in_float16_is_that_in_float32(
    float16_on_a_cpu: list[tuple[int, ...]], gradients: bool
) -> None:
    torch.manual_seed(0)
    exact = SuperResolution(8, SuperResolutionConfig(4, 32), 16)
    half = SuperResolution(8, SuperResolutionConfig(4, 32, float16=True), 16)
    half.load_state_dict(exact.state_dict())
    features, w = torch.randn(1, 8, 8, 8), torch.randn(1, 16)
    with torch.set_grad_enabled(gradients):
        made, expected = half(features, w), exact(features, w)
    assert len(float16_on_a_cpu) == 2 and made.dtype == torch.float32
    assert 1e-6 < (made - expected).abs().max() < 2e-2 * expected.abs().max()


def test_large_weights_and_styles_do_not_overflow_float16() -> None:
    """Sums of 512 products of 300 by 300 are beyond float16; demodulation makes the result small again."""
    generator = torch.Generator().manual_seed(0)
    x, styles = torch.rand(2, 512, 4, 4, generator=generator) * 100, torch.rand(2, 512, generator=generator) * 300
    weight = torch.randn(4, 512, 3, 3, generator=generator) * 50
    found = modulate_and_convolve(x.half(), weight, styles, True)
    expected = modulate_and_convolve(x, weight, styles, True)
    assert found.dtype == torch.float16 and found.isfinite().all()
    np.testing.assert_allclose(found.float(), expected, atol=0.02 * float(expected.abs().max()))


def test_the_discriminators_first_blocks_are_in_float16(float16_on_a_cpu: list[tuple[int, ...]]) -> None:
    torch.manual_seed(0)
    config = DualDiscriminatorConfig(size=64, channel_base=512, channel_max=16, mapping_layers=2)
    exact, half = DualDiscriminator(config), DualDiscriminator(replace(config, float16_blocks=2))
    half.load_state_dict(exact.state_dict())
    pictures, raw, label = torch.rand(2, 3, 64, 64) * 2 - 1, torch.rand(2, 3, 16, 16) * 2 - 1, torch.randn(2, 25)
    made, expected = half(pictures, raw, label), exact(pictures, raw, label)
    assert [shape[-1] for shape in float16_on_a_cpu] == [64, 32], "the blocks at 64 and 32, not those at 16 and 8"
    assert made.dtype == torch.float32
    np.testing.assert_allclose(made.detach(), expected.detach(), atol=0.02)
