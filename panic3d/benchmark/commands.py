"""`panic3d benchmark`: build suites, run and score methods, write reports."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from panic3d.errors import ItemsFailed, UserError

if TYPE_CHECKING:
    from panic3d.benchmark.results import Result

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def benchmark() -> None:
    """Build suites, run and score methods, write reports."""


@benchmark.command()
@click.argument("avatars", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=FOLDER, help="The suite's folder.")
@click.option("--facing", default="+z", show_default=True, type=click.Choice(["+z", "-z"]), help="Of plain glTF files.")
@click.option("--workers", type=click.IntRange(1), help="Processes; as many as cores and memory allow if not given.")
@click.option("--retry-failed", is_flag=True, help="Try again what failed before.")
def build(
    avatars: tuple[Path, ...], out: Path, facing: Literal["+z", "-z"], workers: int | None, retry_failed: bool
) -> None:
    """Make a suite of AVATARS (files, or folders of them): true views, true mesh, portrait. Renders what is missing."""
    from panic3d.benchmark.build import RIG, build_suite
    from panic3d.datagen.avatar import AvatarOptions
    from panic3d.datagen.jobs import JobOptions, find_avatars
    from panic3d.datagen.sample import RenderOptions

    options = RenderOptions(rig=RIG, mesh=True, avatar=AvatarOptions(facing=facing))
    jobs = JobOptions(workers=workers, retry_failed=retry_failed)
    manifest = build_suite(find_avatars(avatars), out, options, jobs)
    good, left_out = manifest.with_status("ok"), manifest.with_status("skipped") + manifest.with_status("failed")
    click.echo(f"{out}: {len(good)} pairs, {len(left_out)} avatars left out")
    for record in left_out:
        click.echo(f"  {record.status}: {record.source}: {record.reason}", err=True)
    if not good:
        raise UserError(f"none of the {len(left_out)} avatars could be rendered")


@benchmark.command()
@click.option("--suite", required=True, type=FOLDER)
@click.option(
    "--method",
    "methods",
    required=True,
    multiple=True,
    metavar="NAME[=WEIGHTS]",
    help="A method and its weights (a file, a run, or for sanity methods a dataset folder). May be given often.",
)
@click.option("--input", "given", default="render", show_default=True, type=click.Choice(["drawing", "render"]))
@click.option("--protocol", default="standard", show_default=True)
@click.option("--out", required=True, type=FOLDER, help="The results' folder.")
@click.option(
    "--only-missing/--all", default=True, show_default=True, help="Keep predictions and scores that are there."
)
def run(
    suite: Path,
    methods: tuple[str, ...],
    given: Literal["drawing", "render"],
    protocol: str,
    out: Path,
    only_missing: bool,
) -> None:
    """Let methods reconstruct a suite, write their predictions as files, and score those files."""
    from panic3d.benchmark.protocols import load_protocol
    from panic3d.benchmark.running import check_method, predict
    from panic3d.benchmark.scoring import score_predictions
    from panic3d.benchmark.suites import Suite

    rules, pairs = load_protocol(protocol), Suite(suite)
    asked = [(name, Path(weights) if weights else None) for name, _, weights in (m.partition("=") for m in methods)]
    for name, weights in asked:
        check_method(name, weights)  # told before hours of work
    partial = []
    for name, weights in asked:
        predictions = out / pairs.name / "predictions" / name
        predict(name, weights, pairs, given, predictions, only_missing)
        path = out / pairs.name / rules.name / f"{name}.json"
        result = score_predictions(predictions, pairs, rules, name, path, only_missing)
        click.echo(f"{name}: {_summary(result)}")
        partial += result.faults
    if partial:
        raise ItemsFailed(f"{len(partial)} predictions could not be scored: {'; '.join(partial)}")


@benchmark.command()
@click.argument("predictions", type=FOLDER)
@click.option("--suite", required=True, type=FOLDER)
@click.option("--protocol", default="standard", show_default=True)
@click.option("--name", help="The method's name; from method.json, else the folder's name, if not given.")
@click.option("--out", required=True, type=FOLDER, help="The results' folder.")
@click.option("--only-missing/--all", default=True, show_default=True, help="Keep scores of unchanged files.")
def score(predictions: Path, suite: Path, protocol: str, name: str | None, out: Path, only_missing: bool) -> None:
    """Score anyone's PREDICTIONS, a folder of KEY/{view}.png and KEY/mesh.glb."""
    from panic3d.benchmark.predictions import method_record
    from panic3d.benchmark.protocols import load_protocol
    from panic3d.benchmark.scoring import score_predictions
    from panic3d.benchmark.suites import Suite

    if not predictions.is_dir():
        raise UserError(f"expected a folder of predictions at {predictions}, found none")
    rules, pairs = load_protocol(protocol), Suite(suite)
    name = name or method_record(predictions).get("name") or predictions.resolve().name
    result = score_predictions(
        predictions, pairs, rules, name, out / pairs.name / rules.name / f"{name}.json", only_missing
    )
    click.echo(f"{name}: {_summary(result)}")
    if result.faults:
        for fault in result.faults:
            click.echo(f"  {fault}", err=True)
        raise ItemsFailed(f"{len(result.faults)} predictions could not be scored; the row is marked partial")


@benchmark.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=FOLDER, help="Where leaderboard.md, .csv and .html go.")
def report(results: tuple[Path, ...], out: Path) -> None:
    """Write the leaderboard of RESULTS (files, or folders of them) with every method's pictures beside the truth."""
    from panic3d.benchmark.report.write import write_report
    from panic3d.benchmark.results import find_results

    page = write_report(find_results(results), out)
    click.echo(f"report: {page}")


@benchmark.command("methods")
def methods_command() -> None:
    """What can be scored."""
    from panic3d.models.method import METHODS

    for name, place in METHODS.items():
        click.echo(f"{name}: {place}")


@benchmark.command("self-test")
@click.option("--suite", required=True, type=FOLDER)
@click.option("--protocol", default="standard", show_default=True)
def self_test_command(suite: Path, protocol: str) -> None:
    """Score the truth against itself and against known errors: what each number says about each."""
    from panic3d.benchmark.leaderboard import Board, markdown
    from panic3d.benchmark.protocols import load_protocol
    from panic3d.benchmark.selftest import self_test
    from panic3d.benchmark.suites import Suite

    with tempfile.TemporaryDirectory() as scratch:
        results = self_test(Suite(suite), load_protocol(protocol), Path(scratch))
    click.echo(markdown(Board(tuple(results))))


def _summary(result: "Result") -> str:
    from panic3d.benchmark.protocols import PROTOCOLS

    parts = []
    for number in PROTOCOLS[result.protocol["name"]].numbers:
        mean = result.average(number.name)
        if mean is not None:
            parts.append(f"{number.name} {mean.mean:.{number.digits}f}")
    for reason in sorted(set(result.skipped.values())):
        parts.append(f"LPIPS {reason}")
    return ", ".join(parts)
