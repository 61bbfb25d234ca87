"""What the loop asks of a way to train, and the quick one: the four views from one lattice."""

from typing import Any, Protocol, runtime_checkable

import torch
from lightning_fabric import Fabric

from panic3d.datasets.stretching import factors, stretched
from panic3d.datasets.vroid import Batch
from panic3d.models.reconstructor.network import Reconstructor
from panic3d.models.tagger import SemanticFeatures
from panic3d.models.training.average import Average
from panic3d.models.training.config import TrainConfig
from panic3d.models.training.optimising import Terms, Update
from panic3d.models.training.task import Draws, ReconstructorTask
from panic3d.perceptual import Lpips


@runtime_checkable
class Steps(Protocol):
    """A model in training."""

    model: Reconstructor
    average: Average

    def step(self, batch: Batch, mirrored: list[bool], step: int, rate: float) -> dict[str, float]:
        """Learns from a batch; unweighted or weighted terms, `total` and `gradient` among them."""
        ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


def optimiser_of(config: TrainConfig, parameters: Any) -> torch.optim.Optimizer:
    settings = config.optimiser
    betas = settings.beta1, settings.beta2
    return torch.optim.AdamW(parameters, settings.learning_rate, betas, 1e-8, settings.weight_decay)


def average_of(config: TrainConfig, model: Reconstructor) -> Average:
    return Average(model, config.optimiser.ema, config.optimiser.ema_half_life_steps)


def parts_of(batch: Batch, count: int) -> list[tuple[slice, Batch]]:
    """A batch in `count` parts, whose gradients are added up."""
    size = len(batch.keys) // count
    chosen = [slice(first, first + size) for first in range(0, len(batch.keys), size)]
    return [(c, Batch(batch.keys[c], batch.views, batch.rgba[c], batch.depth[c])) for c in chosen]


class LatticeSteps:
    """One fused step: all terms of all views at once."""

    def __init__(
        self,
        fabric: Fabric,
        config: TrainConfig,
        model: Reconstructor,
        lpips: Lpips | None,
        tagger: SemanticFeatures | None,
        bf16: bool,
        say: Any,
    ) -> None:
        self.fabric, self.config, self.bf16 = fabric, config, bf16
        task, optimiser = fabric.setup(
            ReconstructorTask(model, config.rays, config.loss, lpips, tagger), optimiser_of(config, model.parameters())
        )
        self.model: Reconstructor = task.module.model
        self.average = average_of(config, self.model)
        self.update = Update(fabric, task, optimiser, config.optimiser.clip, say, "optimiser.learning_rate")

    def step(self, batch: Batch, mirrored: list[bool], step: int, rate: float) -> dict[str, float]:
        draws = Draws.of_step(self.config, step, self.fabric.global_rank, self.fabric.world_size)
        with_lpips = step % self.config.rays.lpips_every == 0 and self.config.loss.lpips > 0
        device = self.fabric.device

        def terms(part: tuple[slice, Batch]) -> Terms:
            chosen, some = part
            drawn = draws.part(chosen).to(device)
            shown = stretched(some.to(device), factors(self.config.stretch, drawn.stretch))
            return self.update.task(shown, drawn, self.bf16, with_lpips)

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
