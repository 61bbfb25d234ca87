"""`panic3d train`: any model of the project on a dataset folder."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from panic3d.runtime.errors import UserError


@dataclass(frozen=True)
class Trainer:
    """What trains a model, by name, so that a room is imported when it is asked for."""

    function: str
    """`module:function`, called with data folder, run folder, configuration and whether to resume."""
    config: str
    """`module:dataclass` of the run's configuration."""
    presets: str
    """`package:folder` of YAML files."""


TRAINERS = {
    "reconstructor": Trainer(
        "panic3d.models.engine.loop:train",
        "panic3d.models.engine.config:TrainConfig",
        "panic3d.models.reconstructor:presets",
    ),
    "pixelnerf": Trainer(
        "panic3d.models.baselines.pixel_aligned.training:train_pixelnerf",
        "panic3d.models.baselines.pixel_aligned.training:PixelNerfTrainConfig",
        "panic3d.models.baselines.pixel_aligned:presets/pixelnerf",
    ),
    "pifu": Trainer(
        "panic3d.models.baselines.pixel_aligned.training:train_pifu",
        "panic3d.models.baselines.pixel_aligned.training:PifuTrainConfig",
        "panic3d.models.baselines.pixel_aligned:presets/pifu",
    ),
    "eg3d": Trainer(
        "panic3d.models.baselines.eg3d.training:train",
        "panic3d.models.baselines.eg3d.config:Eg3dTrainConfig",
        "panic3d.models.baselines.eg3d:presets",
    ),
    "landmarks": Trainer(
        "panic3d.models.portrait.training.landmarks:train",
        "panic3d.models.portrait.training.landmarks:LandmarkTrainConfig",
        "panic3d.models.portrait:presets/landmarks",
    ),
    "matting": Trainer(
        "panic3d.models.portrait.training.matting:train",
        "panic3d.models.portrait.training.matting:MattingTrainConfig",
        "panic3d.models.portrait:presets/matting",
    ),
    "tagger": Trainer(
        "panic3d.models.tagging.training:train",
        "panic3d.models.tagging.training:TaggerTrainConfig",
        "panic3d.models.tagging:presets",
    ),
    "line-removal": Trainer(
        "panic3d.models.line_removal.training:train",
        "panic3d.models.line_removal.config:LineRemovalConfig",
        "panic3d.models.line_removal:presets",
    ),
    "cyclegan": Trainer(
        "panic3d.models.baselines.translation.training:train",
        "panic3d.models.baselines.translation.config:CycleGanConfig",
        "panic3d.models.baselines.translation:presets/cyclegan",
    ),
    "ugatit": Trainer(
        "panic3d.models.baselines.translation.training:train",
        "panic3d.models.baselines.translation.config:UgatitConfig",
        "panic3d.models.baselines.translation:presets/ugatit",
    ),
}


@click.command()
@click.argument("model", type=click.Choice(list(TRAINERS)))
@click.option("--data", required=True, type=click.Path(path_type=Path), help="Dataset folder with shards.")
@click.option("--out", "run", required=True, type=click.Path(path_type=Path), help="Run folder.")
@click.option("--preset", help="small, or paper where there is one; a resumed run keeps its own.  [default: small]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting of config.yaml.")
@click.option(
    "--labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="labels.jsonl of `panic3d synth`, where the shards do not hold its records: tagger, landmarks.",
)
@click.option("--resume", is_flag=True, help="Go on where the run stopped, with the configuration of its folder.")
def train(
    model: str,
    data: Path,
    run: Path,
    preset: str | None,
    settings: tuple[str, ...],
    labels: Path | None,
    resume: bool,
) -> None:
    """Train MODEL on shards into a run folder.

    Ctrl-C saves the state; the same command with --resume goes on from there.
    """
    from panic3d.models.engine import config
    from panic3d.models.engine.files import CONFIG, STATE

    trainer = TRAINERS[model]
    if labels is not None:
        settings = (*settings, f"labels={labels}")
    kind = _named(trainer.config)
    if resume:
        if preset is not None:
            raise UserError("--resume goes on with the run's own config.yaml: leave --preset out")
        if not (run / CONFIG).exists():
            raise UserError(f"nothing to resume in {run}: there is no {CONFIG}; train without --resume")
        chosen = config.changed(config.read(run / CONFIG, kind), settings)
    else:
        if (run / STATE).exists():
            raise UserError(f"{run} holds a run already: go on with --resume, or choose another --out")
        chosen = preset_of(model, preset or "small", settings)
    _named(trainer.function)(data, run, chosen, resume)


def preset_of(model: str, preset: str, settings: Sequence[str] = ()) -> Any:
    """The configuration of a run of `model` by a preset and settings."""
    from panic3d.models.engine import config

    trainer = TRAINERS[model]
    package, folder = trainer.presets.split(":")
    return config.load(preset, settings, _named(trainer.config), files(package) / folder)


def _named(name: str) -> Any:
    module, attribute = name.split(":")
    return getattr(importlib.import_module(module), attribute)
