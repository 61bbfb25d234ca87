"""`panic3d train reconstructor`."""

from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from panic3d.datasets.multiview import MultiviewBatch
from panic3d.models.engine.loop import run_training
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.rendering.lattice_views import LatticeViews
from panic3d.models.reconstructor.semantic import TAGGER_RECORD, keep_tagger, load_training_tagger
from panic3d.models.reconstructor.training.checks import check_settings
from panic3d.models.reconstructor.training.config import ReconstructorTrainConfig, uses_occupancy
from panic3d.models.reconstructor.training.data import list_available_views
from panic3d.models.reconstructor.training.step import LatticeStep, TrainingStep
from panic3d.models.reconstructor.training.task import MEMORY_ADVICE, MultiviewTask
from panic3d.models.reconstructor.training.validation import predict_lattice_views
from panic3d.models.reconstructor.training.volume.step import VolumeStep
from panic3d.models.reconstructor.training.volume.validation import predict_volume_views


def train(data: Path, run: Path, config: ReconstructorTrainConfig, resume: bool) -> None:
    """Train the reconstructor on a dataset folder into a run folder. Raises UserError for settings that conflict."""
    check_settings(config)
    run_training(lambda fabric: ReconstructorTask(fabric, data, run, config), run, config, resume, MEMORY_ADVICE)


class ReconstructorTask(MultiviewTask):
    """PAniC-3D's network, on the lattice or by volume rendering."""

    config: ReconstructorTrainConfig

    def __init__(self, fabric: Fabric, data: Path, run: Path, config: ReconstructorTrainConfig) -> None:
        self.chosen_tagger = load_training_tagger(config.model, config.tagger_weights, run)
        perspective = config.renderer == "volume" and config.adversarial.weight > 0
        top = config.renderer == "lattice" and uses_occupancy(config)
        super().__init__(fabric, data, run, config, list_available_views(data, top, perspective))
        if fabric.is_global_zero:
            keep_tagger(self.chosen_tagger, run)

    def build_step(self) -> TrainingStep:
        config, model = self.config, Reconstructor(self.config.model)
        self.tagger = None if self.chosen_tagger is None else self.chosen_tagger.features.to(self.fabric.device)
        if config.renderer == "lattice":
            return LatticeStep(self.fabric, config, model, self.lpips, self.tagger, self.bf16)
        return VolumeStep(self.fabric, config, model, self.data.pictured_cameras, self.lpips, self.tagger, self.bf16)

    def facts(self) -> dict[str, Any]:
        """Return what the network was trained with, which loading its weights depends on."""
        tagger = None if self.chosen_tagger is None else self.chosen_tagger.describe()
        halved = {
            "super-resolution": self.config.model.superresolution.float16,
            "discriminator": self.config.adversarial.network.float16_blocks > 0,
        }
        return super().facts() | {
            TAGGER_RECORD: tagger,
            "float16": [name for name, is_half in halved.items() if is_half],
        }

    def render_views(self, batch: MultiviewBatch) -> LatticeViews:
        if self.config.renderer == "lattice":
            return predict_lattice_views(self.model, batch, self.tagger)
        assert isinstance(self.model, Reconstructor)
        return predict_volume_views(self.model, batch, self.config.volume, self.tagger)
