"""Training steps on a batch of characters, and the one whose four views come from one lattice."""

from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from lightning_fabric import Fabric
from torch import Tensor, nn

from panic3d.datasets.multiview import MultiviewBatch
from panic3d.datasets.stretching import sample_stretch, stretch_batch
from panic3d.models.engine.update import Optimisation, Terms
from panic3d.models.reconstructor.fields.field import FieldNetwork
from panic3d.models.reconstructor.training.config import LatticeRunConfig, MultiviewRunConfig
from panic3d.models.reconstructor.training.lattice import LatticeDraws, LatticeObjective
from panic3d.models.tagging.published import SemanticFeatures
from panic3d.weights.lpips import Lpips


@runtime_checkable
class TrainingStep(Protocol):
    """A network with its optimisers and losses, which is updated batch by batch."""

    @property
    def model(self) -> FieldNetwork: ...

    @property
    def updated(self) -> bool:
        """Whether the last update of the model was made, not skipped."""
        ...

    def update(self, batch: MultiviewBatch, mirrored: list[bool], step: int, learning_rate: float) -> dict[str, float]:
        """Update from a batch and return its terms, among them `total` and `gradient`.

        `mirrored` says which characters of the batch are mirror images.
        """
        ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@runtime_checkable
class StepDraws(Protocol):
    """Random numbers of a step, one row per character."""

    @property
    def stretch(self) -> Float[Tensor, "B 2"]: ...

    def select(self, chosen: slice) -> "StepDraws": ...

    def to(self, device: torch.device) -> "StepDraws": ...


def split_batch(batch: MultiviewBatch, count: int) -> list[tuple[slice, MultiviewBatch]]:
    """Return the batch in `count` equal parts, each with its places, whose gradients are accumulated.

    Each part has every `count`th character, as each process has of the whole batch: the groups over which a
    discriminator takes its deviation then stay together where a part is a multiple of a group.
    """
    chosen = [slice(first, None, count) for first in range(count)]
    return [(c, batch.select(c)) for c in chosen]


class FusedStep:
    """One update per step, of all terms at once."""

    def __init__(self, fabric: Fabric, config: MultiviewRunConfig, objective: nn.Module, bf16: bool) -> None:
        """`objective` holds the `model`; it takes (a part of) a batch, its draws, whether in bfloat16, and the step."""
        self.fabric, self.config, self.bf16 = fabric, config, bf16
        parameters = objective.get_submodule("model").parameters()
        self.optimisation = Optimisation(fabric, objective, config.optimiser, parameters)
        self.model: FieldNetwork = self.optimisation.module.module.model

    def make_draws(self, batch: MultiviewBatch, mirrored: list[bool], step: int) -> StepDraws:
        """Return the step's random numbers for this process's characters."""
        raise NotImplementedError

    @property
    def updated(self) -> bool:
        return self.optimisation.updated

    def update(self, batch: MultiviewBatch, mirrored: list[bool], step: int, learning_rate: float) -> dict[str, float]:
        draws, device = self.make_draws(batch, mirrored, step), self.fabric.device

        def terms(part: tuple[slice, MultiviewBatch]) -> Terms:
            chosen, some = part
            drawn = draws.select(chosen).to(device)
            stretched = stretch_batch(some.to(device), sample_stretch(self.config.stretch, drawn.stretch))
            return self.optimisation.module(stretched, drawn, self.bf16, step)

        return self.optimisation(split_batch(batch, self.config.accumulate), terms, learning_rate, step)

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict(), "optimiser": self.optimisation.optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimisation.optimiser.load_state_dict(state["optimiser"])


class LatticeStep(FusedStep):
    """The four views of every character come from one lattice."""

    config: LatticeRunConfig

    def __init__(
        self,
        fabric: Fabric,
        config: LatticeRunConfig,
        model: FieldNetwork,
        lpips: Lpips | None,
        tagger: SemanticFeatures | None,
        bf16: bool,
    ) -> None:
        super().__init__(fabric, config, LatticeObjective(model, config.rays, config.loss, lpips, tagger), bf16)

    def make_draws(self, batch: MultiviewBatch, mirrored: list[bool], step: int) -> LatticeDraws:
        return LatticeDraws.from_step(self.config, step, self.fabric.global_rank, self.fabric.world_size)
