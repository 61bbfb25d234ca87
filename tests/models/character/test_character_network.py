"""Normalised features are alike in training and in evaluation, also those that few pictures have."""

import numpy as np
import pytest
import torch

from panic3d.models.character.network import FEATURE_LIMIT, LimitedBatchNorm


def test_rare_features_are_normalised_by_their_true_variance_and_limited() -> None:
    random = np.random.default_rng(0)
    chances = np.array([0.5, 0.1, 0.005])
    norm = LimitedBatchNorm(3)
    for _ in range(2500):
        norm(torch.from_numpy((random.random((32, 3)) < chances).astype(np.float32)))
    assert norm.running_var is not None and norm.running_mean is not None
    np.testing.assert_allclose(norm.running_mean, chances, rtol=0.35)
    np.testing.assert_allclose(norm.running_var, chances * (1 - chances), rtol=0.35)
    norm.eval()
    found = norm(torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])).detach().numpy()
    expected = (1 - chances) / np.sqrt(chances * (1 - chances))
    assert found[0] == pytest.approx(np.minimum(expected, FEATURE_LIMIT), rel=0.2)
    assert found[0, 2] == pytest.approx(FEATURE_LIMIT)
    assert np.abs(found[1]).max() < 1.2
