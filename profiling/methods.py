"""What each method costs beside `panic3d`: per portrait at inference, per character and step in training."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from lightning_fabric import Fabric

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.rigs import list_rig_views, make_view_camera
from panic3d.models.baselines.eg3d.generator import Eg3dGenerator
from panic3d.models.baselines.eg3d.step import Eg3dStep
from panic3d.models.baselines.pixel_aligned.pifu import Pifu
from panic3d.models.baselines.pixel_aligned.pixelnerf import PixelNerf
from panic3d.models.baselines.pixel_aligned.training import PifuStep
from panic3d.models.method import Portrait, load_method
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.step import LatticeStep, TrainingStep
from panic3d.models.training import load_run_config
from panic3d.runtime.errors import UserError
from panic3d.runtime.memory import measure_peak_memory_mb, reset_peak_memory
from profiling.table import Row, Table
from profiling.training_step import CAMERAS, CHARACTERS, make_sphere_batch

METHODS = ("panic3d", "panic3d-unet", "pixelnerf", "pifu", "eg3d-img2stylegan", "eg3d-pti")
PEER = "panic3d"
VIEWS = "ortho4,spin12"


@click.command()
@click.option(
    "--portrait",
    type=click.Path(exists=True, path_type=Path),
    help="A front view of 512x512 pixels, RGBA.  [default: a painted oval]",
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    type=click.Choice(METHODS),
    help="A method to measure; may be repeated.  [default: all]",
)
@click.option("--repeats", default=3, show_default=True, help="Runs of a training step; the fastest counts.")
def command(portrait: Path | None, methods: tuple[str, ...], repeats: int) -> list[Table]:
    """Measure seconds and memory from a portrait to a mesh and views, and CPU seconds of a training step."""
    chosen = methods or METHODS
    return [*measure_inference(read_portrait(portrait), chosen), measure_training(repeats)]


def read_portrait(path: Path | None) -> Portrait:
    from PIL import Image

    from profiling.reconstruction import paint_oval

    rgba = paint_oval() if path is None else np.asarray(Image.open(path).convert("RGBA"))
    if rgba.shape != (IMAGE_SIZE, IMAGE_SIZE, 4):
        raise UserError(f"expected a portrait of {IMAGE_SIZE}x{IMAGE_SIZE} pixels, found {rgba.shape[1::-1]}")
    return Portrait.from_render(rgba)


def measure_inference(portrait: Portrait, methods: tuple[str, ...]) -> list[Table]:
    """Measure the seconds to a mesh, the seconds of a suite's views of it, and the peak memory, of each method."""
    to_mesh, to_views, memory = [], [], []
    for name in methods:
        try:
            method = load_method(name, None)
        except UserError as error:
            click.echo(f"{name} is left out: {error}", err=True)
            continue
        method.reconstruct(portrait).mesh()  # compiles and reads what is needed once
        reset_peak_memory()
        start = time.perf_counter()
        head = method.reconstruct(portrait)
        head.mesh()
        to_mesh.append(Row(name, time.perf_counter() - start, "s"))
        start = time.perf_counter()
        head.render([make_view_camera(view) for view in list_rig_views(VIEWS)], IMAGE_SIZE)
        to_views.append(Row(name, time.perf_counter() - start, "s"))
        memory.append(Row(name, measure_peak_memory_mb() / 1024, "GB"))
    threads = f"{torch.get_num_threads()} threads"
    return [
        Table(f"From a portrait to a mesh, {threads}, wall", PEER, to_mesh),
        Table(f"{len(list_rig_views(VIEWS))} views of it at {IMAGE_SIZE} pixels, {threads}, wall", PEER, to_views),
        Table("Peak memory of the process during both", PEER, memory),
    ]


def measure_training(repeats: int) -> Table:
    """Measure a step of each model, preset `small`, on the same spheres: CPU seconds per character, one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = [Row(name, measure_step_s(make, repeats) / CHARACTERS, "CPU s") for name, make in TRAINED.items()]
    finally:
        torch.set_num_threads(threads)
    notes = [
        "Without LPIPS and terms that are due every few steps. EG3D: pictures of 64 pixels, discriminator included."
    ]
    return Table(f"A character's share of a training step, batch {CHARACTERS}, preset small", PEER, rows, notes)


def measure_step_s(make: Callable[[Fabric], tuple[TrainingStep, int]], repeats: int) -> float:
    torch.manual_seed(0)
    steps, size = make(Fabric(accelerator="cpu", devices=1))
    batch, best = make_sphere_batch(size), float("inf")
    for step in (1, *range(1, 4 * repeats, 4)):  # the first one warms up; steps 2 to 4 of four have terms of their own
        start = time.process_time()
        steps.update(batch, [False] * CHARACTERS, step, 1e-3)
        best = min(best, time.process_time() - start)
    return best


def _config(model: str, preset: str = "small") -> Any:
    return load_run_config(model, preset, [f"batch={CHARACTERS}", "accelerator=cpu"])


def _reconstructor(preset: str) -> Callable[[Fabric], tuple[TrainingStep, int]]:
    def make(fabric: Fabric) -> tuple[TrainingStep, int]:
        config = _config("reconstructor", preset)
        model = Reconstructor(config.model)
        return LatticeStep(fabric, config, model, None, None, False), config.model.picture_size

    return make


def _pixelnerf(fabric: Fabric) -> tuple[TrainingStep, int]:
    config = _config("pixelnerf")
    steps = LatticeStep(fabric, config, PixelNerf(config.model), None, None, False)
    return steps, config.model.picture_size


def _pifu(fabric: Fabric) -> tuple[TrainingStep, int]:
    config = _config("pifu")
    return PifuStep(fabric, config, Pifu(config.model), None, False), config.model.picture_size


def _eg3d(fabric: Fabric) -> tuple[TrainingStep, int]:
    config = _config("eg3d")
    steps = Eg3dStep(fabric, config, Eg3dGenerator(config.model), CAMERAS, None, None, False)
    return steps, config.model.picture_size


TRAINED: dict[str, Callable[[Fabric], tuple[TrainingStep, int]]] = {
    "panic3d": _reconstructor("small"),
    "panic3d-unet": _reconstructor("unet"),
    "pixelnerf": _pixelnerf,
    "pifu": _pifu,
    "eg3d": _eg3d,
}
