"""The preset `paper-small` keeps the paper's terms and parts; only sizes and the switches it names differ."""

from pathlib import Path

import pytest
import torch

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.config import load_config
from panic3d.models.reconstructor.training.train import train
from panic3d.models.reconstructor.weights import load_reconstructor


def test_the_losses_are_those_of_the_paper() -> None:
    paper, small = load_config("paper"), load_config("paper-small")
    assert small.renderer == paper.renderer == "volume"
    assert small.loss == paper.loss
    for name in ("weight", "learning_rate", "beta1", "beta2", "r1_gamma", "r1_every"):
        assert getattr(small.adversarial, name) == getattr(paper.adversarial, name)
    for name in ("density_weight", "density_every", "density_points", "density_spread_m", "depth", "without_edges"):
        assert getattr(small.volume, name) == getattr(paper.volume, name)
    assert small.optimiser == paper.optimiser


def test_the_parts_are_those_of_the_paper() -> None:
    small = load_config("paper-small")
    backbone = small.model.backbone
    assert small.model.triplane.layers == 3
    assert backbone.picture_at_every_scale and backbone.pool_divisor and backbone.inject_picture
    assert small.adversarial.network.dual and small.model.superresolution.channels
    parameters = sum(p.numel() for p in Reconstructor(small.model).parameters())
    assert parameters < 4_000_000, "float16 weights of at most 8 MB"


@pytest.mark.slow
def test_it_trains(tmp_path: Path) -> None:
    balls = {f"ball{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.02 * i, 128) for i in range(3)}
    (tmp_path / "data").mkdir()
    write_shard(tmp_path / "data" / "shard-000000.tar", balls)
    settings = ["batch=2", "steps=3", "bf16=off", "accelerator=cpu", "loss.lpips=0"]
    train(tmp_path / "data", tmp_path / "run", load_config("paper-small", settings), resume=False)
    head = load_reconstructor(tmp_path / "run" / "weights.safetensors")
    assert all(bool(torch.isfinite(p).all()) for p in head.parameters())
