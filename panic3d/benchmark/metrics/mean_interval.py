"""What pairs say together: the mean of a number, and the mean difference between two methods, with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

RESAMPLES = 2000
CONFIDENCE_LEVEL = 0.95
RESAMPLING_SEED = 0


@dataclass(frozen=True)
class MeanInterval:
    """A mean over `count` pairs and its 95% bootstrap interval."""

    mean: float
    low: float
    high: float
    count: int


@dataclass
class PairValues:
    """Collects one number of one method, pair by pair; the order in which they come changes nothing."""

    values: dict[str, float] = field(default_factory=dict)

    def add(self, pair: str, value: float) -> None:
        self.values[pair] = value

    def mean(self) -> MeanInterval | None:
        """None before the first pair."""
        return estimate_mean(np.array([self.values[pair] for pair in sorted(self.values)])) if self.values else None

    def last(self) -> MeanInterval | None:
        """The last pair's value, as the paper's script reports its F-scores; nothing is known about its spread."""
        if not self.values:
            return None
        value = self.values[max(self.values)]
        return MeanInterval(value, value, value, 1)

    def difference(self, other: "PairValues") -> MeanInterval | None:
        """Of this method from another, over the pairs that both have; None where there are none."""
        return paired_difference(self.values, other.values)


def estimate_mean(values: Float[np.ndarray, "pairs"]) -> MeanInterval:
    """The mean and its percentile bootstrap interval (Efron 1979): 2000 seeded resamples of the pairs.

    With one pair the interval is that pair's value: nothing is known about its spread. ValueError with none.
    """
    if len(values) == 0:
        raise ValueError("expected the values of at least one pair, got none")
    generator = np.random.Generator(np.random.PCG64(RESAMPLING_SEED))
    means = values[generator.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2])
    return MeanInterval(float(values.mean()), float(low), float(high), len(values))


def paired_difference(values: Mapping[str, float], others: Mapping[str, float]) -> MeanInterval | None:
    """Mean of value - other over the pairs that both have, with its bootstrap interval; None where there are none.

    The pairs are resampled, not the methods' values apart, so that what makes a pair hard for both drops out: two
    methods may differ beyond doubt although the intervals of their means overlap. In the number's own unit and
    direction: where lower is better, a negative difference says that the first method is better.
    """
    common = sorted(values.keys() & others.keys())
    return estimate_mean(np.array([values[pair] - others[pair] for pair in common], np.float64)) if common else None
