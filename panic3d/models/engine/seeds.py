"""Random numbers that are functions of a run's seed, the step and the sample alone."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.models.engine.config import RunConfig

SEED_STRIDE = 1_000_003
"""Between the seeds of the first steps of two runs with consecutive seeds."""


def derive_step_seed(seed: int, step: int) -> int:
    """Return the seed of a step's random numbers."""
    return seed * SEED_STRIDE + step


def make_validation_generator(config: RunConfig, sample: int) -> np.random.Generator:
    """Return the random numbers of a sample in every validation of a run; steps never have the same ones."""
    return np.random.Generator(np.random.PCG64([config.seed, 2**40, sample]))


class SampleGenerators:
    """The random numbers of (a part of) a batch, drawn on the CPU by one generator per sample.

    Those of a sample are functions of the run's seed, the step and the sample's place in the whole batch: however many
    processes share the batch, and in however many parts, each sample gets the same ones. Each call draws the next ones.
    """

    def __init__(self, generators: Sequence[np.random.Generator]) -> None:
        self.generators = tuple(generators)

    @classmethod
    def from_step(cls, config: RunConfig, step: int, rank: int, processes: int) -> "SampleGenerators":
        """Return those of process `rank` of `processes`, which has the places rank, rank + processes, ..."""
        places = range(rank, config.batch, processes)
        return cls([np.random.Generator(np.random.PCG64([config.seed, step, place])) for place in places])

    def select(self, chosen: slice) -> "SampleGenerators":
        """Return those of some of the samples."""
        return SampleGenerators(self.generators[chosen])

    def draw_uniform(self, *shape: int) -> Float[Tensor, "B ..."]:
        """Draw numbers in [0, 1) for each sample."""
        return torch.from_numpy(np.stack([one.random(shape, np.float32) for one in self.generators]))

    def draw_normal(self, *shape: int) -> Float[Tensor, "B ..."]:
        """Draw standard normal numbers for each sample."""
        return torch.from_numpy(np.stack([one.standard_normal(shape, np.float32) for one in self.generators]))

    def draw_noise(self, resolution: int) -> Float[Tensor, "B 1 R R"]:
        """Draw standard normal noise for each pixel of each sample: what `NoiseSource` wants."""
        return self.draw_normal(1, resolution, resolution)
