"""The moving average of the weights, which is what a run gives."""

import torch
from torch import Tensor, nn


class Average:
    """Exponential moving average of a module's parameters; buffers are copied."""

    def __init__(self, module: nn.Module, decay: float, half_life_steps: float = 0.0, ramp: float = 0.05) -> None:
        """With a half-life the decay is the published one, else `decay`; both forget the random start soon."""
        self.decay, self.half_life_steps, self.ramp = decay, half_life_steps, ramp
        self.tensors: dict[str, Tensor] = {name: t.detach().clone() for name, t in module.state_dict().items()}

    def decay_at(self, step: int) -> float:
        if self.half_life_steps:
            return 0.5 ** (1 / min(self.half_life_steps, self.ramp * (step + 1)))
        return min(self.decay, (1 + step) / (10 + step))

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        decay = self.decay_at(step)
        parameters = dict(module.named_parameters())
        for name, tensor in module.state_dict().items():
            if name in parameters:
                self.tensors[name].lerp_(tensor, 1 - decay)
            else:
                self.tensors[name].copy_(tensor)
