"""Losses and scores against PyTorch's distributions and torchmetrics; fields that do not apply count nothing."""

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, Normal

from panic3d.models.character.codes import UNKNOWN
from panic3d.models.character.losses import compute_category_losses, compute_log_density, compute_number_losses
from panic3d.models.character.network import CharacterPrediction
from panic3d.models.character.scores import (
    CALIBRATION_BINS,
    compute_calibration_error,
    compute_explained_variance,
    compute_top_accuracy,
)
from panic3d.weights.lpips import make_torchvision_importable

make_torchvision_importable()  # torchmetrics imports it
import torchmetrics.functional as metrics  # noqa: E402


@pytest.fixture
def prediction() -> CharacterPrediction:
    random = torch.Generator().manual_seed(0)
    means, log_scales, weights = torch.randn(3, 5, 4, 3, generator=random)
    return CharacterPrediction(torch.zeros(5, 0), means, log_scales, weights, torch.zeros(5, 0))


def test_the_density_is_that_of_a_mixture_of_normal_distributions(prediction: CharacterPrediction) -> None:
    values = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
    mixture = MixtureSameFamily(
        Categorical(logits=prediction.weights), Normal(prediction.means, prediction.log_scales.exp())
    )
    torch.testing.assert_close(compute_log_density(prediction, values), mixture.log_prob(values))
    target = values.clone()
    target[1:, 2] = torch.nan
    expected = -mixture.log_prob(values)[0, 2]
    torch.testing.assert_close(compute_number_losses(prediction, target)[2], expected)


def test_unknown_categories_count_nothing() -> None:
    logits = torch.randn(6, 5, generator=torch.Generator().manual_seed(2))
    target = torch.tensor([[0, 1], [1, UNKNOWN], [UNKNOWN, UNKNOWN], [1, 2], [0, UNKNOWN], [1, UNKNOWN]])
    first, second = compute_category_losses(logits, target, [2, 3])
    known = target[:, 0] != UNKNOWN
    expected = torch.nn.functional.cross_entropy(logits[known, :2], target[known, 0])
    torch.testing.assert_close(first, expected)
    expected = torch.nn.functional.cross_entropy(logits[[0, 3], 2:], target[[0, 3], 1])
    torch.testing.assert_close(second, expected)


def test_scores_agree_with_torchmetrics() -> None:
    random = np.random.default_rng(0)
    chances = random.dirichlet(np.ones(4), 300).astype(np.float32)
    target = random.integers(0, 4, 300)
    for top in (1, 3):
        theirs = metrics.accuracy(
            torch.from_numpy(chances), torch.from_numpy(target), "multiclass", num_classes=4, top_k=top, average="micro"
        )
        assert compute_top_accuracy(chances, target, top) == pytest.approx(float(theirs), abs=1e-6)
    error = metrics.calibration_error(
        torch.from_numpy(chances), torch.from_numpy(target), "multiclass", num_classes=4, n_bins=CALIBRATION_BINS
    )
    right = (chances.argmax(1) == target).astype(float)
    assert compute_calibration_error(chances.max(1), right) == pytest.approx(float(error), abs=1e-6)
    true, found = random.normal(size=50), random.normal(size=50)
    r2 = metrics.r2_score(torch.from_numpy(found), torch.from_numpy(true))
    assert compute_explained_variance(found, true) == pytest.approx(float(r2))
    assert np.isnan(compute_explained_variance(found, np.full(50, np.nan)))
    almost_alike = np.full(50, 0.3) + np.linspace(0, 1e-12, 50)
    assert np.isnan(compute_explained_variance(found, almost_alike))
