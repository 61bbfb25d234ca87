"""What the training loop drives: a `Task` has the data, networks, optimisers and losses of one model."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import UInt8
from lightning_fabric import Fabric
from torch import nn

from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.devices import use_bf16
from panic3d.models.engine.update import Optimisation, Terms
from panic3d.models.engine.validation import average_scores


class StepResult(NamedTuple):
    """What a training step reports."""

    metrics: dict[str, float]
    """Loss terms, norms of gradients and the like, for metrics.jsonl."""
    updated: bool
    """Whether the exported network was updated; not where its gradient was not finite."""


@runtime_checkable
class Task(Protocol):
    """A model in training. One instance per process; the loop seeds PyTorch before construction and every step."""

    @property
    def model(self) -> nn.Module:
        """The network that the run exports. The loop averages its weights."""
        ...

    def step(self, step: int, learning_rate: float) -> StepResult:
        """Take this process's share of a batch and update the networks.

        All random numbers are functions of the seed, the step and the process alone, so that a resumed run repeats
        those of an undisturbed one.
        """
        ...

    @property
    def best_by(self) -> Sequence[str]:
        """Names of scores; the first that a validation has says which weights are best. After `-` less is better."""
        ...

    def list_validation_keys(self) -> Sequence[str]:
        """Return the keys of the samples kept from training; empty if there are none."""
        ...

    def score_samples(self, chosen: Sequence[int]) -> list[Any]:
        """Return one record of each of some samples for `summarise_scores`, as Python or NumPy values on the CPU.

        The loop calls this on every process with a share of the places of `list_validation_keys` that are validated,
        which may be empty, without gradients, with the averaged weights in the model and the model in evaluation mode.
        A record depends on its sample and the weights alone.
        """
        ...

    def summarise_scores(self, records: Sequence[Any]) -> dict[str, float]:
        """Return the scores of all validated samples, given in the order of their keys; at least one."""
        ...

    def sample_sheet(self) -> UInt8[np.ndarray, "H W 3"] | None:
        """Return a picture that shows what the model makes of some samples, or None.

        The loop calls this on the first process, otherwise as `score_samples`.
        """
        ...

    def facts(self) -> dict[str, Any]:
        """Return what the exported file records of the run beside its configuration, steps and seconds."""
        ...

    def list_training_keys(self) -> Sequence[str]:
        """Return the keys of the samples to train on, whose content hashes the exported file records."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return all that `load_state_dict` needs to continue exactly; not the average, which the loop keeps."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...

    def close(self) -> None:
        """End threads and the like."""
        ...


@runtime_checkable
class CalibratedTask(Protocol):
    """A task whose model has more than weights, which averaged weights need anew: statistics of batch normalisation."""

    def calibrate(self) -> None:
        """Adapt the model to the averaged weights that it has.

        The loop calls this on the first process before weights are written and samples are scored, with the averaged
        weights in the model; the other processes get the model's buffers.
        """
        ...


class NetworkTask:
    """A `Task` of one network with one optimiser; a subclass says what the losses of a step are."""

    best_by: Sequence[str] = ()

    def __init__(self, fabric: Fabric, config: RunConfig, network: nn.Module) -> None:
        self.fabric, self.config, self.model = fabric, config, network
        self.optimisation = Optimisation(fabric, network, config.optimiser)
        self.bf16 = use_bf16(config, fabric.device)

    @property
    def network(self) -> nn.Module:
        """The network as set up on the devices, which synchronises gradients: `losses` calls this one."""
        return self.optimisation.module

    @property
    def share(self) -> int:
        """Samples of a batch that are this process's."""
        return self.config.batch // self.fabric.world_size

    def random(self, step: int) -> np.random.Generator:
        """Return the random numbers of a step for this process."""
        return np.random.Generator(np.random.PCG64([self.config.seed, step, self.fabric.global_rank]))

    def losses(self, step: int) -> Terms:
        """Return the weighted terms of the step's samples."""
        raise NotImplementedError

    def step(self, step: int, learning_rate: float) -> StepResult:
        self.network.train()

        def terms_of(step: int) -> Terms:
            with torch.autocast(self.fabric.device.type, torch.bfloat16, enabled=self.bf16):
                return self.losses(step)

        metrics = self.optimisation([step], terms_of, learning_rate, step)
        return StepResult(metrics, self.optimisation.updated)

    def list_validation_keys(self) -> Sequence[str]:
        return ()

    def score_samples(self, chosen: Sequence[int]) -> list[Any]:
        return []

    def summarise_scores(self, records: Sequence[Any]) -> dict[str, float]:
        return average_scores(records)

    def sample_sheet(self) -> UInt8[np.ndarray, "H W 3"] | None:
        return None

    def facts(self) -> dict[str, Any]:
        return {}

    def list_training_keys(self) -> Sequence[str]:
        return ()

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict(), "optimiser": self.optimisation.optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimisation.optimiser.load_state_dict(state["optimiser"])

    def close(self) -> None:
        pass
