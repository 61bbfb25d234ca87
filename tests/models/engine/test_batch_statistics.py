"""Statistics of batch normalisation for weights that were not trained as they are."""

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from panic3d.models.engine.batch_statistics import recompute_batch_statistics


def make_network() -> nn.Sequential:
    torch.manual_seed(0)
    layer = nn.BatchNorm1d(8, momentum=0.01)
    layer.register_buffer("running_mean", torch.full((8,), 30.0))
    return nn.Sequential(nn.Linear(6, 8), layer, nn.ReLU(), nn.Linear(8, 2))


def test_statistics_are_those_of_pytorch() -> None:
    batches = [torch.randn(16, 6) * 3 + 2 for _ in range(5)]
    ours, theirs = make_network().train(), make_network()
    recompute_batch_statistics(ours, batches)
    update_bn(batches, theirs)
    for name, tensor in ours.state_dict().items():
        assert torch.allclose(tensor.float(), theirs.state_dict()[name].float(), atol=1e-5), name
    assert ours.training and ours[1].training and ours[1].momentum == 0.01


def test_dropout_does_not_count() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(4)).train()
    batch = torch.randn(64, 4)
    recompute_batch_statistics(network, [batch])
    assert network[1].running_mean == pytest.approx(batch.mean(0), abs=1e-6)
    assert network[0].training
