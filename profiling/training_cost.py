"""What a training of the preset `paper` costs on GPUs: operations counted on a CPU, and hours worked out from those.

One forward pass of each network at its published size is counted; a step is made of such passes, and `PASSES` says of
how many. No GPU is needed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import click
import torch
from torch.utils.flop_counter import FlopCounterMode

from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.discriminator import LABEL_DIM
from panic3d.models.reconstructor.network.triplane import sample_planes
from panic3d.models.reconstructor.training.config import ReconstructorTrainConfig, load_config
from panic3d.models.reconstructor.training.volume.step import build_discriminator
from panic3d.models.tagging.published import PublishedTagger, PublishedTaggerConfig
from panic3d.weights.lpips import make_torchvision_importable
from profiling.table import Row, Table

TERA = 1e12
VIEWS, DENSITY_EVERY, PENALTY_EVERY = 4, 4, 16
GRADIENT, WITH_RECOMPUTATION, OF_INPUT = 3, 4, 2
"""Forward passes that a pass costs: with the gradients of weights and inputs; computed again on the way back; with the
gradient of its input alone."""
PENALTY = 7
"""Of the gradient penalty: a pass, its gradient by the picture, and the gradients of both by the weights."""
GENERATOR_PASSES = 1 + VIEWS
PASSES = {
    "backbone": GRADIENT * (GENERATOR_PASSES + 1 / DENSITY_EVERY) + 1,
    "rays": WITH_RECOMPUTATION * GENERATOR_PASSES + 1,
    "super-resolution": GRADIENT * GENERATOR_PASSES + 1,
    "discriminator": OF_INPUT + 2 * GRADIENT + PENALTY / PENALTY_EVERY,
    "LPIPS": (1 + OF_INPUT) * VIEWS,
    "tagger": GENERATOR_PASSES + 1 / DENSITY_EVERY + 1,
}
"""Forward passes of each network in a step of a character, in the published order: five updates of the generator, one
every fourth step for the density, a new fake, and the discriminator's two updates."""


@dataclass(frozen=True)
class Machine:
    """A number of GPUs of one kind."""

    name: str
    gpus: int
    peak_float32: float
    """Operations a second of one, in units of 10^12: float32 without tensor cores, as `paper` computes ..."""
    peak_tf32: float
    """... and with them in TF32, as `paper-fast` does (dense)."""


MACHINES = (Machine("one H100 SXM", 1, 67, 495), Machine("four A100", 4, 19.5, 156))
"""Peaks as in NVIDIA's data sheets."""
SHARE_OF_PEAK_FLOAT32, SHARE_OF_PEAK_TF32 = 0.4, 0.2
"""Assumed, not measured: what convolutions of these sizes reach with PyTorch."""


def count_operations(function: Callable[[], object]) -> float:
    """Return the floating-point operations of matrix products and convolutions, in units of 10^12."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        function()
    return counter.get_total_flops() / TERA


def count_forward_passes(config: ReconstructorTrainConfig) -> dict[str, float]:
    """Return the operations of a forward pass of each network for one character and one picture, in 10^12."""
    size, rays, volume = config.model.picture_size, config.volume.rays, config.volume
    make_torchvision_importable()
    import torchvision

    settings = replace(config.model, superresolution=replace(config.model.superresolution, float16=False))
    model, discriminator = Reconstructor(settings).eval(), build_discriminator(config.adversarial)
    alexnet, tagger = torchvision.models.alexnet(weights=None).features, PublishedTagger(PublishedTaggerConfig())
    for network in (model, discriminator, alexnet, tagger):
        network.requires_grad_(False)
    # two of each: a single picture takes other operations where there are no gradients
    pictures, small = torch.rand(2, 3, size, size), torch.rand(2, 3, rays, rays)
    semantic = torch.rand(2, config.model.backbone.semantic_channels, 8, 8)
    points = torch.rand(2, rays**2 * volume.coarse, 3)  # of one of the two passes along the rays
    features, labels = torch.rand(2, config.model.decoder.colours, rays, rays), torch.rand(2, LABEL_DIM)
    encoded = model(pictures, pictures[:, 0], "const", semantic)
    forward: dict[str, Callable[[], object]] = {
        "backbone": lambda: model(pictures, pictures[:, 0], "const", semantic),
        "rays": lambda: model.decoder(sample_planes(encoded.planes, points), None, widen=True),
        "super-resolution": lambda: model.super_resolve(features, encoded),
        "discriminator": lambda: discriminator(pictures, small, labels),
        "LPIPS": lambda: alexnet(pictures),
        "tagger": lambda: tagger.resnet(torch.rand(2, 3, tagger.sizes.size, tagger.sizes.size)),
    }
    counted = {name: count_operations(function) / 2 for name, function in forward.items()}
    return counted | {"rays": counted["rays"] * (volume.coarse + volume.fine) / volume.coarse}


@click.command()
@click.option("--kimg", default=200, show_default=True, help="Thousands of pictures of the run.")
def command(kimg: int) -> list[Table]:
    """Count the operations of a step of `paper` for each picture, and work out hours on GPUs."""
    config = load_config("paper")
    forward = count_forward_passes(config)
    step = {name: value * PASSES[name] for name, value in forward.items()}
    total = sum(step.values())
    rows = [Row(f"{name}: {PASSES[name]:.2f} passes", value, "10^12") for name, value in step.items()]
    rows.append(Row("a picture of `paper`", total, "10^12"))
    hours = []
    for machine in MACHINES:
        for preset, peak, share in (
            ("paper", machine.peak_float32, SHARE_OF_PEAK_FLOAT32),
            ("paper-fast", machine.peak_tf32, SHARE_OF_PEAK_TF32),
        ):
            seconds = kimg * 1000 * total / (machine.gpus * peak * share)
            hours.append(Row(f"{machine.name}, `{preset}`", seconds / 3600, "h"))
    note = (
        f"Assumed: {100 * SHARE_OF_PEAK_FLOAT32:.0f}% of the peak in float32, {100 * SHARE_OF_PEAK_TF32:.0f}% in TF32. "
        "Sampling of planes, compositing, reading and communication are not counted."
    )
    return [
        Table("Operations of a step of `paper`, for each picture of the batch", None, rows),
        Table(f"{kimg} thousand pictures, worked out from them", None, hours, [note]),
    ]
