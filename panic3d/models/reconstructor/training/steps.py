"""What the loop asks of a way to train, and the quick one: the four views from one lattice."""

from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from lightning_fabric import Fabric
from torch import Tensor, nn

from panic3d.datasets.multiview import Batch
from panic3d.datasets.stretching import factors, stretched
from panic3d.models.engine.average import Average
from panic3d.models.engine.config import LatticeRunConfig, RunConfig
from panic3d.models.engine.optimising import Terms, Update
from panic3d.models.reconstructor.fields.field import FieldNetwork
from panic3d.models.reconstructor.training.task import Draws, LatticeTask
from panic3d.models.tagging.published import SemanticFeatures
from panic3d.weights.lpips import Lpips


@runtime_checkable
class Steps(Protocol):
    """A model in training."""

    @property
    def model(self) -> FieldNetwork: ...

    @property
    def average(self) -> Average: ...

    def step(self, batch: Batch, mirrored: list[bool], step: int, rate: float) -> dict[str, float]:
        """Learns from a batch; unweighted or weighted terms, `total` and `gradient` among them."""
        ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@runtime_checkable
class SteppedDraws(Protocol):
    """Random numbers of a step, a row a character."""

    @property
    def stretch(self) -> Float[Tensor, "B 2"]: ...

    def part(self, chosen: slice) -> "SteppedDraws": ...

    def to(self, device: torch.device) -> "SteppedDraws": ...


def optimiser_of(config: RunConfig, parameters: Any) -> torch.optim.Optimizer:
    settings = config.optimiser
    betas = settings.beta1, settings.beta2
    return torch.optim.AdamW(parameters, settings.learning_rate, betas, 1e-8, settings.weight_decay)


def average_of(config: RunConfig, model: nn.Module) -> Average:
    return Average(model, config.optimiser.ema, config.optimiser.ema_half_life_steps)


def parts_of(batch: Batch, count: int) -> list[tuple[slice, Batch]]:
    """A batch in `count` parts, whose gradients are added up."""
    size = len(batch.keys) // count
    chosen = [slice(first, first + size) for first in range(0, len(batch.keys), size)]
    return [(c, Batch(batch.keys[c], batch.views, batch.rgba[c], batch.depth[c])) for c in chosen]


class FusedSteps:
    """One update a step, of all terms at once."""

    def __init__(self, fabric: Fabric, config: RunConfig, task: nn.Module, bf16: bool, say: Any) -> None:
        """`task`: holds the `model`; takes (a part of) a batch, its draws, whether in bfloat16, and the step."""
        self.fabric, self.config, self.bf16 = fabric, config, bf16
        wrapped, optimiser = fabric.setup(task, optimiser_of(config, task.get_submodule("model").parameters()))
        self.model: FieldNetwork = wrapped.module.model
        self.average = average_of(config, self.model)
        self.update = Update(fabric, wrapped, optimiser, config.optimiser.clip, say, "optimiser.learning_rate")

    def draws(self, batch: Batch, mirrored: list[bool], step: int) -> SteppedDraws:
        """The step's random numbers for this process's characters."""
        raise NotImplementedError

    def step(self, batch: Batch, mirrored: list[bool], step: int, rate: float) -> dict[str, float]:
        draws, device = self.draws(batch, mirrored, step), self.fabric.device

        def terms(part: tuple[slice, Batch]) -> Terms:
            chosen, some = part
            drawn = draws.part(chosen).to(device)
            shown = stretched(some.to(device), factors(self.config.stretch, drawn.stretch))
            return self.update.task(shown, drawn, self.bf16, step)

        means = self.update(parts_of(batch, self.config.accumulate), terms, rate, step)
        if self.update.good:
            self.average.update(self.model, step)
        return means

    def state_dict(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "average": self.average.tensors,
            "optimiser": self.update.optimiser.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.update.optimiser.load_state_dict(state["optimiser"])
        self.average.tensors = {name: t.to(self.fabric.device) for name, t in state["average"].items()}


class LatticeSteps(FusedSteps):
    """The four views from one lattice."""

    config: LatticeRunConfig

    def __init__(
        self,
        fabric: Fabric,
        config: LatticeRunConfig,
        model: FieldNetwork,
        lpips: Lpips | None,
        tagger: SemanticFeatures | None,
        bf16: bool,
        say: Any,
    ) -> None:
        super().__init__(fabric, config, LatticeTask(model, config.rays, config.loss, lpips, tagger), bf16, say)

    def draws(self, batch: Batch, mirrored: list[bool], step: int) -> Draws:
        return Draws.of_step(self.config, step, self.fabric.global_rank, self.fabric.world_size)
