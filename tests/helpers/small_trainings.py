"""Every model of the registry at a size that a test trains in a second, with data that it can be trained on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from helpers.heads.drawn_shards import write_drawn_dataset
from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.models.training import load_run_config
from panic3d.registry import find_entry

COMMON = ("bf16=off", "log_every=1", "accelerator=cpu", "minutes=0")
BACKBONE = (
    "model.picture_size=32", "model.backbone.resolution=16", "model.backbone.channel_base=256",
    "model.backbone.channel_max=16", "model.backbone.z_dim=8", "model.backbone.w_dim=16",
)  # fmt: skip
DISCRIMINATOR = (
    "adversarial.network.channel_base=256", "adversarial.network.channel_max=16", "adversarial.r1_every=2",
    "volume.density_every=2", "volume.density_points=50",
)  # fmt: skip
MULTIVIEW = ("readers=0", "batch=2", "validation=1")
DRAWINGS = ("validation=0", "batch=4")
LINE_REMOVAL = (*DRAWINGS, "model.width=4", "model.discriminator_width=4")
TRANSLATION = ("validation=0", "crop_px=64", "model.width=2", "model.blocks=1", "model.discriminator_width=2")
PORTRAIT = ("validation=1", "batch=3", "model.size=32")
SMALL_TRAININGS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "reconstructor": ("reconstructor", "small", "spheres", (
        *MULTIVIEW, *BACKBONE, "loss.lpips=0", "model.backbone.semantic_channels=8", "model.backbone.encoder_width=8",
        "rays.x=16", "rays.y=16", "rays.z=16", "rays.near_surface=32",
    )),
    "reconstructor by volume rendering": ("reconstructor", "paper", "spheres", (
        *MULTIVIEW, *BACKBONE, *DISCRIMINATOR, "loss.lpips=0", "model.backbone.semantic_channels=0",
        "model.superresolution.size=32", "model.superresolution.channels=4", "volume.rays=16", "volume.coarse=8",
        "volume.fine=8", "adversarial.network.size=32",
    )),
    "pixelnerf": ("pixelnerf", "small", "spheres", (
        *MULTIVIEW, "model.picture_size=32", "model.pyramid.widths=[16, 16, 32, 32]", "model.pyramid.blocks=[1, 1, 1]",
        "model.hidden=32", "rays.x=8", "rays.y=8", "rays.z=8",
    )),
    "pifu": ("pifu", "small", "spheres", (
        *MULTIVIEW, "model.picture_size=32", "model.width=32", "model.depth=2", "model.layers=[32, 32]",
        "model.colour_width=16", "model.colour_blocks=1", "points.near=64", "points.uniform=4", "points.colour=16",
    )),
    "eg3d": ("eg3d", "small", "spheres", (
        *MULTIVIEW, *BACKBONE, *DISCRIMINATOR, "adversarial.network.size=16", "adversarial.network.group=2",
        "model.inference.rays=16",
    )),
    "albedo": ("albedo", "small", "drawings", (
        "validation=1", "model.pixels=16", "pixels=32", "model.widths=[4, 8]",
    )),
    "character": ("character", "small", "drawings", (
        "validation=1", "batch=3", "rarest=1", "calibration_batches=2", "model.whole_pixels=32", "model.face_pixels=32",
        "model.widths=[4, 4, 8]", "model.hidden=16",
    )),
    "landmarks": ("landmarks", "small", "drawings", (*PORTRAIT, "model.widths=[8, 8, 8, 8]")),
    "matting": ("matting", "small", "drawings", (*PORTRAIT, "model.widths=[8, 8, 8, 8, 8]")),
    "tagger": ("tagger", "small", "tags", (
        "validation=2", "batch=4", "rarest=2", "model.size=32", "model.widths=[8, 8, 8, 8]", "model.features=16",
    )),
    "line-removal": ("line-removal", "small", "drawings", LINE_REMOVAL),
    "line-removal in pairs": ("line-removal", "paired", "drawings", LINE_REMOVAL),
    "cyclegan": ("cyclegan", "small", "drawings", (*TRANSLATION, "buffer=3")),
    "ugatit": ("ugatit", "small", "drawings", TRANSLATION),
}  # fmt: skip
"""Name of the training: name of the model, preset, name of the data, settings."""


def write_training_data(folder: Path) -> dict[str, Path]:
    """Write the small datasets that the trainings need and return their folders by name."""
    spheres = {f"ball{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.02 * i, 32) for i in range(5)}
    write_shard(folder / "spheres" / "shard-000000.tar", spheres)
    (folder / "drawings").mkdir()
    write_drawn_dataset(folder / "drawings", 3)
    tagged = {}
    for i in range(12):
        tags = ["solo", "large" if i % 2 else "small"]
        meta = json.dumps({"sha256": f"{i}", "labels": {"tags": tags}}).encode()
        views = make_sphere_views(0.25 if i % 2 else 0.12, 0.02, 32)
        tagged[f"ball{i:02}-00000000"] = {"front.rgba.png": views["front.rgba.png"], "meta.json": meta}
    write_shard(folder / "tags" / "shard-000000.tar", tagged)
    return {name: folder / name for name in ("spheres", "drawings", "tags")}


def train_small(name: str, data: dict[str, Path], run: Path, *settings: str, resume: bool = False) -> Any:
    """Train a model of `SMALL_TRAININGS` into a run folder and return its configuration."""
    model, preset, dataset, own = SMALL_TRAININGS[name]
    config = load_run_config(model, preset, [*COMMON, *own, *settings])
    find_entry(model, "model").load_factory()(data[dataset], run, config, resume)
    return config


def start_training(
    name: str, data: dict[str, Path], run: Path, *settings: str, resume: bool = False
) -> subprocess.Popen:
    """Start `panic3d train` for a model of `SMALL_TRAININGS` in a process of its own, which can start others."""
    model, preset, dataset, own = SMALL_TRAININGS[name]
    command = [sys.executable, "-m", "panic3d", "train", model, "--data", str(data[dataset]), "--out", str(run)]
    command += ["--resume"] if resume else ["--preset", preset]
    command += [part for setting in [*COMMON, *own, *settings] for part in ("--set", setting)]
    return subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"})
