"""The command `panic3d benchmark ablations`, which turns off one idea of the paper at a time."""

from pathlib import Path

import click

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--data", required=True, type=FOLDER, help="The dataset folder to train on.")
@click.option(
    "--suite", type=FOLDER, help="The suite for stitch and line removal, which are scored on reconstructed heads."
)
@click.option(
    "--pairs", default=8, show_default=True, type=click.IntRange(1), help="The number of pairs of the suite to use."
)
@click.option(
    "--minutes",
    default=15.0,
    show_default=True,
    help="Processor minutes per run. With 0, only the number of steps counts: --set steps=N.",
)
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help="The number of seeds.")
@click.option(
    "--only", multiple=True, metavar="CONFIGURATION", help="A configuration to run instead of all; may be repeated."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the config.yaml of every run; may be repeated.",
)
@click.option(
    "--out",
    required=True,
    type=FOLDER,
    help="The folder for runs, ablations.md and CSV files. With the same folder, an interrupted study is resumed.",
)
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
    """Train the network of the paper without each of its ideas, and report which claims are confirmed.

    A claim has the verdict "seen" if its metric is better with the idea for every seed. Finished runs are not repeated.
    """
    from panic3d.benchmark.ablations.claims import CONFIGURATIONS
    from panic3d.benchmark.ablations.running import AblationStudy, measure_runs
    from panic3d.benchmark.ablations.table import format_claims_csv, format_markdown, format_runs_csv
    from panic3d.benchmark.suites.suite import Suite
    from panic3d.runtime.errors import WrongUsage
    from panic3d.runtime.files import write_atomically

    if unknown := sorted(set(only) - CONFIGURATIONS.keys()):
        raise WrongUsage(f"unknown configuration '{unknown[0]}': choose from {', '.join(CONFIGURATIONS)}")
    heads = None if suite is None else Suite(suite)
    if heads is not None:
        heads.keys = heads.keys[:pairs]
    study = AblationStudy(data, out, minutes, seeds, settings)
    numbers = measure_runs(study, heads, only or tuple(CONFIGURATIONS))
    length = [f"{minutes:g} processor minutes a run"] if minutes else []
    heading = ", ".join(["64x64", *length, f"{seeds} seeds", *settings])
    for name, text in (
        ("ablations.md", format_markdown(numbers, heading)),
        ("claims.csv", format_claims_csv(numbers)),
        ("runs.csv", format_runs_csv(numbers)),
    ):
        write_atomically(out / name, text.encode())
    click.echo((out / "ablations.md").read_text())
