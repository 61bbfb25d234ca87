"""The commands `panic3d benchmark`: build suites, run and score methods, write reports."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from panic3d.benchmark.ablations.commands import ablations
from panic3d.benchmark.characters.commands import characters
from panic3d.benchmark.line_removal.commands import lines
from panic3d.datagen.command_options import (
    engine_option,
    executor_option,
    facing_option,
    rank_option,
    world_size_option,
)
from panic3d.datagen.engines.availability import Engine, choose_default_engine
from panic3d.models.device import Device, device_option
from panic3d.runtime.errors import ItemsFailed, UserError

if TYPE_CHECKING:
    from panic3d.benchmark.protocols.protocol import MetricColumn
    from panic3d.benchmark.results import MethodResult
    from panic3d.benchmark.share import Share

FOLDER = click.Path(file_okay=False, path_type=Path)
SUITE = click.option("--suite", required=True, type=FOLDER)
PROTOCOL = click.option("--protocol", default="standard", show_default=True, metavar="standard|paper")
WITHOUT = click.option(
    "--without", multiple=True, metavar="SWITCH", help="A switch of protocol paper to turn off; may be repeated."
)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(1),
    help="The number of processes that share the pairs, each with one thread. Numbers do not depend on it.  [default: "
    "as many as cores and memory allow, with at least four pairs each; one per GPU; "
    "as many Ray actors as the cluster has cores]",
)
RESULTS = click.option("--out", required=True, type=FOLDER, help="The folder for results.")
SHOWN_FAULTS = 40
"""Number of faults that a command prints."""


@click.group()
def benchmark() -> None:
    """Build suites, run and score methods, write reports."""


benchmark.add_command(ablations)
benchmark.add_command(characters)
benchmark.add_command(lines)


@benchmark.command()
@click.argument("source", metavar="animerecon | animerecon-open | AVATARS...", nargs=-1, required=True)
@click.option("--out", required=True, type=FOLDER, help="The folder of the suite.")
@click.option(
    "--from",
    "origin",
    type=click.Path(exists=True, path_type=Path),
    help="For animerecon: the folder of your downloads (`panic3d data animerecon`), or the authors' folder tree.",
)
@facing_option
@engine_option
@click.option(
    "--workers", type=click.IntRange(1), help="The number of processes. The default is what cores and memory allow."
)
@click.option("--retry-failed", is_flag=True, help="Try avatars again that failed before.")
def build(
    source: tuple[str, ...],
    out: Path,
    origin: Path | None,
    facing: Literal["+z", "-z"],
    engine: Engine | None,
    workers: int | None,
    retry_failed: bool,
) -> None:
    """Make a suite: the true views, the true mesh and the portrait of each pair. Existing pairs are kept.

    animerecon is the 68 pairs of the paper, from files that you have; animerecon-open is an open substitute, 68
    generated characters in drawn styles; AVATARS are avatar files, or folders of them.
    """
    from panic3d.datagen.runner.jobs import JobOptions

    engine = engine or choose_default_engine()
    jobs = JobOptions(workers=workers, retry_failed=retry_failed)
    if source == ("animerecon-open",):
        from panic3d.benchmark.suites.animerecon_open import build_animerecon_open

        manifest = build_animerecon_open(out, engine, jobs)
    elif source == ("animerecon",):
        from panic3d.benchmark.suites.animerecon import build_animerecon

        if origin is None:
            raise UserError("expected --from FOLDER (your downloads, or the authors' folder tree), found none")
        manifest = build_animerecon(origin, out, engine, jobs)
    else:
        from panic3d.benchmark.suites.build import build_avatar_suite

        manifest = build_avatar_suite([Path(path) for path in source], out, facing, engine, jobs)
    good, left_out = manifest.with_status("ok"), manifest.with_status("skipped") + manifest.with_status("failed")
    click.echo(f"{out}: {len(good)} pairs, {len(left_out)} avatars left out")
    for record in left_out:
        click.echo(f"  {record.status}: {record.source}: {record.reason}", err=True)
    if not good:
        raise UserError(f"none of the {len(left_out)} avatars could be rendered")
    if failed := manifest.with_status("failed"):
        raise ItemsFailed(f"{len(failed)} of {len(manifest.records)} avatars failed; --retry-failed tries them again")


@benchmark.command()
@SUITE
@click.option(
    "--method",
    "methods",
    required=True,
    multiple=True,
    metavar="[LABEL:]NAME[=WEIGHTS]",
    help="A method and its weights (a file, a run, or for sanity methods a dataset folder). May be repeated; a label "
    "distinguishes two entries of one method.",
)
@click.option("--input", "given", default="render", show_default=True, type=click.Choice(["drawing", "render"]))
@click.option(
    "--line-removal",
    metavar="NAME[=WEIGHTS]",
    help="With --input drawing: remove the lines of the drawings first, by line-removal or another line remover.",
)
@click.option("--pairs", "count", type=click.IntRange(1), help="The number of pairs to use, from the first.")
@PROTOCOL
@WITHOUT
@RESULTS
@click.option(
    "--only-missing/--all",
    default=True,
    show_default=True,
    help="Keep existing predictions and scores, or make all again.",
)
@WORKERS
@rank_option
@world_size_option
@executor_option
@device_option
def run(
    suite: Path,
    methods: tuple[str, ...],
    given: Literal["drawing", "render"],
    line_removal: str | None,
    count: int | None,
    protocol: str,
    without: tuple[str, ...],
    out: Path,
    only_missing: bool,
    workers: int | None,
    rank: int,
    world_size: int,
    executor: Literal["local", "ray"],
    device: Device,
) -> None:
    """Reconstruct a suite with methods, write their predictions as files, and score the files."""
    from panic3d.benchmark.evaluation import iterate_benchmark
    from panic3d.benchmark.share import Share

    share = Share(rank, world_size, executor)
    results = iterate_benchmark(
        suite, methods, out, given, line_removal, count, protocol, without, only_missing, workers, device, share
    )
    scored = [result for _, result in results]
    _print_table(scored)
    _announce_part(scored, share)
    _report_faults([fault for result in scored for fault in result.faults])


@benchmark.command()
@click.argument("predictions", type=FOLDER)
@SUITE
@PROTOCOL
@WITHOUT
@click.option(
    "--name", help="The name of the method. The default is that in method.json, or else the name of the folder."
)
@RESULTS
@click.option(
    "--only-missing/--all",
    default=True,
    show_default=True,
    help="Keep the scores of unchanged files, or score all again.",
)
@WORKERS
@rank_option
@world_size_option
@executor_option
@device_option
def score(
    predictions: Path,
    suite: Path,
    protocol: str,
    without: tuple[str, ...],
    name: str | None,
    out: Path,
    only_missing: bool,
    workers: int | None,
    rank: int,
    world_size: int,
    executor: Literal["local", "ray"],
    device: Device,
) -> None:
    """Score PREDICTIONS, a folder of KEY/{view}.png and KEY/mesh.glb."""
    from panic3d.benchmark.evaluation import score as score_folder
    from panic3d.benchmark.share import Share

    share = Share(rank, world_size, executor)
    result = score_folder(predictions, suite, out, name, protocol, without, only_missing, workers, device, share)
    _print_table([result])
    _announce_part([result], share)
    _report_faults(result.faults)


@benchmark.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=FOLDER, help="The folder for leaderboard.md, .csv and .html.")
def report(results: tuple[Path, ...], out: Path) -> None:
    """Write the leaderboard of RESULTS (files, or folders of them), with images of all predictions and truths."""
    from panic3d.benchmark.report.write import write_report
    from panic3d.benchmark.results import find_results

    page = write_report(find_results(results), out)
    click.echo(f"report: {page}")


@benchmark.command("methods")
def methods_command() -> None:
    """List the methods that can be scored: name, description, kind and package."""
    from panic3d.registry import find_entries, get_summary

    for name, entry in find_entries("method", "oracle method").items():
        try:
            summary = get_summary(entry)
        except UserError as error:
            summary = str(error)
        click.echo(f"{name}: {summary} ({entry.kind}, {entry.origin})")


@benchmark.command("metrics")
def metrics_command() -> None:
    """List the metrics of protocol standard: name, direction, unit, meaning and package."""
    from panic3d.benchmark.protocols.metric import load_metrics
    from panic3d.benchmark.protocols.protocol import load_protocol
    from panic3d.registry import ORIGIN

    numbers = load_protocol("standard").columns
    installed = load_metrics({column.name for column in numbers})
    for column in (*numbers, *(metric.column for metric in installed.values())):
        origin = installed[column.name].package if column.name in installed else ORIGIN
        click.echo(f"{_format_column(column)} ({origin})")


@benchmark.command("protocols")
def protocols_command() -> None:
    """List the metrics of each protocol, and the switches of protocol paper with their reasons."""
    from panic3d.benchmark.protocols.paper import describe_switches
    from panic3d.benchmark.protocols.protocol import load_protocol
    from panic3d.registry import find_entries

    for name in find_entries("protocol"):
        protocol = load_protocol(name)
        click.echo(f"{name}, version {protocol.version}")
        for column in protocol.columns:
            click.echo(f"  {_format_column(column)}")
    click.echo("switches of paper (--without NAME)")
    for name, reason in describe_switches().items():
        click.echo(f"  {name}: {reason}")


@benchmark.command("self-test")
@SUITE
@PROTOCOL
@WITHOUT
def self_test_command(suite: Path, protocol: str, without: tuple[str, ...]) -> None:
    """Score the truth and known errors as predictions, to show what each metric measures."""
    from panic3d.benchmark.protocols.protocol import load_protocol
    from panic3d.benchmark.report.leaderboard import LeaderboardTable, format_markdown
    from panic3d.benchmark.selftest import describe_score_changes, score_disturbances
    from panic3d.benchmark.suites.suite import Suite

    with tempfile.TemporaryDirectory() as scratch:
        results = score_disturbances(Suite(suite), load_protocol(protocol, without), Path(scratch))
    click.echo(format_markdown(LeaderboardTable(tuple(results)), published=False, differences=False))
    for line in describe_score_changes(results):
        click.echo(line)


def _format_column(column: "MetricColumn") -> str:
    arrow, unit = "↑" if column.higher_is_better else "↓", f" in {column.unit}" if column.unit else ""
    return f"{column.name} {arrow}{unit}: {column.meaning}"


def _announce_part(results: Sequence["MethodResult"], share: "Share") -> None:
    """Say that the numbers are those of one rank's pairs, and what joins them."""
    if share.own_rank is None:
        return
    counts = ", ".join(f"{result.method}: {len(result.pairs)}" for result in results)
    click.echo(
        f"pairs of rank {share.rank} of {share.world_size} ({counts}); when all ranks have ended, the same command "
        "without --rank and --world-size joins them"
    )


def _report_faults(faults: list[str]) -> None:
    if not faults:
        return
    for fault in faults[:SHOWN_FAULTS]:
        click.echo(f"  {fault}", err=True)
    if len(faults) > SHOWN_FAULTS:
        click.echo(f"  and {len(faults) - SHOWN_FAULTS} more: all are listed in the results file", err=True)
    raise ItemsFailed(f"{len(faults)} predictions could not be scored; the row is marked partial")


def _print_table(results: Sequence["MethodResult"]) -> None:
    """Print the means of methods: a line per metric, a column per method; then what could not be computed."""
    from panic3d.benchmark.report.leaderboard import LeaderboardTable, format_heading

    table = LeaderboardTable(tuple(results))
    lines = [("", *table.labels)]
    for column in table.columns:
        means = [row[column.name] for row in table.averages]
        if any(means):
            values = [f"{mean.mean:.{column.digits}f}" if mean else "-" for mean in means]
            lines.append((format_heading(column), *values))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *cells in lines:
        padded = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        click.echo("  ".join([first.ljust(widths[0]), *padded]))
    for reason in sorted({reason for result in results for reason in result.skipped.values()}):
        click.echo(reason)
