"""`panic3d train`: any model of the project on a dataset folder."""

from pathlib import Path

import click

from panic3d.errors import UserError

MODELS = ("reconstructor",)


@click.command()
@click.argument("model", type=click.Choice(MODELS))
@click.option("--data", required=True, type=click.Path(path_type=Path), help="Dataset folder with shards.")
@click.option("--out", "run", required=True, type=click.Path(path_type=Path), help="Run folder.")
@click.option("--preset", help="small or paper; a resumed run keeps its own.  [default: small]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting of config.yaml.")
@click.option("--resume", is_flag=True, help="Go on where the run stopped, with the configuration of its folder.")
def train(model: str, data: Path, run: Path, preset: str | None, settings: tuple[str, ...], resume: bool) -> None:
    """Train MODEL on shards into a run folder.

    Ctrl-C saves the state; the same command with --resume goes on from there.
    """
    from panic3d.models.training import config, files, loop

    if resume:
        if preset is not None:
            raise UserError("--resume goes on with the run's own config.yaml: leave --preset out")
        if not (run / files.CONFIG).exists():
            raise UserError(f"nothing to resume in {run}: there is no {files.CONFIG}; train without --resume")
        chosen = config.changed(config.read(run / files.CONFIG), settings)
    else:
        if (run / files.STATE).exists():
            raise UserError(f"{run} holds a run already: go on with --resume, or choose another --out")
        chosen = config.load(preset or "small", settings)
    loop.train(data, run, chosen, resume)
