"""EG3D at a size that a test trains in seconds."""

from importlib.resources import files
from pathlib import Path

import torch

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.models.baselines.eg3d.config import Eg3dTrainConfig
from panic3d.models.baselines.eg3d.generator import Eg3dGenerator
from panic3d.models.engine.settings import load_preset

PRESETS = files("panic3d.models.baselines.eg3d") / "presets"
TINY = (
    "batch=4", "steps=4", "bf16=off", "log_every=1", "accelerator=cpu", "readers=0", "model.picture_size=32",
    "model.backbone.resolution=16", "model.backbone.channel_base=256", "model.backbone.channel_max=16",
    "model.backbone.z_dim=8", "model.backbone.w_dim=16", "adversarial.network.size=16",
    "adversarial.network.channel_base=128", "adversarial.network.channel_max=16", "adversarial.network.group=2",
    "adversarial.r1_every=2", "volume.density_every=2", "volume.density_points=50", "model.inference.rays=16",
    "latent.half_size_steps=2",
)  # fmt: skip
TINY_PAPER = (
    "batch=2", "steps=2", "bf16=off", "log_every=1", "accelerator=cpu", "readers=0", "model.picture_size=32",
    "model.superresolution.size=32", "model.superresolution.channels=4", "model.backbone.resolution=16",
    "model.backbone.channel_base=256", "model.backbone.channel_max=16", "model.backbone.z_dim=8",
    "model.backbone.w_dim=16", "model.inference.rays=8", "volume.rays=8", "volume.coarse=6", "volume.fine=6",
    "volume.density_points=50", "adversarial.network.size=32", "adversarial.network.channel_base=256",
    "adversarial.network.channel_max=16",
)  # fmt: skip


def make_config(*settings: str) -> Eg3dTrainConfig:
    return load_preset(PRESETS, "small", Eg3dTrainConfig, [*TINY, *settings])


def make_paper_config(*settings: str) -> Eg3dTrainConfig:
    return load_preset(PRESETS, "paper", Eg3dTrainConfig, [*TINY_PAPER, *settings])


def write_spheres(folder: Path, count: int = 4) -> Path:
    balls = {f"ball{i}-00000000": make_sphere_views(0.15 + 0.02 * i, 0.02 * i, 32) for i in range(count)}
    write_shard(folder / "shard-000000.tar", balls)
    return folder


def make_generator(contrast: float = 2.0, full: float = 0.1) -> Eg3dGenerator:
    """Make an untrained generator whose decoder gives surfaces and colours that fill the share `full` of the box."""
    torch.manual_seed(0)
    model = Eg3dGenerator(make_config().model).eval().requires_grad_(False)
    second = model.decoder.layer(2)
    second.weight.mul_(8)
    second.weight[0].mul_(contrast)
    w = model.map_latents(torch.randn(64, 8))
    model.backbone.mapping.get_buffer("w_avg").copy_(w.mean(dim=0))
    encoded = model.synthesise(model.broadcast_w(w), "const")
    density = model.query(encoded, torch.rand(64, 1000, 3) * 0.7 - 0.35).density
    second.bias[0] -= density.quantile(1 - full)
    return model
