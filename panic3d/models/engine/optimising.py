"""One update of some weights: gradients over parts of a batch, a guard against what is no number, clipping."""

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

import torch
from jaxtyping import Float
from lightning_fabric import Fabric
from torch import Tensor, nn

from panic3d.runtime.errors import UserError

BAD_UPDATES_IN_A_ROW = 10
Part = TypeVar("Part")
Terms = dict[str, Float[Tensor, ""]]


class Update:
    """Steps of one optimiser."""

    def __init__(
        self, fabric: Fabric, task: Any, optimiser: Any, clip: float, say: Callable[[str], None], advice: str
    ) -> None:
        """`clip`: largest norm of the gradient (0: any). `advice`: the setting to change when numbers blow up."""
        self.fabric, self.task, self.optimiser, self.clip = fabric, task, optimiser, clip
        self.say, self.advice, self.bad = say, advice, 0

    def __call__(
        self, parts: Sequence[Part], terms_of: Callable[[Part], Terms], rate: float, step: int
    ) -> dict[str, float]:
        """Mean terms over the parts, and `gradient`: the norm. An update that would be no number is left out.

        UserError when that happens ten times in a row.
        """
        mean: dict[str, float] = {}
        for i, part in enumerate(parts):
            last = i == len(parts) - 1
            with nullcontext() if last else self.fabric.no_backward_sync(self.task):
                terms = terms_of(part)
                self.fabric.backward(total(terms) / len(parts))
            for name, value in terms.items():
                mean[name] = mean.get(name, 0.0) + value.item() / len(parts)
        # Judged after the processes' gradients are averaged, so that all of them decide alike.
        norm = norm_of(self.task.parameters(), self.clip)
        if math.isfinite(norm):
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            self.optimiser.step()
            self.bad = 0
        else:
            self.bad += 1
            self.say(f"step {step}: the gradient is {norm}; the step is left out")
        self.optimiser.zero_grad()
        if self.bad == BAD_UPDATES_IN_A_ROW:
            raise UserError(
                f"{BAD_UPDATES_IN_A_ROW} steps in a row gave no finite gradient: resume from the last state with a "
                f"lower {self.advice}"
            )
        return mean | {"gradient": norm}

    @property
    def good(self) -> bool:
        """Whether the last update was made."""
        return self.bad == 0


def total(terms: Terms) -> Float[Tensor, ""]:
    """`total` where a task weighs its terms itself, else their sum."""
    return terms["total"] if "total" in terms else torch.stack(list(terms.values())).sum()


def norm_of(parameters: Iterable[nn.Parameter], clip: float) -> float:
    """The norm of the whole gradient, which is clipped to `clip` where that is not 0."""
    return torch.nn.utils.clip_grad_norm_(parameters, clip or float("inf")).item()
