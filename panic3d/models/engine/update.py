"""One optimiser and its updates: gradients over parts of a batch, a guard against infinite ones, clipping."""

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

import torch
from jaxtyping import Float
from lightning_fabric import Fabric
from torch import Tensor, nn

from panic3d.models.engine.config import OptimiserConfig
from panic3d.runtime.errors import UserError

logger = logging.getLogger(__name__)

SKIPPED_UPDATES_IN_A_ROW = 10
Part = TypeVar("Part")
Terms = dict[str, Float[Tensor, ""]]
"""Loss terms of a step by name."""


class Optimisation:
    """A module with its optimiser, set up on the devices of a run."""

    def __init__(
        self,
        fabric: Fabric,
        module: nn.Module,
        config: OptimiserConfig,
        parameters: Iterable[nn.Parameter] | None = None,
        setting: str = "optimiser.learning_rate",
    ) -> None:
        """Optimise the module's parameters, or those given.

        `setting`: the key that the error message names when gradients are not finite.
        """
        optimiser: Any = build_optimiser(config, module.parameters() if parameters is None else parameters)
        self.module, self.optimiser = fabric.setup(module, optimiser)
        self.fabric, self.clip, self.setting, self.skipped = fabric, config.clip, setting, 0

    def __call__(
        self, parts: Sequence[Part], terms_of: Callable[[Part], Terms], learning_rate: float, step: int
    ) -> dict[str, float]:
        """Return the mean terms over the parts, and the norm of the gradient as `gradient`.

        An update whose gradient is not finite is skipped. Raises UserError when that happens ten times in a row.
        """
        mean: dict[str, float] = {}
        for i, part in enumerate(parts):
            last = i == len(parts) - 1
            with nullcontext() if last else self.fabric.no_backward_sync(self.module):
                terms = terms_of(part)
                self.fabric.backward(sum_terms(terms) / len(parts))
            for name, value in terms.items():
                mean[name] = mean.get(name, 0.0) + value.item() / len(parts)
        # Decided after the processes' gradients are averaged, so that all of them decide alike.
        norm = clip_gradient(self.module.parameters(), self.clip)
        if math.isfinite(norm):
            for group in self.optimiser.param_groups:
                group["lr"] = learning_rate
            self.optimiser.step()
            self.skipped = 0
        else:
            self.skipped += 1
            logger.warning("step %d: the norm of the gradient is %s; the update is skipped", step, norm)
        self.optimiser.zero_grad()
        if self.skipped == SKIPPED_UPDATES_IN_A_ROW:
            raise UserError(
                f"{SKIPPED_UPDATES_IN_A_ROW} steps in a row gave no finite gradient: resume from the last state with a "
                f"lower {self.setting}"
            )
        return mean | {"gradient": norm}

    @property
    def updated(self) -> bool:
        """Whether the last update was made, not skipped."""
        return self.skipped == 0


def build_optimiser(config: OptimiserConfig, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """Return the optimiser that a configuration describes."""
    betas = config.beta1, config.beta2
    kind = torch.optim.AdamW if config.algorithm == "adamw" else torch.optim.Adam
    return kind(parameters, config.learning_rate, betas, 1e-8, config.weight_decay)


def sum_terms(terms: Terms) -> Float[Tensor, ""]:
    """Return `total` if the module has weighted the terms itself, else the sum of the terms."""
    return terms["total"] if "total" in terms else torch.stack(list(terms.values())).sum()


def clip_gradient(parameters: Iterable[nn.Parameter], largest_norm: float) -> float:
    """Return the norm of the whole gradient, and scale it to the largest norm if that is exceeded and not 0."""
    return torch.nn.utils.clip_grad_norm_(parameters, largest_norm or float("inf")).item()
