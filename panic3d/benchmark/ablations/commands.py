"""`panic3d benchmark ablations`: the paper's ideas switched off one at a time."""

from pathlib import Path

import click

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--data", required=True, type=FOLDER, help="Dataset folder with shards to train on.")
@click.option("--suite", type=FOLDER, help="For stitch and line removal, which are judged on finished heads.")
@click.option("--pairs", default=8, show_default=True, type=click.IntRange(1), help="Of the suite, that are used.")
@click.option(
    "--minutes", default=15.0, show_default=True, help="Processor minutes a run; 0: only steps count, --set steps=N."
)
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--only", multiple=True, metavar="CONFIGURATION", help="Some of the configurations; may be repeated.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting of every run's config.yaml.")
@click.option("--out", required=True, type=FOLDER, help="Runs, ablations.md and its CSV files; give it again to go on.")
def ablations(
    data: Path,
    suite: Path | None,
    pairs: int,
    minutes: float,
    seeds: int,
    only: tuple[str, ...],
    settings: tuple[str, ...],
    out: Path,
) -> None:
    """Train the paper's network without one idea after the other, and say which claims show.

    A claim is seen if its number is better with the idea for every seed. What is finished is not done again.
    """
    from panic3d.benchmark.ablations.claims import CONFIGURATIONS
    from panic3d.benchmark.ablations.running import AblationStudy, measure_runs
    from panic3d.benchmark.ablations.table import format_claims_csv, format_markdown, format_runs_csv
    from panic3d.benchmark.suites.suite import Suite
    from panic3d.runtime.errors import WrongUsage
    from panic3d.shards.files import write_atomically

    if unknown := sorted(set(only) - CONFIGURATIONS.keys()):
        raise WrongUsage(f"unknown configuration '{unknown[0]}': choose from {', '.join(CONFIGURATIONS)}")
    heads = None if suite is None else Suite(suite)
    if heads is not None:
        heads.keys = heads.keys[:pairs]
    study = AblationStudy(data, out, minutes, seeds, settings)
    numbers = measure_runs(study, heads, only or tuple(CONFIGURATIONS), lambda words: click.echo(words, err=True))
    length = [f"{minutes:g} processor minutes a run"] if minutes else []
    heading = ", ".join(["64x64", *length, f"{seeds} seeds", *settings])
    for name, text in (
        ("ablations.md", format_markdown(numbers, heading)),
        ("claims.csv", format_claims_csv(numbers)),
        ("runs.csv", format_runs_csv(numbers)),
    ):
        write_atomically(out / name, text.encode())
    click.echo((out / "ablations.md").read_text())
