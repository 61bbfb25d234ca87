"""The moving average of the weights, which is what a run gives."""

import torch
from torch import Tensor, nn


class Average:
    """Exponential moving average of a module's parameters; buffers are copied.

    The decay at step t is min(decay, (1 + t) / (10 + t)), so that the random start is soon forgotten.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.tensors: dict[str, Tensor] = {name: t.detach().clone() for name, t in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        parameters = dict(module.named_parameters())
        for name, tensor in module.state_dict().items():
            if name in parameters:
                self.tensors[name].lerp_(tensor, 1 - decay)
            else:
                self.tensors[name].copy_(tensor)
