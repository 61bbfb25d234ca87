"""The published line removal with one set of weights: a run's, the shipped ones, or the authors'."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from panic3d.models.engine.checkpoint import build_network, read_weights
from panic3d.models.engine.settings import from_record
from panic3d.models.line_removal.line_mask import LineMaskConfig
from panic3d.models.line_removal.networks import LineRemovalNetworks, LineRemovalNetworksConfig
from panic3d.models.line_removal.remove import find_lines, paint_over
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.errors import UserError


class NetworkLineRemover:
    """Removes lines with the published networks."""

    def __init__(self, model: LineRemovalNetworks, mask: LineMaskConfig) -> None:
        self.model, self.mask = model.eval(), mask
        self.device = torch.device("cpu")

    def to(self, device: str) -> None:
        """Run the networks on a device."""
        self.device = torch.device(device)
        self.model.to(self.device)

    def __call__(
        self, rgba: UInt8[np.ndarray, "S S 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "S S 4"]:
        return paint_over(rgba, find_lines(rgba, landmarks_px, self.mask), self._paint, self.model.config.fill)

    def _paint(self, *inputs: Tensor) -> Tensor:
        painted: Tensor = self.model(*(tensor.to(self.device) for tensor in inputs))
        return painted.cpu()


def load(weights: Path | None) -> NetworkLineRemover:
    """Load a run's weights, or the published checkpoint as `panic3d weights import-official` writes it.

    UserError where the file holds something else.
    """
    return _load("line-removal", weights)


def load_paired(weights: Path | None) -> NetworkLineRemover:
    """Load the networks that were trained on drawings with their own renders."""
    return _load("line-removal-paired", weights)


def _load(name: str, weights: Path | None) -> NetworkLineRemover:
    path = find_weights(find_entry(name, "line remover"), weights)
    content = read_weights(path)
    first = content.tensors.get("generator.0.weight")
    if first is None:
        raise UserError(f"{path} is no line remover: it has no tensor generator.0.weight")
    if "model" in content.config:
        config = from_record(LineRemovalNetworksConfig, content.config["model"], "model.")
    else:  # The authors' file has no configuration of ours; the sizes follow from the tensors' shapes.
        config = LineRemovalNetworksConfig(first.shape[0], use_hull=first.shape[1] == 4)
    generator = {name: t for name, t in content.tensors.items() if name.startswith("generator.")}
    model = build_network(_build_painter, config, generator, path)
    return NetworkLineRemover(model, from_record(LineMaskConfig, content.config.get("mask", {}), "mask."))


def _build_painter(config: LineRemovalNetworksConfig) -> LineRemovalNetworks:
    """Build the networks without the discriminator, which only training needs."""
    networks = LineRemovalNetworks(replace(config, discriminator_width=1))
    del networks.discriminator
    return networks
