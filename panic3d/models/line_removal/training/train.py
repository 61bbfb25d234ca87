"""`panic3d train line-removal`."""

from pathlib import Path

from panic3d.models.engine.loop import run_training
from panic3d.models.line_removal.pairs import Pairs
from panic3d.models.line_removal.training.config import LineRemovalTrainConfig
from panic3d.models.line_removal.training.data import load_drawings_and_renders
from panic3d.models.line_removal.training.task import LineRemovalTask
from panic3d.models.portrait.front_faces import measure_face_frame
from panic3d.runtime.errors import UserError


def train(data: Path, run: Path, config: LineRemovalTrainConfig, resume: bool) -> None:
    """Train on a dataset folder into a run folder. Raises UserError if paired training has no pairs."""
    training, validation = load_drawings_and_renders(data, run, config)
    if config.paired and training.drawings.keys != training.renders.keys:
        training = Pairs.common(training.drawings, training.renders)
        if not len(training):
            raise UserError("paired training needs renders of the drawn characters: set paired=0")
    frame = measure_face_frame(data, training.drawings.keys)
    run_training(lambda fabric: LineRemovalTask(fabric, config, training, validation, frame), run, config, resume)
