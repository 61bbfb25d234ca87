"""`panic3d-auto`: the fitted character where it explains the portrait, else the U-Net."""

import logging
from functools import cached_property
from pathlib import Path

from panic3d.models.character.method import CharacterMethod
from panic3d.models.character.method import load as load_character
from panic3d.models.engine.checkpoint import read_weights
from panic3d.models.method import Method, Portrait, Reconstruction
from panic3d.models.reconstructor.method import load_unet
from panic3d.registry import find_entry, find_weights

logger = logging.getLogger(__name__)

LEAST_IOU = 0.7
"""Intersection over union of the outlines of character and portrait below which the U-Net makes the head."""


class AutomaticMethod:
    """Fits a character, and where the portrait shows something else than a character reconstructs it by the U-Net."""

    def __init__(self, character: CharacterMethod) -> None:
        self.character, self.device = character, "cpu"

    def to(self, device: str) -> None:
        """Move the networks to a device."""
        self.device = device
        self.character.to(device)

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        found = self.character.reconstruct(portrait)
        if found.outline_iou >= LEAST_IOU:
            return found
        logger.warning(
            "no character of the generator looks like this portrait (the outlines agree in %.0f%%): panic3d-unet makes "
            "the head",
            100 * found.outline_iou,
        )
        return self._unet.reconstruct(portrait)

    @cached_property
    def _unet(self) -> Method:
        unet = load_unet(None)
        unet.to(self.device)
        return unet


def load(weights: Path | None) -> Method:
    """Load both methods with the shipped weights, or one of them with the weights of a file or run folder.

    Weights of `panic3d train character` take the place of the shipped ones; with others, of `panic3d train
    reconstructor`, the U-Net makes every head. Raises UserError where they are neither.
    """
    if weights is not None:
        path = find_weights(find_entry("panic3d-unet", "method"), weights)
        if read_weights(path).config.get("model_kind") != "character":
            return load_unet(weights)
    return AutomaticMethod(load_character(weights))
