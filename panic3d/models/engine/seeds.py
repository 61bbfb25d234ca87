"""Seeds of random numbers that are functions of a run's seed and the step alone."""

import numpy as np

from panic3d.models.engine.config import RunConfig

SEED_STRIDE = 1_000_003
"""Between the seeds of the first steps of two runs with consecutive seeds."""


def derive_step_seed(seed: int, step: int) -> int:
    """Return the seed of a step's random numbers."""
    return seed * SEED_STRIDE + step


def make_validation_generator(config: RunConfig, sample: int) -> np.random.Generator:
    """Return the random numbers of a sample in every validation of a run; steps never have the same ones."""
    return np.random.Generator(np.random.PCG64([config.seed, 2**40, sample]))
