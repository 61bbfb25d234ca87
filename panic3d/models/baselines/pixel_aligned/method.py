"""PixelNeRF and PIFu as methods: the line-free portrait in, the surface of the field out.

The surface is found and coloured as our reconstructor's is, the cut to the portrait's silhouette included; the stitch,
which is PAniC-3D's own idea, and the rim, which is ours, are left out.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from panic3d.models.baselines.pixel_aligned.pifu import Pifu, PifuConfig
from panic3d.models.baselines.pixel_aligned.pixelnerf import PixelNerf, PixelNerfConfig
from panic3d.models.engine.checkpoint import load_network
from panic3d.models.method import Portrait, Reconstruction
from panic3d.models.reconstructor.fields.device_field import compute_field
from panic3d.models.reconstructor.fields.field import FieldNetwork
from panic3d.models.reconstructor.geometry.surface_reconstruction import SurfaceReconstruction
from panic3d.models.reconstructor.network.picture_input import prepare_network_input
from panic3d.registry import find_entry, find_weights


class FieldMethod:
    """One network with one set of weights."""

    def __init__(self, network: FieldNetwork, picture_size: int, density_level: float) -> None:
        self.network, self.picture_size, self.density_level = network, picture_size, density_level
        self.device: torch.device | None = None

    def to(self, device: str) -> None:
        """Run the network on a device."""
        self.device = torch.device(device)
        self.network.to(self.device)

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        with torch.no_grad():
            inputs = prepare_network_input(portrait.line_free, self.picture_size)
            field = compute_field(self.network, *inputs, device=self.device)
        return SurfaceReconstruction(field, portrait.line_free, stitch=False, density_level=self.density_level)


def load_pixelnerf(weights: Path | None) -> FieldMethod:
    """Load PixelNeRF with the weights of a file or run folder, or with those shipped."""
    return _load("pixelnerf", weights, PixelNerfConfig, PixelNerf)


def load_pifu(weights: Path | None) -> FieldMethod:
    """Load PIFu with the weights of a file or run folder, or with those shipped."""
    return _load("pifu", weights, PifuConfig, Pifu)


def _load(kind: str, weights: Path | None, config_class: Any, build: Callable[[Any], Any]) -> FieldMethod:
    network = load_network(find_weights(find_entry(kind, "method"), weights), kind, config_class, build)
    return FieldMethod(network, network.config.picture_size, network.config.density_level)
