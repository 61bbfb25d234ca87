"""`panic3d train`: any model of the project on a dataset folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from panic3d.registry import find_entries, find_entry
from panic3d.runtime.errors import UserError


@click.command()
@click.argument("model", type=click.Choice(list(find_entries("model"))))
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
    from panic3d.models.engine.checkpoint import CONFIG, STATE
    from panic3d.models.engine.settings import apply_settings, read_config

    entry = find_entry(model, "model")
    if labels is not None:
        settings = (*settings, f"labels={labels}")
    kind = entry.load_config_class()
    if resume:
        if preset is not None:
            raise UserError("--resume goes on with the run's own config.yaml: leave --preset out")
        if not (run / CONFIG).exists():
            raise UserError(f"nothing to resume in {run}: there is no {CONFIG}; train without --resume")
        chosen = apply_settings(read_config(run / CONFIG, kind), settings)
    else:
        if (run / STATE).exists():
            raise UserError(f"{run} holds a run already: go on with --resume, or choose another --out")
        chosen = preset_of(model, preset or "small", settings)
    entry.load_factory()(data, run, chosen, resume)


def preset_of(model: str, preset: str, settings: Sequence[str] = ()) -> Any:
    """The configuration of a run of `model` by a preset and settings."""
    from panic3d.models.engine.settings import load_preset

    entry = find_entry(model, "model")
    return load_preset(entry.presets_folder, preset, entry.load_config_class(), settings)
