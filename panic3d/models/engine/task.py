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

    def validate(self) -> dict[str, float]:
        """Return scores on samples kept from training; empty if there are none.

        The loop calls this and `sample_sheet` on the first process, without gradients, with the averaged weights in
        the model and the model in evaluation mode.
        """
        ...

    def sample_sheet(self) -> UInt8[np.ndarray, "H W 3"] | None:
        """Return a picture that shows what the model makes of some samples, or None."""
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

        The loop calls this before `validate` and before the export, as it calls `validate`.
        """
        ...


class NetworkTask:
    """A `Task` of one network with one optimiser; a subclass says what the losses of a step are."""

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

    def validate(self) -> dict[str, float]:
        return {}

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
