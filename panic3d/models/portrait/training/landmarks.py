"""`panic3d train landmarks`: the 28-point regressor on drawings and renders of generated characters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from lightning_fabric import Fabric
from torch import Tensor

from panic3d.cameras.axes import LANDMARK_MIRROR
from panic3d.cameras.compositing import premultiply
from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.loop import run_training
from panic3d.models.engine.seeds import make_validation_generator
from panic3d.models.engine.task import NetworkTask
from panic3d.models.engine.update import Terms
from panic3d.models.portrait.alignment.warp import warp_affine
from panic3d.models.portrait.faces.box import FaceBox
from panic3d.models.portrait.faces.landmark_network import LandmarkNetwork, LandmarkNetworkConfig
from panic3d.models.portrait.training.augmentation import degrade, jitter_colours, sample_linear_map
from panic3d.models.portrait.training.backgrounds import draw_background
from panic3d.models.portrait.training.characters import LabelledCharacter, read_characters
from panic3d.runtime.errors import UserError

KEPT_PX = 256
"""Side at which front views are kept in memory; about half of it is the face's box."""
VALIDATION_BOXES = 2
"""Random boxes of each character in a validation."""


@dataclass(frozen=True)
class LandmarkLossConfig:
    """Weights of the losses, and how boxes are sampled."""

    landmarks: float = 20.0
    """Weight of the mean absolute difference, in sides of the box."""
    face: float = 0.2
    """Weight of the cross-entropy of "this box is about a face"."""
    shift: float = 0.09
    """Standard deviation of a box's centre, in sides of the true box."""
    zoom: float = 0.16
    """Standard deviation of the logarithm of its side."""
    turn_rad: float = 0.17
    stretch: float = 0.15
    shear: float = 0.1
    """These three are standard deviations of the random linear map."""
    no_face: float = 0.2
    """Share of boxes that miss the face, or are far too large or too small."""
    render: float = 0.25
    """Share of plain renders among the pictures, where there are drawings too."""


@dataclass(frozen=True)
class LandmarkTrainConfig(RunConfig):
    """A run of the landmark network."""

    model_kind: str = "landmarks"
    batch: int = 32
    labels: str = ""
    """A labels.jsonl of the characters, if the shards' metadata has no landmarks."""
    validation: int = 32
    """Characters kept from training."""
    log_every: int = 50
    loss: LandmarkLossConfig = field(default_factory=LandmarkLossConfig)
    model: LandmarkNetworkConfig = field(default_factory=LandmarkNetworkConfig)


@dataclass(frozen=True)
class BoxBatch:
    """A batch of boxes cut out of pictures."""

    rgb: Float[Tensor, "B 3 S S"]
    landmarks: Float[Tensor, "B 28 2"]
    """Column and row in sides of the box."""
    is_face: Bool[Tensor, "B"]


def train(data: Path, run: Path, config: LandmarkTrainConfig, resume: bool) -> None:
    """Train on a dataset folder into a run folder. Raises UserError if there are too few characters with landmarks."""
    everyone = [c for c in read_characters(data, KEPT_PX, config.labels) if c.landmarks_px is not None]
    if len(everyone) <= config.validation:
        raise UserError(
            f"expected more than {config.validation} characters with landmarks in {data}, found {len(everyone)}: give "
            "--labels labels.jsonl of `panic3d synth`"
        )
    training, validation = everyone[config.validation :], everyone[: config.validation]
    run_training(lambda fabric: LandmarkTask(fabric, config, training, validation), run, config, resume)


class LandmarkTask(NetworkTask):
    """The landmark network, its pictures and its losses."""

    config: LandmarkTrainConfig
    best_by = ("-error",)

    def __init__(
        self,
        fabric: Fabric,
        config: LandmarkTrainConfig,
        training: list[LabelledCharacter],
        validation: list[LabelledCharacter],
    ) -> None:
        super().__init__(fabric, config, LandmarkNetwork(config.model))
        self.training, self.validation = training, validation

    def losses(self, step: int) -> Terms:
        random = self.random(step)
        chosen = random.integers(0, len(self.training), self.share)
        batch = self.cut_boxes([self.training[i] for i in chosen], random)
        landmarks, face = self.network(batch.rgb)
        weights = self.config.loss
        error = (landmarks - batch.landmarks).abs().mean(dim=(1, 2))
        entropy = F.binary_cross_entropy_with_logits(face, batch.is_face.float())
        kept = batch.is_face.float()
        mean = (error * kept).sum() / kept.sum().clamp(min=1)
        return {"landmarks": weights.landmarks * mean, "face": weights.face * entropy}

    def list_validation_keys(self) -> Sequence[str]:
        return [character.key for character in self.validation]

    def score_samples(self, chosen: Sequence[int]) -> list[dict[str, float]]:
        """Return the mean error over the eye distance, and the share of boxes that are classified correctly."""
        return [self._score(place) for place in chosen]

    def _score(self, place: int) -> dict[str, float]:
        batch = self.cut_boxes(
            [self.validation[place]] * VALIDATION_BOXES, make_validation_generator(self.config, place)
        )
        landmarks, face = self.model(batch.rgb)
        error = relative_error(landmarks.cpu().numpy(), batch.landmarks.cpu().numpy())[batch.is_face.cpu().numpy()]
        right = {"face": ((face > 0) == batch.is_face).float().mean().item()}
        return right | ({"error": float(error.mean())} if len(error) else {})

    def facts(self) -> dict[str, Any]:
        return {"characters": len(self.training)}

    def list_training_keys(self) -> Sequence[str]:
        return [character.key for character in self.training]

    def cut_boxes(self, chosen: list[LabelledCharacter], random: np.random.Generator) -> BoxBatch:
        """Return one random box of each character."""
        cut = [sample_box(character, self.config, random) for character in chosen]
        device = self.fabric.device
        rgb = torch.from_numpy(np.stack([rgb for rgb, _, _ in cut])).permute(0, 3, 1, 2).contiguous()
        landmarks = torch.from_numpy(np.stack([points for _, points, _ in cut])).float()
        return BoxBatch(rgb.to(device), landmarks.to(device), torch.tensor([face for _, _, face in cut], device=device))


def sample_box(
    character: LabelledCharacter, config: LandmarkTrainConfig, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "S S 3"], Float[np.ndarray, "28 2"], bool]:
    """Cut out a box about the face, or about something else, over a random background.

    Returns its picture, the landmarks in sides of the box, and whether it is about the face.
    """
    settings, size = config.loss, config.model.size
    points = character.landmarks_px
    assert points is not None
    true = FaceBox.from_landmarks(points)
    is_face = generator.random() >= settings.no_face
    shift, zoom = generator.normal(0, settings.shift, 2), np.exp(generator.normal(0, settings.zoom))
    if not is_face:
        shift, zoom = _sample_wrong_box(generator)
    box = FaceBox(true.column_px + shift[0] * true.side_px, true.row_px + shift[1] * true.side_px, true.side_px * zoom)
    centre = np.array([box.column_px, box.row_px])
    linear = sample_linear_map(generator, settings.turn_rad, settings.stretch, settings.shear)
    mirrored = generator.random() < 0.5
    if mirrored:
        linear = np.diag([-1.0, 1.0]) @ linear
    linear = linear * size / box.side_px
    box_from_picture = np.column_stack([linear, size / 2 - linear @ centre])
    drawn = len(character.pictures) == 1 or generator.random() >= settings.render
    rgba = warp_affine(premultiply(character.pictures[0 if drawn else 1]), box_from_picture, size)
    behind = draw_background(generator, size)
    rgb = degrade(jitter_colours(rgba[..., :3] + (1 - rgba[..., 3:]) * behind, generator), generator)
    inside = (points @ box_from_picture[:, :2].T + box_from_picture[:, 2]) / size
    return rgb, inside[list(LANDMARK_MIRROR)] if mirrored else inside, is_face


def _sample_wrong_box(generator: np.random.Generator) -> tuple[Float[np.ndarray, "2"], float]:
    """Shift and zoom of a box that is not about the face."""
    if generator.random() < 0.5:
        return generator.normal(0, 0.1, 2), float(
            generator.choice([generator.uniform(0.25, 0.5), generator.uniform(2, 4)])
        )
    angle, distance = generator.uniform(0, 2 * np.pi), generator.uniform(0.45, 1.5)
    return distance * np.array([np.cos(angle), np.sin(angle)]), float(np.exp(generator.normal(0, 0.3)))


def relative_error(found: Float[np.ndarray, "N 28 2"], true: Float[np.ndarray, "N 28 2"]) -> Float[np.ndarray, "N"]:
    """Return the mean distance over the distance of the eyes' centres (means of 6 landmarks each)."""
    eyes = np.linalg.norm(true[:, 11:17].mean(axis=1) - true[:, 17:23].mean(axis=1), axis=1)
    return np.linalg.norm(found - true, axis=2).mean(axis=1) / eyes
