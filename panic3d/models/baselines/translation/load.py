"""CycleGAN and U-GAT-IT as line removers, with a run's weights or those shipped."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from jaxtyping import Float, UInt8
from torch import nn

from panic3d.models.baselines.translation.config import AnyConfig, CycleGanConfig, UgatitConfig
from panic3d.models.baselines.translation.networks import generator_of
from panic3d.models.baselines.translation.translate import translated
from panic3d.models.engine.config import from_record
from panic3d.models.engine.files import fitted, read_tensors
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.errors import UserError

KINDS: dict[str, Any] = {"cyclegan": CycleGanConfig, "ugatit": UgatitConfig}


class Translator:
    """A `Remover` that looks at no landmarks."""

    def __init__(self, generator: nn.Module, config: AnyConfig) -> None:
        self.generator, self.config = generator.eval(), config

    def __call__(
        self, rgba: UInt8[np.ndarray, "S S 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "S S 4"]:
        return translated(self.generator, self.config, rgba)


def load_cyclegan(weights: Path | None) -> Translator:
    return _load("cyclegan", weights)


def load_ugatit(weights: Path | None) -> Translator:
    return _load("ugatit", weights)


def _load(kind: str, weights: Path | None) -> Translator:
    """UserError where the file holds another kind of network."""
    path = find_weights(find_entry(kind, "line remover"), weights)
    tensors, metadata = read_tensors(path)
    record = yaml.safe_load(metadata.get("config", "")) or {}
    if record.get("model_kind") != kind:
        raise UserError(f"{path} holds {record.get('model_kind', 'something else')}: expected weights of {kind}")
    config: AnyConfig = from_record(KINDS[kind], record)
    return Translator(fitted(generator_of(config), tensors, path), config)
