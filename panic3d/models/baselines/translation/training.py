"""`panic3d train cyclegan` and `panic3d train ugatit`, on the same drawings and renders as the line remover's."""

from pathlib import Path

from panic3d.models.baselines.translation.config import AnyTrainConfig
from panic3d.models.baselines.translation.task import TranslationTask
from panic3d.models.engine.loop import run_training
from panic3d.models.line_removal.training.data import load_drawings_and_renders
from panic3d.models.portrait.front_faces import measure_face_frame


def train(data: Path, run: Path, config: AnyTrainConfig, resume: bool) -> None:
    """Train on a dataset folder into a run folder."""
    training, validation = load_drawings_and_renders(data, run, config)
    frame = measure_face_frame(data, training.drawings.keys)
    run_training(lambda fabric: TranslationTask(fabric, config, training, validation, frame), run, config, resume)
