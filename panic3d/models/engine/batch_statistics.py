"""The statistics of batch normalisation for averaged weights, which are not those of the weights in training."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


@torch.no_grad()
def recompute_batch_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Replace the running means and variances of a network by those over some batches, all of which count alike.

    As `torch.optim.swa_utils.update_bn`, but without dropout, which evaluation does not have either. The modes of all
    modules are as before afterwards.
    """
    modes = [(part, part.training) for part in network.modules()]
    layers = [part for part in network.modules() if isinstance(part, _BatchNorm)]
    momenta = [layer.momentum for layer in layers]
    network.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.train()
        layer.momentum = None  # the mean over all batches
    for batch in batches:
        network(batch)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    for part, mode in modes:
        part.training = mode
