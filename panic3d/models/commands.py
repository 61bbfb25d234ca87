"""`panic3d train`: any model of the project on a dataset folder."""

from pathlib import Path

import click

from panic3d.registry import find_entries


@click.command()
@click.argument("model", type=click.Choice(list(find_entries("model"))))
@click.option(
    "--data", required=True, type=click.Path(path_type=Path), help="The dataset folder, with shards, to train on."
)
@click.option(
    "--out",
    "run",
    required=True,
    type=click.Path(path_type=Path),
    help="The run folder for configuration, state, weights and metrics.",
)
@click.option(
    "--preset",
    help="The configuration to start from: small, or paper where the model has one. A resumed run keeps its own.  "
    "[default: small]",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of the preset, such as steps=100 or optimiser.clip=1. It can be repeated.",
)
@click.option(
    "--labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The labels.jsonl of `panic3d synth`, for tagger and landmarks, if the shards do not hold its records.",
)
@click.option(
    "--resume", is_flag=True, help="Continue the run of the folder where it stopped, with its own configuration."
)
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

    Ctrl-C saves the state; the same command with --resume continues from there.
    """
    from panic3d.models.training import train as train_model

    if labels is not None:
        settings = (*settings, f"labels={labels}")
    train_model(model, data, run, preset, settings, resume)
