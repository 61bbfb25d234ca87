"""`panic3d train matting`: alpha of generated characters, drawn and rendered, over random backgrounds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from lightning_fabric import Fabric
from torch import Tensor

from panic3d.cameras.compositing import premultiply
from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.loop import run_training
from panic3d.models.engine.seeds import make_validation_generator
from panic3d.models.engine.task import NetworkTask
from panic3d.models.engine.update import Terms
from panic3d.models.portrait.alignment.warp import warp_affine
from panic3d.models.portrait.matting.network import MattingNetwork, MattingNetworkConfig
from panic3d.models.portrait.training.augmentation import degrade, jitter_colours, sample_linear_map
from panic3d.models.portrait.training.backgrounds import draw_background
from panic3d.models.portrait.training.characters import LabelledCharacter, read_characters
from panic3d.runtime.errors import UserError

KEPT_PX = 256
"""Side at which front views are kept in memory."""


@dataclass(frozen=True)
class MattingLossConfig:
    """Weights of the losses, and the random errors of an alignment as standard deviations."""

    difference: float = 2.0
    """Weight of the mean absolute difference of alpha, beside a cross-entropy of weight 1."""
    shift: float = 0.06
    """Standard deviation of the frame's centre, in sides of the frame."""
    zoom: float = 0.15
    """Standard deviation of the logarithm of its side."""
    turn_rad: float = 0.1
    stretch: float = 0.15
    shear: float = 0.08
    render: float = 0.3
    """Share of plain renders among the pictures, where there are drawings too."""


@dataclass(frozen=True)
class MattingTrainConfig(RunConfig):
    """A run of the matting network."""

    model_kind: str = "matting"
    validation: int = 32
    """Characters kept from training."""
    log_every: int = 50
    loss: MattingLossConfig = field(default_factory=MattingLossConfig)
    model: MattingNetworkConfig = field(default_factory=MattingNetworkConfig)


def train(data: Path, run: Path, config: MattingTrainConfig, resume: bool) -> None:
    """Train on a dataset folder into a run folder. Raises UserError if there are too few characters."""
    everyone = list(read_characters(data, KEPT_PX))
    if len(everyone) <= config.validation:
        raise UserError(f"expected more than {config.validation} characters in {data}, found {len(everyone)}")
    training, validation = everyone[config.validation :], everyone[: config.validation]
    run_training(lambda fabric: MattingTask(fabric, config, training, validation), run, config, resume)


class MattingTask(NetworkTask):
    """The matting network, its pictures and its losses."""

    config: MattingTrainConfig
    best_by = ("iou",)

    def __init__(
        self,
        fabric: Fabric,
        config: MattingTrainConfig,
        training: list[LabelledCharacter],
        validation: list[LabelledCharacter],
    ) -> None:
        super().__init__(fabric, config, MattingNetwork(config.model))
        self.training, self.validation = training, validation

    def losses(self, step: int) -> Terms:
        random = self.random(step)
        chosen = random.integers(0, len(self.training), self.share)
        rgb, alpha = self.compose_scenes([self.training[i] for i in chosen], random)
        logit = self.network(rgb)
        difference = (logit.sigmoid() - alpha).abs().mean()
        entropy = F.binary_cross_entropy_with_logits(logit, alpha)
        return {"difference": self.config.loss.difference * difference, "entropy": entropy}

    def list_validation_keys(self) -> Sequence[str]:
        return [character.key for character in self.validation]

    def score_samples(self, chosen: Sequence[int]) -> list[dict[str, float]]:
        """Return the mean absolute difference of alpha, and the intersection over union at one half."""
        return [self._score(place) for place in chosen]

    def _score(self, place: int) -> dict[str, float]:
        rgb, alpha = self.compose_scenes([self.validation[place]], make_validation_generator(self.config, place))
        found = self.model(rgb).sigmoid()
        ours, true = found >= 0.5, alpha >= 0.5
        overlap = (ours & true).sum() / (ours | true).sum().clamp(min=1)
        return {"difference": (found - alpha).abs().mean().item(), "iou": overlap.item()}

    def facts(self) -> dict[str, Any]:
        return {"characters": len(self.training)}

    def list_training_keys(self) -> Sequence[str]:
        return [character.key for character in self.training]

    def compose_scenes(
        self, chosen: list[LabelledCharacter], random: np.random.Generator
    ) -> tuple[Float[Tensor, "B 3 S S"], Float[Tensor, "B S S"]]:
        """Return pictures of characters over backgrounds, and their alpha."""
        made = [compose_scene(character, self.config, random) for character in chosen]
        rgb = torch.from_numpy(np.stack([rgb for rgb, _ in made])).permute(0, 3, 1, 2).contiguous()
        alpha = torch.from_numpy(np.stack([alpha for _, alpha in made]))
        return rgb.to(self.fabric.device), alpha.to(self.fabric.device)


def compose_scene(
    character: LabelledCharacter, config: MattingTrainConfig, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "S S 3"], Float[np.ndarray, "S S"]]:
    """Return a character in a random place and in random colours over a background, and its alpha."""
    settings, size = config.loss, config.model.size
    drawn = len(character.pictures) == 1 or generator.random() >= settings.render
    rgba = character.pictures[0 if drawn else 1]
    side = len(rgba) * np.exp(generator.normal(0, settings.zoom))
    centre = len(rgba) * (0.5 + generator.normal(0, settings.shift, 2))
    linear = sample_linear_map(generator, settings.turn_rad, settings.stretch, settings.shear) * size / side
    if generator.random() < 0.5:
        linear = np.diag([-1.0, 1.0]) @ linear
    moved = warp_affine(premultiply(rgba), np.column_stack([linear, size / 2 - linear @ centre]), size)
    alpha = moved[..., 3]
    colours = jitter_colours(moved[..., :3] / np.maximum(alpha[..., None], 1e-3), generator)
    behind = draw_background(generator, size)
    return degrade(colours * alpha[..., None] + (1 - alpha[..., None]) * behind, generator), alpha
