"""Means over pairs and their intervals, against scipy."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from panic3d.benchmark.metrics.mean_interval import estimate_mean


def test_interval_is_scipys_percentile_bootstrap() -> None:
    values = np.random.default_rng(0).gamma(2.0, size=40)
    expected = bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    found = estimate_mean(values)
    assert found.mean == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.05)
    assert estimate_mean(values) == found, "not seeded"


def test_one_pair_has_no_spread() -> None:
    found = estimate_mean(np.array([3.0]))
    assert (found.mean, found.low, found.high, found.count) == (3, 3, 3, 1)


def test_no_pairs_have_no_mean() -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        estimate_mean(np.zeros(0))
