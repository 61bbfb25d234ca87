"""The exponential moving average of a network's weights, which is what a run exports."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from panic3d.models.engine.config import OptimiserConfig

RAMP = 0.05
"""The half-life is at most this share of the steps so far, as in EG3D's code."""


def get_buffers(module: nn.Module) -> dict[str, Tensor]:
    """Return those tensors of a module's state that are no parameters."""
    parameters = dict(module.named_parameters())
    return {name: tensor for name, tensor in module.state_dict().items() if name not in parameters}


class MovingAverage:
    """Exponential moving average of a module's parameters; buffers are copied."""

    def __init__(self, module: nn.Module, decay: float, half_life_steps: float = 0.0) -> None:
        """Start from the module's weights.

        With a half-life the decay is the published one, else `decay`; both forget the random start soon. A decay of 0
        copies the current weights.
        """
        self.decay, self.half_life_steps = decay, half_life_steps
        self.tensors: dict[str, Tensor] = {name: t.detach().clone() for name, t in module.state_dict().items()}

    @classmethod
    def from_config(cls, module: nn.Module, config: OptimiserConfig) -> "MovingAverage":
        """Return the average that a configuration describes."""
        return cls(module, config.ema, config.ema_half_life_steps)

    def compute_decay(self, step: int) -> float:
        """Return the share of the old average that a step keeps."""
        if self.half_life_steps:
            return 0.5 ** (1 / min(self.half_life_steps, RAMP * (step + 1)))
        return min(self.decay, (1 + step) / (10 + step))

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move the average towards the module's current weights."""
        decay = self.compute_decay(step)
        parameters = dict(module.named_parameters())
        for name, tensor in module.state_dict().items():
            if name in parameters:
                self.tensors[name].lerp_(tensor, 1 - decay)
            else:
                self.tensors[name].copy_(tensor)

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Go on from a saved average, on the devices where the weights are."""
        self.tensors = {name: tensor.to(self.tensors[name].device) for name, tensor in tensors.items()}

    @contextmanager
    def apply_to(self, module: nn.Module) -> Iterator[None]:
        """Give the module the averaged weights, in evaluation mode, within a `with` block; then restore it."""
        current = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        modes = [(part, part.training) for part in module.modules()]
        module.load_state_dict(self.tensors)
        module.eval()
        try:
            yield
        finally:
            module.load_state_dict(current)
            for part, training in modes:
                part.training = training
