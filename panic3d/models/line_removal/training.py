"""`panic3d train line-removal`."""

from pathlib import Path

import click

from panic3d.datasets.drawings import DRAWING, RENDER, Pictures, pictures
from panic3d.datasets.reader import splits_of
from panic3d.models.engine.picture_config import PictureRunConfig
from panic3d.models.engine.picture_run import PictureRun, fabric_of
from panic3d.models.line_removal.config import LineRemovalConfig
from panic3d.models.line_removal.learner import LineRemovalLearner
from panic3d.models.line_removal.pairs import Pairs
from panic3d.runtime.errors import UserError


def train(data: Path, run: Path, config: LineRemovalConfig, resume: bool) -> None:
    """Into a run folder (FORMATS: a training run)."""
    fabric = fabric_of(config)
    training, validation = drawings_and_renders(data, Path(config.renders) if config.renders else None, run, config)
    if config.paired and training.drawings.keys != training.renders.keys:
        training = Pairs.common(training.drawings, training.renders)
        if not len(training):
            raise UserError("paired training needs renders of the drawn characters: set paired=0")
    learner = LineRemovalLearner(fabric, config, training, validation, lambda text: click.echo(text, err=True))
    PictureRun(fabric, run, config, learner, resume).go()


def drawings_and_renders(data: Path, renders: Path | None, run: Path, config: PictureRunConfig) -> tuple[Pairs, Pairs]:
    """What a run learns from, and pairs that it does not: the `val` split, else some of the pairs where there are
    enough."""
    cache = Path(config.cache) if config.cache else run / "cache"

    def read(folder: Path, member: str, split: str) -> Pictures:
        return pictures(folder, member, cache / f"{split}-{member}", lambda text: click.echo(text, err=True), split)

    def both(split: str) -> Pairs:
        return Pairs(read(data, DRAWING, split), read(renders or data, RENDER, split))

    everything = both("train")
    if "val" in splits_of(data) and renders is None:
        held = both("val")
        return everything, Pairs.common(held.drawings, held.renders)
    common = Pairs.common(everything.drawings, everything.renders)
    if len(common) < 5 * config.validation:
        return everything, Pairs(common.drawings.only([]), common.renders.only([]))
    kept = Pairs.common(common.drawings.only([*range(config.validation)]), common.renders)
    apart = set(kept.drawings.keys)
    rest = [
        pictures.only([i for i, key in enumerate(pictures.keys) if key not in apart])
        for pictures in (everything.drawings, everything.renders)
    ]
    return Pairs(*rest), kept
