"""Wall seconds of `panic3d benchmark run` with two workers beside one, and what a worker does before its first pair."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from panic3d.runtime.errors import UserError
from panic3d.runtime.threads import count_usable_cores
from profiling.table import Row, Table, Target

WORKERS, LARGEST_RATIO = 2, 0.6
TARGET = "a requirement of this project: two workers on two idle cores"
ONE, TWO = "one worker", "two workers"
START = """
import json, sys, time
started = time.perf_counter()
from pathlib import Path
import torch
from panic3d.benchmark.predicting import BenchmarkEntry, PredictionRequest, Predictor
from panic3d.benchmark.suites.suite import Suite
imported = time.perf_counter()
suite = Suite(Path(sys.argv[1]))
entry, out = BenchmarkEntry.parse(sys.argv[2]), Path(sys.argv[3])
predictor = Predictor(PredictionRequest(entry, suite.folder, "render", out, "rounded", "", "cpu"))
loaded = time.perf_counter()
first, second = (predictor(key).seconds for key in suite.keys[:2])
from panic3d.benchmark.protocols.protocol import load_protocol
before = time.perf_counter()
_ = load_protocol("standard").skipped
print(json.dumps([imported - started, loaded - imported, first, second, time.perf_counter() - before]))
"""
PARTS = (
    "imports of a worker", "loading the method", "the first pair of a worker", "another pair",
    "the networks of the metrics",
)  # fmt: skip


@click.command()
@click.option("--suite", type=click.Path(exists=True, path_type=Path), help="A suite.  [default: a generated one]")
@click.option("--method", default="panic3d-unet", show_default=True, metavar="NAME[=WEIGHTS]")
@click.option("--pairs", default=8, show_default=True, type=click.IntRange(2), help="Number of pairs.")
@click.option(
    "--repeat", default=1, show_default=True, type=click.IntRange(1), help="Runs of each; the fastest counts."
)
def command(suite: Path | None, method: str, pairs: int, repeat: int) -> list[Table]:
    """Predict and score the same pairs with one worker and with two, and compare the numbers that they give."""
    with tempfile.TemporaryDirectory(prefix="panic3d-profiling-") as scratch_name:
        scratch = Path(scratch_name)
        if suite is None:
            suite = scratch / "suite"
            run_panic3d("synth", "--count", str(pairs), "--seed", "1", "--out", str(scratch / "avatars"))
            run_panic3d("benchmark", "build", str(scratch / "avatars"), "--out", str(suite))
        seconds: dict[str, list[float]] = {ONE: [], TWO: []}
        results = {}
        for i in range(repeat):
            for name, workers in ((ONE, 1), (TWO, WORKERS)):
                out = scratch / f"{name} {i}"
                words = ("--suite", str(suite), "--method", method, "--pairs", str(pairs), "--workers", str(workers))
                start_s = time.perf_counter()
                run_panic3d("benchmark", "run", *words, "--out", str(out))
                seconds[name].append(time.perf_counter() - start_s)
                results[name] = read_numbers(out)
        alone = [sys.executable, "-c", START, str(suite), method, str(scratch / "start")]
        parts = json.loads(subprocess.run(alone, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    target = Target("ratio", "<=", LARGEST_RATIO, TARGET)
    fastest = {name: min(values) for name, values in seconds.items()}
    rows = [Row(ONE, fastest[ONE], "s"), Row(TWO, fastest[TWO], "s", target)]
    start = [Row(name, value, "s") for name, value in zip(PARTS, parts, strict=True)]
    equal = "the same numbers" if results[ONE] == results[TWO] else "OTHER NUMBERS"
    spread = statistics.pstdev(seconds[TWO]) if repeat > 1 else 0.0
    notes = [f"One and two workers give {equal}. {count_usable_cores()} cores; two workers varied by {spread:.1f} s."]
    title = f"`benchmark run --method {method}`, {pairs} pairs, predictions and scores"
    return [Table(title, ONE, rows, notes), Table("What a worker does, alone", None, start)]


def read_numbers(out: Path) -> dict[str, dict[str, float]]:
    """Return the numbers of each pair of the one result in a folder."""
    (path,) = (path for path in out.rglob("*.json") if "predictions" not in path.relative_to(out).parts)
    return {key: pair["numbers"] for key, pair in json.loads(path.read_text())["pairs"].items()}


def run_panic3d(*arguments: str) -> None:
    """Run a command of the project to its end. Raises UserError with the end of its output where it fails."""
    result = subprocess.run([sys.executable, "-m", "panic3d", *arguments], capture_output=True, text=True)
    if result.returncode:
        raise UserError(f"panic3d {arguments[0]} failed: {(result.stderr or result.stdout).strip()[-400:]}")
