"""`panic3d train pixelnerf` and `panic3d train pifu`: the reconstructor's loop on other networks."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from panic3d.datasets.multiview import Batch
from panic3d.datasets.points import PointFiles
from panic3d.models.baselines.pixel_aligned.pifu import Pifu, PifuConfig
from panic3d.models.baselines.pixel_aligned.pifu_task import PifuTask, PointDraws, PointsConfig
from panic3d.models.baselines.pixel_aligned.pixelnerf import PixelNerf, PixelNerfConfig
from panic3d.models.engine.config import LatticeRunConfig, RunConfig
from panic3d.models.engine.loop import Run, launch
from panic3d.models.reconstructor.training.steps import FusedSteps, LatticeSteps, Steps


@dataclass(frozen=True)
class PixelNerfTrainConfig(LatticeRunConfig):
    """A run of PixelNeRF."""

    model_kind: str = "pixelnerf"
    model: PixelNerfConfig = field(default_factory=PixelNerfConfig)


@dataclass(frozen=True)
class PifuTrainConfig(RunConfig):
    """A run of PIFu."""

    model_kind: str = "pifu"
    points: PointsConfig = field(default_factory=PointsConfig)
    model: PifuConfig = field(default_factory=PifuConfig)


class PixelNerfRun(Run[PixelNerfTrainConfig]):
    """Taught by the lattice's views as the reconstructor is, with weights that leave the colours alone."""

    def network(self) -> PixelNerf:
        return PixelNerf(self.config.model)

    def learning(self) -> Steps:
        return LatticeSteps(self.fabric, self.config, self.network(), self.lpips, None, self.bf16, self._say)


class PifuSteps(FusedSteps):
    """Taught by points."""

    config: PifuTrainConfig

    def __init__(
        self, fabric: Fabric, config: PifuTrainConfig, model: Pifu, files: PointFiles | None, bf16: bool, say: Any
    ) -> None:
        super().__init__(fabric, config, PifuTask(model, config.points), bf16, say)
        self.files = files

    def draws(self, batch: Batch, mirrored: list[bool], step: int) -> PointDraws:
        mine = slice(self.fabric.global_rank, None, self.fabric.world_size)
        seed = self.config.seed * 1_000_003 + step
        config = self.config
        return PointDraws.of_step(
            config.points, config.stretch, seed, config.batch, mine, self.files, batch.keys, mirrored
        )


class PifuRun(Run[PifuTrainConfig]):
    """Taught by points about the surface."""

    files: PointFiles | None = None

    def network(self) -> Pifu:
        return Pifu(self.config.model)

    def learning(self) -> Steps:
        if self.config.points.labels == "auto":
            self.files = PointFiles.find(self.data, self.training.keys)
        self._say(f"who is inside is told by {self._labels}")
        return PifuSteps(self.fabric, self.config, self.network(), self.files, self.bf16, self._say)

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"as labels": self._labels}

    @property
    def _labels(self) -> str:
        return "the hull of the depth maps" if self.files is None else "winding numbers (points.npz)"


def train_pixelnerf(data: Path, run: Path, config: PixelNerfTrainConfig, resume: bool) -> None:
    """Trains PixelNeRF on a dataset folder into a run folder."""
    launch(PixelNerfRun, data, run, config, resume)


def train_pifu(data: Path, run: Path, config: PifuTrainConfig, resume: bool) -> None:
    """Trains PIFu on a dataset folder into a run folder."""
    launch(PifuRun, data, run, config, resume)
