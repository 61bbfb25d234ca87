"""`panic3d train landmarks`: the 28-point regressor on drawings and renders of generated characters."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import click
import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from panic3d.cameras.axes import LANDMARK_MIRROR
from panic3d.cameras.compositing import premultiply
from panic3d.models.engine.config import OptimiserConfig
from panic3d.models.engine.picture_loop import train_pictures
from panic3d.models.portrait.alignment.warp import warped
from panic3d.models.portrait.faces.box import Box
from panic3d.models.portrait.faces.landmark_network import LandmarkNetwork, LandmarkNetworkConfig
from panic3d.models.portrait.training.augmentation import other_colours, poorer, turned_and_stretched
from panic3d.models.portrait.training.backgrounds import background
from panic3d.models.portrait.training.characters import Character, characters
from panic3d.runtime.errors import UserError

KEPT_PX = 256
"""Side at which front views are kept in memory; about half of it is the face's box."""


@dataclass(frozen=True)
class LandmarkLossConfig:
    """Weights and what a box may be off by."""

    landmarks: float = 20.0
    """Of the mean absolute difference, in sides of the box."""
    face: float = 0.2
    """Of the cross-entropy of "this box is about a face"."""
    shift: float = 0.09
    """Standard deviation of a box's centre, in sides of the true box."""
    zoom: float = 0.16
    """Standard deviation of the logarithm of its side."""
    turn_rad: float = 0.17
    stretch: float = 0.15
    shear: float = 0.1
    no_face: float = 0.2
    """Share of boxes that miss the face, or are far too large or too small."""
    render: float = 0.25
    """Share of plain renders among the pictures, where there are drawings too."""


@dataclass(frozen=True)
class LandmarkTrainConfig:
    """A whole run. Saved as config.yaml, from which it can be repeated."""

    model_kind: str = "landmarks"
    seed: int = 0
    batch: int = 32
    steps: int = 0
    """The run ends after this many steps (0: no such limit) ..."""
    minutes: float = 0.0
    """... or after this time (0: no such limit), whichever comes first; one of them must be given."""
    labels: str = ""
    """A labels.jsonl of the characters, where the shards' metadata has no landmarks."""
    validation: int = 32
    """Characters kept from training."""
    bf16: Literal["auto", "on", "off"] = "auto"
    accelerator: str = "auto"
    log_every: int = 50
    validate_every_s: float = 120.0
    loss: LandmarkLossConfig = field(default_factory=LandmarkLossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    model: LandmarkNetworkConfig = field(default_factory=LandmarkNetworkConfig)


@dataclass(frozen=True)
class Boxes:
    """A batch of boxes cut out of pictures."""

    rgb: Float[Tensor, "B 3 S S"]
    landmarks: Float[Tensor, "B 28 2"]
    """Column and row in sides of the box."""
    is_face: Bool[Tensor, "B"]


def train(data: Path, run: Path, config: LandmarkTrainConfig, resume: bool) -> None:
    """Trains on a dataset folder into a run folder (FORMATS: a training run)."""
    everyone = [c for c in characters(data, KEPT_PX, config.labels, _say) if c.landmarks_px is not None]
    if len(everyone) <= config.validation:
        raise UserError(
            f"expected more than {config.validation} characters with landmarks in {data}, found {len(everyone)}: give "
            "--labels labels.jsonl of `panic3d synth`"
        )
    task = LandmarkTask(config, everyone[config.validation :], everyone[: config.validation])
    train_pictures(task, run, config, resume, {"characters": len(task.training)})


class LandmarkTask:
    """The network, its pictures and its losses."""

    def __init__(self, config: LandmarkTrainConfig, training: list[Character], validation: list[Character]) -> None:
        torch.manual_seed(config.seed)
        self.config, self.training, self.validation = config, training, validation
        self.module: nn.Module = LandmarkNetwork(config.model)

    def losses(self, step: int) -> dict[str, Float[Tensor, ""]]:
        generator = np.random.Generator(np.random.PCG64([self.config.seed, step]))
        chosen = generator.integers(0, len(self.training), self.config.batch)
        batch = self.boxes([self.training[i] for i in chosen], generator)
        landmarks, face = self.module(batch.rgb)
        weights = self.config.loss
        off = (landmarks - batch.landmarks).abs().mean(dim=(1, 2))
        judged = F.binary_cross_entropy_with_logits(face, batch.is_face.float())
        kept = batch.is_face.float()
        mean = (off * kept).sum() / kept.sum().clamp(min=1)
        return {"landmarks": weights.landmarks * mean, "face": weights.face * judged}

    def validate(self, module: nn.Module) -> dict[str, float]:
        """Mean error over the eye distance, and the share of boxes that are judged rightly."""
        generator = np.random.Generator(np.random.PCG64([self.config.seed, 2**40]))
        batch = self.boxes(self.validation * 2, generator)
        landmarks, face = module(batch.rgb)
        error = relative_error(landmarks.numpy(), batch.landmarks.numpy())[batch.is_face.numpy()]
        return {"error": float(error.mean()), "face": ((face > 0) == batch.is_face).float().mean().item()}

    def boxes(self, chosen: list[Character], generator: np.random.Generator) -> Boxes:
        cut = [one_box(character, self.config, generator) for character in chosen]
        device = next(self.module.parameters()).device
        rgb = torch.from_numpy(np.stack([rgb for rgb, _, _ in cut])).permute(0, 3, 1, 2).contiguous()
        landmarks = torch.from_numpy(np.stack([points for _, points, _ in cut])).float()
        return Boxes(rgb.to(device), landmarks.to(device), torch.tensor([face for _, _, face in cut], device=device))


def one_box(
    character: Character, config: LandmarkTrainConfig, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "S S 3"], Float[np.ndarray, "28 2"], bool]:
    """A box about the face, or about something else, over a random background; landmarks in sides of the box."""
    settings, size = config.loss, config.model.size
    points = character.landmarks_px
    assert points is not None
    true = Box.around(points)
    is_face = generator.random() >= settings.no_face
    shift, zoom = generator.normal(0, settings.shift, 2), np.exp(generator.normal(0, settings.zoom))
    if not is_face:
        shift, zoom = _elsewhere(generator)
    box = Box(true.column_px + shift[0] * true.side_px, true.row_px + shift[1] * true.side_px, true.side_px * zoom)
    centre = np.array([box.column_px, box.row_px])
    linear = turned_and_stretched(generator, settings.turn_rad, settings.stretch, settings.shear)
    mirrored = generator.random() < 0.5
    if mirrored:
        linear = np.diag([-1.0, 1.0]) @ linear
    linear = linear * size / box.side_px
    box_from_picture = np.column_stack([linear, size / 2 - linear @ centre])
    drawn = len(character.pictures) == 1 or generator.random() >= settings.render
    rgba = warped(premultiply(character.pictures[0 if drawn else 1]), box_from_picture, size)
    behind = background(generator, size)
    rgb = poorer(other_colours(rgba[..., :3] + (1 - rgba[..., 3:]) * behind, generator), generator)
    inside = (points @ box_from_picture[:, :2].T + box_from_picture[:, 2]) / size
    return rgb, inside[list(LANDMARK_MIRROR)] if mirrored else inside, is_face


def _elsewhere(generator: np.random.Generator) -> tuple[Float[np.ndarray, "2"], float]:
    """Shift and zoom of a box that is not about the face."""
    if generator.random() < 0.5:
        return generator.normal(0, 0.1, 2), float(
            generator.choice([generator.uniform(0.25, 0.5), generator.uniform(2, 4)])
        )
    angle, distance = generator.uniform(0, 2 * np.pi), generator.uniform(0.45, 1.5)
    return distance * np.array([np.cos(angle), np.sin(angle)]), float(np.exp(generator.normal(0, 0.3)))


def relative_error(found: Float[np.ndarray, "N 28 2"], true: Float[np.ndarray, "N 28 2"]) -> Float[np.ndarray, "N"]:
    """Mean distance over the distance of the eyes' centres (means of 6 landmarks each)."""
    eyes = np.linalg.norm(true[:, 11:17].mean(axis=1) - true[:, 17:23].mean(axis=1), axis=1)
    return np.linalg.norm(found - true, axis=2).mean(axis=1) / eyes


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
