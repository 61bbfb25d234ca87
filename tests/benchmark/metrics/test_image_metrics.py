"""Picture metrics against scikit-image and torchmetrics."""

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from panic3d.benchmark.metrics.image import lpips, psnr_db, ssim
from panic3d.weights.lpips import load_lpips, make_torchvision_importable

make_torchvision_importable()  # torchmetrics imports it too
from torchmetrics.functional.image import peak_signal_noise_ratio as torchmetrics_psnr  # noqa: E402
from torchmetrics.functional.image import structural_similarity_index_measure as torchmetrics_ssim  # noqa: E402

WHITE = torch.ones(1, 3, 32, 40)


def pair(size: tuple[int, int] = (48, 64)) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    target = torch.nn.functional.interpolate(torch.rand(3, 3, 6, 6, generator=generator), size=size, mode="bilinear")
    return (target + 0.1 * torch.randn(target.shape, generator=generator)).clamp(0, 1), target


def test_psnr_is_scikit_images() -> None:
    prediction, target = pair()
    expected = [
        peak_signal_noise_ratio(t.numpy(), p.numpy(), data_range=1) for p, t in zip(prediction, target, strict=True)
    ]
    np.testing.assert_allclose(psnr_db(prediction, target), expected, rtol=1e-5)
    assert psnr_db(prediction, target)[0].item() == pytest.approx(
        torchmetrics_psnr(prediction[:1], target[:1], data_range=1.0).item(), rel=1e-5
    )


def test_ssim_is_scikit_images() -> None:
    prediction, target = pair()
    expected = [
        structural_similarity(t.numpy(), p.numpy(), data_range=1, gaussian_weights=True, sigma=1.5,
                              use_sample_covariance=False, channel_axis=0)
        for p, t in zip(prediction, target, strict=True)
    ]  # fmt: skip
    np.testing.assert_allclose(ssim(prediction, target), expected, atol=1e-5)


def test_ssim_is_torchmetrics_on_inner_windows() -> None:
    prediction, target = pair()
    _, windows = torchmetrics_ssim(prediction, target, data_range=1.0, sigma=1.5, return_full_image=True)
    np.testing.assert_allclose(ssim(prediction, target), windows[..., 5:-5, 5:-5].mean((1, 2, 3)), atol=1e-5)


def test_identical_pictures_are_perfect() -> None:
    _, target = pair()
    assert psnr_db(target, target).tolist() == [100.0] * 3
    np.testing.assert_allclose(ssim(target, target), 1, atol=1e-6)


def test_white_pictures_have_known_numbers() -> None:
    assert psnr_db(WHITE, WHITE).item() == 100
    assert ssim(WHITE, WHITE).item() == pytest.approx(1)
    assert psnr_db(WHITE, 1 - WHITE).item() == 0
    assert ssim(WHITE, 1 - WHITE).item() == pytest.approx(1e-4, rel=0.01)  # C1 / (1 + C1)


def test_a_picture_smaller_than_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 11 pixels"):
        ssim(WHITE[..., :10, :], WHITE[..., :10, :])


def test_lpips_is_fed_minus_one_to_one() -> None:
    module = load_lpips()
    if module is None:
        pytest.skip("LPIPS weights are absent: panic3d weights fetch")
    prediction, target = pair((64, 64))
    expected = module.network(prediction, target, normalize=True).flatten()
    np.testing.assert_allclose(lpips(module, prediction, target), expected.detach(), rtol=1e-5)
    assert (lpips(module, target, target) == 0).all()
