"""`panic3d train matting`: alpha of generated characters, drawn and rendered, over random backgrounds."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import click
import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.compositing import premultiply
from panic3d.models.engine.config import OptimiserConfig
from panic3d.models.engine.picture_loop import train_pictures
from panic3d.models.portrait.alignment.warp import warped
from panic3d.models.portrait.matting.network import MattingNetwork, MattingNetworkConfig
from panic3d.models.portrait.training.augmentation import other_colours, poorer, turned_and_stretched
from panic3d.models.portrait.training.backgrounds import background
from panic3d.models.portrait.training.characters import Character, characters
from panic3d.runtime.errors import UserError

SAMPLED_PX = 256
"""Side at which front views are kept in memory."""


@dataclass(frozen=True)
class MattingLossConfig:
    """Weights and what an alignment may be off by."""

    difference: float = 2.0
    """Of the mean absolute difference of alpha, beside a cross-entropy of weight 1."""
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
class MattingTrainConfig:
    """A whole run. Saved as config.yaml, from which it can be repeated."""

    model_kind: str = "matting"
    seed: int = 0
    batch: int = 16
    steps: int = 0
    """The run ends after this many steps (0: no such limit) ..."""
    minutes: float = 0.0
    """... or after this time (0: no such limit), whichever comes first; one of them must be given."""
    validation: int = 32
    """Characters kept from training."""
    bf16: Literal["auto", "on", "off"] = "auto"
    accelerator: str = "auto"
    log_every: int = 50
    validate_every_s: float = 120.0
    loss: MattingLossConfig = field(default_factory=MattingLossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    model: MattingNetworkConfig = field(default_factory=MattingNetworkConfig)


def train(data: Path, run: Path, config: MattingTrainConfig, resume: bool) -> None:
    """Trains on a dataset folder into a run folder (FORMATS: a training run)."""
    everyone = list(characters(data, SAMPLED_PX, "", _say))
    if len(everyone) <= config.validation:
        raise UserError(f"expected more than {config.validation} characters in {data}, found {len(everyone)}")
    task = MattingTask(config, everyone[config.validation :], everyone[: config.validation])
    train_pictures(task, run, config, resume, {"characters": len(task.training)})


class MattingTask:
    """The network, its pictures and its losses."""

    def __init__(self, config: MattingTrainConfig, training: list[Character], validation: list[Character]) -> None:
        torch.manual_seed(config.seed)
        self.config, self.training, self.validation = config, training, validation
        self.module: nn.Module = MattingNetwork(config.model)

    def losses(self, step: int) -> dict[str, Float[Tensor, ""]]:
        generator = np.random.Generator(np.random.PCG64([self.config.seed, step]))
        chosen = generator.integers(0, len(self.training), self.config.batch)
        rgb, alpha = self.scenes([self.training[i] for i in chosen], generator)
        logit = self.module(rgb)
        difference = (logit.sigmoid() - alpha).abs().mean()
        entropy = F.binary_cross_entropy_with_logits(logit, alpha)
        return {"difference": self.config.loss.difference * difference, "entropy": entropy}

    def validate(self, module: nn.Module) -> dict[str, float]:
        """Mean absolute difference, and the mean overlap (intersection over union) at one half."""
        generator = np.random.Generator(np.random.PCG64([self.config.seed, 2**40]))
        rgb, alpha = self.scenes(self.validation, generator)
        found = module(rgb).sigmoid()
        ours, true = found >= 0.5, alpha >= 0.5
        overlap = (ours & true).sum((1, 2)) / (ours | true).sum((1, 2)).clamp(min=1)
        return {"difference": (found - alpha).abs().mean().item(), "iou": overlap.mean().item()}

    def scenes(
        self, chosen: list[Character], generator: np.random.Generator
    ) -> tuple[Float[Tensor, "B 3 S S"], Float[Tensor, "B S S"]]:
        """Pictures of characters before backgrounds, and their alpha."""
        made = [one_scene(character, self.config, generator) for character in chosen]
        device = next(self.module.parameters()).device
        rgb = torch.from_numpy(np.stack([rgb for rgb, _ in made])).permute(0, 3, 1, 2).contiguous()
        return rgb.to(device), torch.from_numpy(np.stack([alpha for _, alpha in made])).to(device)


def one_scene(
    character: Character, config: MattingTrainConfig, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "S S 3"], Float[np.ndarray, "S S"]]:
    """A character, moved a little, in other colours, before a background."""
    settings, size = config.loss, config.model.size
    drawn = len(character.pictures) == 1 or generator.random() >= settings.render
    rgba = character.pictures[0 if drawn else 1]
    side = len(rgba) * np.exp(generator.normal(0, settings.zoom))
    centre = len(rgba) * (0.5 + generator.normal(0, settings.shift, 2))
    linear = turned_and_stretched(generator, settings.turn_rad, settings.stretch, settings.shear) * size / side
    if generator.random() < 0.5:
        linear = np.diag([-1.0, 1.0]) @ linear
    moved = warped(premultiply(rgba), np.column_stack([linear, size / 2 - linear @ centre]), size)
    alpha = moved[..., 3]
    colours = other_colours(moved[..., :3] / np.maximum(alpha[..., None], 1e-3), generator)
    behind = background(generator, size)
    return poorer(colours * alpha[..., None] + (1 - alpha[..., None]) * behind, generator), alpha


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
