"""The engine's task of every network that is trained on orthographic views."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from lightning_fabric import Fabric

from panic3d.datasets.multiview import MultiviewBatch
from panic3d.models.engine.devices import use_bf16
from panic3d.models.engine.task import StepResult
from panic3d.models.engine.validation import average_scores
from panic3d.models.portrait.alignment.similarity import FACE_RECORD, AlignmentTargets
from panic3d.models.portrait.front_faces import measure_face_frame
from panic3d.models.reconstructor.fields.field import FieldNetwork
from panic3d.models.reconstructor.rendering.lattice_views import LatticeViews
from panic3d.models.reconstructor.training.config import MultiviewRunConfig
from panic3d.models.reconstructor.training.data import MultiviewData
from panic3d.models.reconstructor.training.samples import draw_sheet
from panic3d.models.reconstructor.training.step import TrainingStep
from panic3d.models.reconstructor.training.validation import predict_lattice_views, score_views
from panic3d.weights.lpips import Lpips, load_lpips

logger = logging.getLogger(__name__)

SHEET_CHARACTERS = 6
MEMORY_ADVICE = (
    "set accumulate to a divisor of the batch (the same gradients from smaller parts), then a smaller batch; with "
    "renderer=volume also volume.rays_at_once"
)


class MultiviewTask:
    """Batches of characters into training steps; a subclass builds the step."""

    best_by: Sequence[str] = ("-lpips", "psnr")

    def __init__(
        self, fabric: Fabric, data: Path, run: Path, config: MultiviewRunConfig, views: tuple[str, ...]
    ) -> None:
        self.fabric, self.config = fabric, config
        self.data = MultiviewData(fabric, data, run, config, views)
        self.lpips = self._load_lpips()
        self.bf16 = use_bf16(config, fabric.device)
        self.training_step = self.build_step()
        logger.info(
            "%d characters to train on, %d to validate on, of %d held out; batch %d, backbone in %s",
            len(self.data.training),
            len(self.data.validation),
            self.data.held_out,
            config.batch,
            "bfloat16" if self.bf16 else "float32",
        )

    def build_step(self) -> TrainingStep:
        """Return a fresh network with its optimisers and losses."""
        raise NotImplementedError

    @property
    def model(self) -> FieldNetwork:
        return self.training_step.model

    def step(self, step: int, learning_rate: float) -> StepResult:
        batch, mirrored = self.data.next_batch()
        metrics = self.training_step.update(batch, mirrored, step, learning_rate)
        return StepResult({"epoch": round(self.data.batches.compute_epoch(), 3), **metrics}, self.training_step.updated)

    def render_views(self, batch: MultiviewBatch) -> LatticeViews:
        """Return the four views of a batch as validation and sample sheets show them."""
        return predict_lattice_views(self.model, batch)

    def list_validation_keys(self) -> Sequence[str]:
        return self.data.validation.keys

    def score_samples(self, chosen: Sequence[int]) -> list[Any]:
        characters, device = self.data.validation, self.fabric.device
        return [score_views(self.render_views, characters, index, self.lpips, device) for index in chosen]

    def summarise_scores(self, records: Sequence[Any]) -> dict[str, float]:
        return average_scores(records)

    def sample_sheet(self) -> UInt8[np.ndarray, "H W 3"] | None:
        characters = self.data.validation if len(self.data.validation) else self.data.training
        return draw_sheet(self.render_views, characters, self.fabric.device, SHEET_CHARACTERS)

    def facts(self) -> dict[str, Any]:
        """Return what the network was trained on and with: portraits are moved to the faces of its renders."""
        frame = None if self.face_frame is None else asdict(self.face_frame)
        precision = "bfloat16" if self.bf16 else "float32"
        return {
            "characters": len(self.data.training), FACE_RECORD: frame, "lpips": self.lpips is not None,
            "precision": precision, "tf32": self.config.tf32,
        }  # fmt: skip

    @cached_property
    def face_frame(self) -> AlignmentTargets | None:
        return measure_face_frame(self.data.data, self.data.training.keys)

    def list_training_keys(self) -> Sequence[str]:
        return self.data.training.keys

    def state_dict(self) -> dict[str, Any]:
        return self.training_step.state_dict() | {"reading": self.data.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.data.load_state_dict(state["reading"])
        self.training_step.load_state_dict(state)

    def close(self) -> None:
        self.data.close()

    def _load_lpips(self) -> Lpips | None:
        lpips = load_lpips()
        if lpips is None:
            logger.warning("LPIPS weights not found: training without that term (`panic3d weights fetch` gets them)")
            return None
        return lpips.to(self.fabric.device)
