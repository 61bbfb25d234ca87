"""EG3D with two inversions as methods: the generator is fitted to the portrait, and the head is its field."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.models.baselines.eg3d.generator import Eg3dGenerator
from panic3d.models.baselines.eg3d.inversion import ProjectionConfig, get_picture_size, project
from panic3d.models.baselines.eg3d.pti import PtiConfig, tune_generator
from panic3d.models.engine.checkpoint import load_network
from panic3d.models.method import Portrait, Reconstruction
from panic3d.models.reconstructor.method import PanicMethod
from panic3d.models.reconstructor.network.network import ReconstructorConfig
from panic3d.models.reconstructor.network.picture_input import prepare_network_input
from panic3d.registry import find_entry, find_weights
from panic3d.weights.lpips import Lpips, load_lpips

logger = logging.getLogger(__name__)
SEED = 0
Inversion = Callable[[Eg3dGenerator, Float[Tensor, "1 3 S S"], Lpips | None], Eg3dGenerator]
"""From a generator and a front view in [-1, 1] on white to a copy whose `latent` reproduces it."""


class Eg3dMethod:
    """Fits EG3D to the line-free portrait; the head is cut to its silhouette, as with all methods."""

    def __init__(self, generator: Eg3dGenerator, invert: Inversion) -> None:
        self.generator, self.invert, self.lpips = generator, invert, load_lpips()
        if self.lpips is None:
            logger.warning("LPIPS weights not found: inversion goes by L2 alone (`panic3d weights fetch`)")

        self.device = torch.device("cpu")

    def to(self, device: str) -> None:
        """Run generator and losses, so the whole inversion, on a device."""
        self.device = torch.device(device)
        self.generator.to(self.device)
        if self.lpips is not None:
            self.lpips.to(self.device)

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        rgb, _ = prepare_network_input(portrait.line_free, get_picture_size(self.generator))
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(SEED)
            fitted = self.invert(self.generator, 2 * rgb.to(self.device) - 1, self.lpips)
        method = PanicMethod(fitted)
        if self.device.type != "cpu":
            method.to(str(self.device))
        return method.reconstruct(portrait)


def load_img2stylegan(weights: Path | None) -> Eg3dMethod:
    """Load EG3D with inversion by Image2StyleGAN, with the weights of a file or run folder, or with those shipped."""
    return Eg3dMethod(load_generator(weights), partial(project, config=ProjectionConfig()))


def load_pti(weights: Path | None) -> Eg3dMethod:
    """Load EG3D with pivotal tuning, with the weights of a file or run folder, or with those shipped."""
    return Eg3dMethod(load_generator(weights), partial(tune_generator, config=PtiConfig()))


def load_generator(weights: Path | None) -> Eg3dGenerator:
    """Load the generator of a weights file or run, or the shipped one. Raises UserError as `load_network` does."""
    path = find_weights(find_entry("eg3d-pti", "method"), weights)
    generator = load_network(path, "eg3d", ReconstructorConfig, Eg3dGenerator)
    # the surface of all baselines: silhouette completion belongs to our reconstructor
    generator.config = replace(
        generator.config, inference=replace(generator.config.inference, complete_silhouette=False)
    )
    return generator
