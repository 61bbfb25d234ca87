"""What pairs say together: the mean of a number, and the mean difference between two methods, with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

RESAMPLES = 2000
LEVEL = 0.95
SEED = 0


@dataclass(frozen=True)
class Average:
    """A mean over `count` pairs and its 95% bootstrap interval."""

    mean: float
    low: float
    high: float
    count: int


@dataclass
class Accumulator:
    """Collects one number of one method, pair by pair; the order in which they come changes nothing."""

    values: dict[str, float] = field(default_factory=dict)

    def add(self, pair: str, value: float) -> None:
        self.values[pair] = value

    def average(self) -> Average | None:
        """None before the first pair."""
        return average(np.array([self.values[pair] for pair in sorted(self.values)])) if self.values else None

    def last(self) -> Average | None:
        """The last pair's value, as the paper's script reports its F-scores; nothing is known about its spread."""
        if not self.values:
            return None
        value = self.values[max(self.values)]
        return Average(value, value, value, 1)

    def difference(self, other: "Accumulator") -> Average | None:
        """Of this method from another, over the pairs that both have; None where there are none."""
        return paired_difference(self.values, other.values)


def average(values: Float[np.ndarray, "pairs"]) -> Average:
    """The mean and its percentile bootstrap interval (Efron 1979): 2000 seeded resamples of the pairs.

    With one pair the interval is that pair's value: nothing is known about its spread. ValueError with none.
    """
    if len(values) == 0:
        raise ValueError("expected the values of at least one pair, got none")
    generator = np.random.Generator(np.random.PCG64(SEED))
    means = values[generator.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Average(float(values.mean()), float(low), float(high), len(values))


def paired_difference(values: Mapping[str, float], others: Mapping[str, float]) -> Average | None:
    """Mean of value - other over the pairs that both have, with its bootstrap interval; None where there are none.

    The pairs are resampled, not the methods' values apart, so that what makes a pair hard for both drops out: two
    methods may differ beyond doubt although the intervals of their means overlap. In the number's own unit and
    direction: where lower is better, a negative difference says that the first method is better.
    """
    common = sorted(values.keys() & others.keys())
    return average(np.array([values[pair] - others[pair] for pair in common], np.float64)) if common else None
