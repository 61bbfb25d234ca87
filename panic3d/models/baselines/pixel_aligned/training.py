"""`panic3d train pixelnerf` and `panic3d train pifu`."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from panic3d.datasets.multiview import MultiviewBatch
from panic3d.datasets.points import PointSampler
from panic3d.models.baselines.pixel_aligned.pifu import Pifu, PifuConfig
from panic3d.models.baselines.pixel_aligned.pifu_objective import PifuObjective, PointDraws, PointsConfig
from panic3d.models.baselines.pixel_aligned.pixelnerf import PixelNerf, PixelNerfConfig
from panic3d.models.engine.loop import run_training
from panic3d.models.engine.seeds import derive_step_seed
from panic3d.models.reconstructor.training.checks import check_shares
from panic3d.models.reconstructor.training.config import LatticeRunConfig, MultiviewRunConfig, uses_occupancy
from panic3d.models.reconstructor.training.data import list_available_views
from panic3d.models.reconstructor.training.step import FusedStep, LatticeStep, TrainingStep
from panic3d.models.reconstructor.training.task import MEMORY_ADVICE, MultiviewTask

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PixelNerfTrainConfig(LatticeRunConfig):
    """A run of PixelNeRF."""

    model_kind: str = "pixelnerf"
    model: PixelNerfConfig = field(default_factory=PixelNerfConfig)


@dataclass(frozen=True)
class PifuTrainConfig(MultiviewRunConfig):
    """A run of PIFu."""

    model_kind: str = "pifu"
    points: PointsConfig = field(default_factory=PointsConfig)
    model: PifuConfig = field(default_factory=PifuConfig)


def train_pixelnerf(data: Path, run: Path, config: PixelNerfTrainConfig, resume: bool) -> None:
    """Train PixelNeRF on a dataset folder into a run folder."""
    check_shares(config)
    run_training(lambda fabric: PixelNerfTask(fabric, data, run, config), run, config, resume, MEMORY_ADVICE)


def train_pifu(data: Path, run: Path, config: PifuTrainConfig, resume: bool) -> None:
    """Train PIFu on a dataset folder into a run folder."""
    check_shares(config)
    run_training(lambda fabric: PifuTask(fabric, data, run, config), run, config, resume, MEMORY_ADVICE)


class PixelNerfTask(MultiviewTask):
    """Trained on the lattice's views as the reconstructor is, by its preset on their colours alone."""

    config: PixelNerfTrainConfig

    def __init__(self, fabric: Fabric, data: Path, run: Path, config: PixelNerfTrainConfig) -> None:
        super().__init__(
            fabric, data, run, config, list_available_views(data, uses_occupancy(config), perspective=False)
        )

    def build_step(self) -> TrainingStep:
        return LatticeStep(self.fabric, self.config, PixelNerf(self.config.model), self.lpips, None, self.bf16)


class PifuTask(MultiviewTask):
    """Trained on points near the surface."""

    config: PifuTrainConfig

    def __init__(self, fabric: Fabric, data: Path, run: Path, config: PifuTrainConfig) -> None:
        self.point_files: PointSampler | None = None
        super().__init__(fabric, data, run, config, list_available_views(data, top=True, perspective=False))

    def build_step(self) -> TrainingStep:
        if self.config.points.labels == "auto":
            self.point_files = PointSampler.open(self.data.data, self.data.training.keys)
        logger.info("labels of points come from %s", self._labels)
        return PifuStep(self.fabric, self.config, Pifu(self.config.model), self.point_files, self.bf16)

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"as labels": self._labels}

    @property
    def _labels(self) -> str:
        return "the hull of the depth maps" if self.point_files is None else "winding numbers (points.npz)"


class PifuStep(FusedStep):
    """Losses at points."""

    config: PifuTrainConfig

    def __init__(
        self, fabric: Fabric, config: PifuTrainConfig, model: Pifu, point_files: PointSampler | None, bf16: bool
    ) -> None:
        super().__init__(fabric, config, PifuObjective(model, config.points), bf16)
        self.point_files = point_files

    def make_draws(self, batch: MultiviewBatch, mirrored: list[bool], step: int) -> PointDraws:
        config, mine = self.config, slice(self.fabric.global_rank, None, self.fabric.world_size)
        seed = derive_step_seed(config.seed, step)
        return PointDraws.from_step(
            config.points, config.stretch, seed, config.batch, mine, self.point_files, batch.keys, mirrored
        )
