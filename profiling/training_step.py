"""Steps a second of the preset `small`: the lattice, whose views share their points, beside plain volume rendering."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from lightning_fabric import Fabric

from panic3d.cameras.axes import BOX_SIDE_M, CAMERA_DISTANCE_M
from panic3d.datasets.multiview import VIEWS, Batch
from panic3d.models.engine.config import TrainConfig, load
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.steps import LatticeSteps, Steps
from panic3d.models.reconstructor.training.volume_config import VolumeConfig
from panic3d.models.reconstructor.training.volume_steps import VolumeSteps
from panic3d.shards.schema import encode_depth
from profiling.table import Asked, Row, Table

CHARACTERS = 4
RADIUS_M = 0.2
ASKED_RATIO = 2.0


def steps_table(quickest: Callable[[Callable[[], object]], float]) -> Table:
    """Both learn the same model from the same views; a picture has x * y rays of z samples in both."""
    config = load("small", [f"batch={CHARACTERS}", "loss.lpips=0", "bf16=off", "accelerator=cpu"])
    rays = config.rays
    plain = VolumeConfig(rays=rays.x, coarse=rays.z, fine=0, rays_at_once=0, density_weight=0.0)
    fabric = Fabric(accelerator="cpu", devices=1)
    lattice = LatticeSteps(fabric, config, fresh(config), None, None, False, print)
    config = replace(config, volume=plain, loss=replace(config.loss, occupancy=0.0))
    volume = VolumeSteps(fabric, config, fresh(config), ("ball",), None, None, False, print)
    # Volume rendering compares pictures pixel by pixel; the encoder enlarges what it is given to the same size.
    balls: dict[str, tuple[Steps, Batch]] = {
        "lattice": (lattice, ball(config.model.picture_size)),
        "plain": (volume, ball(rays.x)),
    }
    rows = [
        Row(f"steps a second, {name}", 1 / quickest(partial(one_step, steps, batch)), "1/s")
        for name, (steps, batch) in balls.items()
    ]
    rows[0] = replace(rows[0], asked=Asked("ratio", ">=", ASKED_RATIO))
    what = f"{len(VIEWS)} views of {CHARACTERS} characters, {rays.x} x {rays.y} rays of {rays.z} samples"
    return Table(f"Training steps of the preset small, {what}", "steps a second, plain", rows)


def fresh(config: TrainConfig) -> Reconstructor:
    torch.manual_seed(0)
    return Reconstructor(config.model)


def one_step(steps: Steps, batch: Batch) -> None:
    steps.step(batch, [False] * len(batch.keys), 1, 1e-3)  # step 1: neither LPIPS nor a density term is due


def ball(size: int) -> Batch:
    """A ball about the origin: a quarter of the picture, as heads are, and the same from all sides."""
    y, x = ((np.indices((size, size)) + 0.5) / size - 0.5) * BOX_SIDE_M
    towards_m = np.sqrt(np.maximum(RADIUS_M**2 - x**2 - y**2, 0))
    depth_m = np.where(towards_m > 0, CAMERA_DISTANCE_M - towards_m, np.nan)
    rgba = np.full((size, size, 4), 255, np.uint8)
    rgba[..., 0] = np.where(x > 0, 255, 90)
    rgba[..., 3] = 255 * (towards_m > 0)
    rgba[towards_m == 0, :3] = 255
    shape = (CHARACTERS, len(VIEWS))
    keys = tuple(f"ball{i}" for i in range(CHARACTERS))
    depth = torch.from_numpy(encode_depth(depth_m).astype(np.int32))
    return Batch(keys, VIEWS, torch.from_numpy(rgba).expand(*shape, -1, -1, -1), depth.expand(*shape, -1, -1))
