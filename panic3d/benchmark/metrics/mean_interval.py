"""Estimate means over pairs, and mean differences between two methods, with bootstrap intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

RESAMPLES = 2000
CONFIDENCE_LEVEL = 0.95
RESAMPLING_SEED = 0


@dataclass(frozen=True)
class MeanInterval:
    """A mean over `count` pairs and its 95% bootstrap interval from `low` to `high`."""

    mean: float
    low: float
    high: float
    count: int

    def format(self, number_format: str) -> str:
        """Return `mean [low, high]` with each number in a format such as `.3f`."""
        return f"{self.mean:{number_format}} [{self.low:{number_format}}, {self.high:{number_format}}]"


@dataclass
class PairValues:
    """The values of one metric of one method, by the key of the pair. Their order has no influence on results."""

    values: dict[str, float] = field(default_factory=dict)

    def add(self, pair: str, value: float) -> None:
        self.values[pair] = value

    def mean(self) -> MeanInterval | None:
        """Return the mean over the pairs, or None if there are no pairs."""
        return estimate_mean(np.array([self.values[pair] for pair in sorted(self.values)])) if self.values else None

    def last(self) -> MeanInterval | None:
        """Return the value of the last pair (by key), as the paper's script reports its F-scores, or None.

        One value has no spread, so both ends of the interval are the value itself.
        """
        if not self.values:
            return None
        value = self.values[max(self.values)]
        return MeanInterval(value, value, value, 1)

    def difference(self, other: "PairValues") -> MeanInterval | None:
        """Return the mean difference to the values of another method over their common pairs, or None without any."""
        return estimate_difference(self.values, other.values)


def estimate_mean(values: Float[np.ndarray, "pairs"]) -> MeanInterval:
    """Estimate the mean and its percentile bootstrap interval (Efron 1979) from 2000 seeded resamples of the pairs.

    With one pair, both ends of the interval are the value of that pair. Raises ValueError if there are no values.
    """
    if len(values) == 0:
        raise ValueError("expected the values of at least one pair, got none")
    generator = np.random.Generator(np.random.PCG64(RESAMPLING_SEED))
    means = values[generator.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2])
    return MeanInterval(float(values.mean()), float(low), float(high), len(values))


def estimate_difference(values: Mapping[str, float], others: Mapping[str, float]) -> MeanInterval | None:
    """Estimate the mean of `value - other` over the common pairs and its bootstrap interval; None without common pairs.

    Pairs are resampled jointly for both methods, so the difficulty that a pair has for both of them cancels out. Two
    methods can therefore differ significantly although the intervals of their means overlap. The difference has the
    unit and direction of the metric: if lower is better, a negative difference means that the first method is better.
    """
    common = sorted(values.keys() & others.keys())
    return estimate_mean(np.array([values[pair] - others[pair] for pair in common], np.float64)) if common else None
