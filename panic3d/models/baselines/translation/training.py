"""`panic3d train cyclegan` and `ugatit`: the same drawings and renders as the line remover's."""

from pathlib import Path

import click

from panic3d.models.baselines.translation.config import AnyConfig
from panic3d.models.baselines.translation.learner import TranslationLearner
from panic3d.models.engine.picture_run import PictureRun, fabric_of
from panic3d.models.line_removal.training import drawings_and_renders


def train(data: Path, run: Path, config: AnyConfig, resume: bool) -> None:
    """Into a run folder (FORMATS: a training run)."""
    fabric = fabric_of(config)
    training, validation = drawings_and_renders(data, Path(config.renders) if config.renders else None, run, config)
    learner = TranslationLearner(fabric, config, training, validation, lambda text: click.echo(text, err=True))
    PictureRun(fabric, run, config, learner, resume).go()
