"""CycleGAN and U-GAT-IT as line removers, with a run's weights or those shipped."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from torch import nn

from panic3d.models.baselines.translation.config import AnyTrainConfig, CycleGanTrainConfig, UgatitTrainConfig
from panic3d.models.baselines.translation.networks import build_generator
from panic3d.models.baselines.translation.translate import translate_portrait
from panic3d.models.engine.checkpoint import build_network, read_weights
from panic3d.models.engine.settings import from_record
from panic3d.models.portrait.alignment.face_frame import read_face_frame
from panic3d.models.portrait.alignment.similarity import AlignmentTargets
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.errors import UserError

KINDS: dict[str, Any] = {"cyclegan": CycleGanTrainConfig, "ugatit": UgatitTrainConfig}


class TranslationLineRemover:
    """Removes lines by translating the whole picture; landmarks are not used."""

    def __init__(self, generator: nn.Module, config: AnyTrainConfig, face_frame: AlignmentTargets) -> None:
        """`face_frame`: where the drawings that it was trained on have their faces."""
        self.generator, self.config, self.face_frame = generator.eval(), config, face_frame

    def to(self, device: str) -> None:
        """Run the generator on a device."""
        self.generator.to(device)

    def __call__(
        self, rgba: UInt8[np.ndarray, "S S 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "S S 4"]:
        return translate_portrait(self.generator, self.config, rgba)


def load_cyclegan(weights: Path | None) -> TranslationLineRemover:
    return _load("cyclegan", weights)


def load_ugatit(weights: Path | None) -> TranslationLineRemover:
    return _load("ugatit", weights)


def _load(kind: str, weights: Path | None) -> TranslationLineRemover:
    """Load weights. Raises UserError if the file holds another kind of network."""
    path = find_weights(find_entry(kind, "line remover"), weights)
    content = read_weights(path)
    if (found := content.config.get("model_kind", "something else")) != kind:
        raise UserError(f"{path} holds {found}: expected weights of {kind}")
    config: AnyTrainConfig = from_record(KINDS[kind], content.config)
    generator = build_network(build_generator, config, content.tensors, path)
    return TranslationLineRemover(generator, config, read_face_frame(path))
