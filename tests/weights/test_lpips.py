"""LPIPS against its formula, as a loss, and where its weights are absent."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from panic3d.weights.catalogue import LPIPS_ALEXNET
from panic3d.weights.lpips import Lpips, load_lpips


@pytest.fixture(scope="module")
def lpips() -> Lpips:
    module = load_lpips()
    if module is None:
        pytest.skip("LPIPS weights are absent: panic3d weights fetch")
    return module


def picture(seed: int) -> torch.Tensor:
    noise = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(seed))
    return 2 * F.interpolate(noise, size=(96, 80), mode="bicubic").clamp(0, 1) - 1


def test_absent_weights_give_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path))
    assert load_lpips() is None


def test_identical_pictures_are_at_zero_and_noise_is_far(lpips: Lpips) -> None:
    assert lpips(picture(0), picture(0)).tolist() == [0.0, 0.0]
    assert (lpips(picture(0), picture(1)) > 0.1).all()


def test_lpips_equals_its_formula(lpips: Lpips) -> None:
    """sum over layers of the spatial mean of w . (unit(f(a)) - unit(f(b)))^2, with AlexNet spelt out here."""
    from safetensors.torch import load_file

    tensors = load_file(LPIPS_ALEXNET.path)
    heads = [getattr(lpips.network, f"lin{i}").model[-1].weight for i in range(5)]
    shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    layers = ((0, 4, 2, None), (3, 1, 2, 2), (6, 1, 1, 2), (8, 1, 1, None), (10, 1, 1, None))

    def features(x: torch.Tensor) -> list[torch.Tensor]:
        x, found = (x - shift[:, None, None]) / scale[:, None, None], []
        for number, stride, padding, pool in layers:
            x = F.max_pool2d(x, 3, pool) if pool else x
            x = F.relu(F.conv2d(x, tensors[f"features.{number}.weight"], tensors[f"features.{number}.bias"],
                                stride=stride, padding=padding))  # fmt: skip
            found.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10))
        return found

    a, b = picture(2), picture(3)
    layers_ab = zip(features(a), features(b), heads, strict=True)
    expected = torch.stack([F.conv2d((f - g).square(), head).mean((1, 2, 3)) for f, g, head in layers_ab]).sum(0)
    np.testing.assert_allclose(lpips(a, b).numpy(), expected.numpy(), rtol=1e-5)


def test_lpips_gives_gradients_and_stays_frozen(lpips: Lpips) -> None:
    prediction = picture(4).requires_grad_()
    lpips.train()
    distances = lpips(prediction, picture(5))
    distances.sum().backward()
    assert prediction.grad is not None and prediction.grad.abs().sum() > 0
    assert not any(parameter.requires_grad for parameter in lpips.parameters())
    assert torch.equal(distances, lpips(prediction, picture(5))), "dropout is on"


def test_loading_leaves_the_random_state_unchanged(lpips: Lpips) -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    load_lpips()
    assert torch.equal(before, torch.random.get_rng_state())
