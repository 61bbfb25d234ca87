"""PixelNeRF and PIFu as methods: the line-free portrait in, the surface of the field out.

The surface is found and coloured as our reconstructor's is, the cut to the portrait's silhouette included; the stitch,
which is PAniC-3D's own idea, and the rim, which is ours, are left out.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.files import WEIGHTS, load_network
from panic3d.models.method import Portrait, Reconstruction
from panic3d.models.reconstructor.geometry.field_head import FieldHead, network_input
from panic3d.models.reconstructor.rendering.field import FieldNetwork
from panic3d.runtime.errors import UserError


class FieldMethod:
    """One network with one set of weights."""

    def __init__(self, network: FieldNetwork, picture_size: int, level: float) -> None:
        self.network, self.picture_size, self.level = network, picture_size, level

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        with torch.no_grad():
            field = self.network.field(*network_input(portrait.line_free, self.picture_size))
        return FieldHead(field, portrait.line_free, paste=False, level=self.level)


def field_method(weights: Path | None, shipped: Path, kind: RunConfig, build: Callable[[Any], Any]) -> FieldMethod:
    """With a run's weights (the file or the run's folder), or with those shipped, where there are some."""
    path = weights or shipped
    if path == shipped and not path.exists():
        name = kind.model_kind
        raise UserError(
            f"this installation lacks the shipped weights: train some (`panic3d train {name} --data DIR --out RUN`) "
            f"and name them, as in --method {name}=RUN"
        )
    network = load_network(path / WEIGHTS if path.is_dir() else path, kind, build)
    return FieldMethod(network, network.config.picture_size, network.config.level)
