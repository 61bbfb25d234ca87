"""The mean of a metric over pairs, with an interval."""

from dataclasses import dataclass

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
