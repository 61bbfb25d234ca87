"""Steps per second of the preset `small`: views that share a lattice of points, beside plain volume rendering."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from lightning_fabric import Fabric

from panic3d.cameras.axes import BOX_SIDE_M, CAMERA_DISTANCE_M
from panic3d.cameras.rigs import make_view_camera
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.config import ReconstructorTrainConfig, load_config
from panic3d.models.reconstructor.training.step import LatticeStep, TrainingStep
from panic3d.models.reconstructor.training.volume.step import VolumeStep
from panic3d.models.reconstructor.training.volume_config import VolumeConfig
from panic3d.shards.schema import encode_depth
from profiling.table import Row, Table, Target

CHARACTERS = 4
CAMERAS = (tuple(map(make_view_camera, VIEWS)),) * CHARACTERS
RADIUS_M = 0.2
LATTICE_SPEED_UP = 2.0
"""How much faster than plain volume rendering a step on the lattice should be: a requirement of this project."""


def measure_steps(measure_fastest_s: Callable[[Callable[[], object]], float]) -> Table:
    """Measure training steps of the same model on the same views; a picture has x * y rays of z samples in both."""
    config = load_config("small", [f"batch={CHARACTERS}", "loss.lpips=0", "bf16=off", "accelerator=cpu"])
    rays = config.rays
    plain = VolumeConfig(rays=rays.x, coarse=rays.z, fine=0, rays_at_once=0, density_weight=0.0)
    fabric = Fabric(accelerator="cpu", devices=1)
    lattice = LatticeStep(fabric, config, make_model(config), None, None, False)
    config = replace(config, volume=plain, loss=replace(config.loss, occupancy=0.0))
    volume = VolumeStep(fabric, config, make_model(config), CAMERAS, None, None, False)
    # Volume rendering compares pictures pixel by pixel; the encoder enlarges what it is given to the same size.
    batches: dict[str, tuple[TrainingStep, MultiviewBatch]] = {
        "lattice": (lattice, make_sphere_batch(config.model.picture_size)),
        "plain": (volume, make_sphere_batch(rays.x)),
    }
    rows = [
        Row(f"steps per second, {name}", 1 / measure_fastest_s(partial(run_step, steps, batch)), "1/s")
        for name, (steps, batch) in batches.items()
    ]
    rows[0] = replace(rows[0], target=Target("ratio", ">=", LATTICE_SPEED_UP, "a requirement of this project"))
    what = f"{len(VIEWS)} views of {CHARACTERS} characters, {rays.x} x {rays.y} rays of {rays.z} samples"
    return Table(f"Training steps of the preset small, {what}", "steps per second, plain", rows)


def make_model(config: ReconstructorTrainConfig) -> Reconstructor:
    torch.manual_seed(0)
    return Reconstructor(config.model)


def run_step(steps: TrainingStep, batch: MultiviewBatch) -> None:
    steps.update(batch, [False] * len(batch.keys), 1, 1e-3)  # step 1: neither LPIPS nor a density term is due


def make_sphere_batch(size: int) -> MultiviewBatch:
    """Make a batch of views of a sphere about the origin, which covers a quarter of each picture as heads do."""
    y, x = ((np.indices((size, size)) + 0.5) / size - 0.5) * BOX_SIDE_M
    towards_m = np.sqrt(np.maximum(RADIUS_M**2 - x**2 - y**2, 0))
    depth_m = np.where(towards_m > 0, CAMERA_DISTANCE_M - towards_m, np.nan)
    rgba = np.full((size, size, 4), 255, np.uint8)
    rgba[..., 0] = np.where(x > 0, 255, 90)
    rgba[..., 3] = 255 * (towards_m > 0)
    rgba[towards_m == 0, :3] = 255
    shape = (CHARACTERS, len(VIEWS))
    keys = tuple(f"sphere{i}" for i in range(CHARACTERS))
    depth = torch.from_numpy(encode_depth(depth_m).astype(np.int32))
    rgba_of_all, depth_of_all = torch.from_numpy(rgba).expand(*shape, -1, -1, -1), depth.expand(*shape, -1, -1)
    return MultiviewBatch(keys, VIEWS, rgba_of_all, depth_of_all, CAMERAS)
