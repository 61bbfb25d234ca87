"""Run methods on a suite and score predictions: the functions behind `panic3d benchmark run` and `score`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from panic3d.benchmark.pair_workers import PairWorkers
from panic3d.benchmark.predictions import read_method_record
from panic3d.benchmark.protocols.protocol import load_protocol
from panic3d.benchmark.results import PREDICTIONS, MethodResult, make_result_path
from panic3d.benchmark.running import BenchmarkEntry, predict
from panic3d.benchmark.scoring import score_predictions
from panic3d.benchmark.share import WHOLE, Share
from panic3d.benchmark.suites.suite import InputKind, Suite
from panic3d.models.device import Device
from panic3d.runtime.errors import UserError


def run_benchmark(
    suite: str | Path,
    methods: Sequence[str],
    out: str | Path,
    given: InputKind = "render",
    line_removal: str | None = None,
    pairs: int | None = None,
    protocol: str = "standard",
    without: Sequence[str] = (),
    only_missing: bool = True,
    workers: int | None = 1,
    device: Device = "cpu",
    share: Share = WHOLE,
) -> list[MethodResult]:
    """Reconstruct the pairs of a suite with methods, write their predictions as files, and score the files.

    `suite` is the folder of the suite, `out` that of predictions and results. `methods` are written as
    [LABEL:]NAME[=WEIGHTS]. `given` is the input of the methods: the drawing or the render of a pair. `line_removal`,
    written as NAME[=WEIGHTS], removes the lines of drawings first. `pairs` limits the suite to its first pairs.
    `without` names switches of the protocol `paper` to turn off. With `only_missing`, existing predictions and scores
    are kept. `workers` processes share the pairs of each method; networks run on `device`. With a `share`, one of
    several ranks does its pairs alone, and a call without it joins what all have done; or a Ray cluster does the work.

    Raises UserError before the first reconstruction if a method, its weights or the suite is missing.
    """
    run = iterate_benchmark(
        suite, methods, out, given, line_removal, pairs, protocol, without, only_missing, workers, device, share
    )
    return [result for _, result in run]


def iterate_benchmark(
    suite: str | Path,
    methods: Sequence[str],
    out: str | Path,
    given: InputKind = "render",
    line_removal: str | None = None,
    pairs: int | None = None,
    protocol: str = "standard",
    without: Sequence[str] = (),
    only_missing: bool = True,
    workers: int | None = 1,
    device: Device = "cpu",
    share: Share = WHOLE,
) -> Iterator[tuple[BenchmarkEntry, MethodResult]]:
    """Do what `run_benchmark` does and yield each method with its result as soon as it is scored."""
    rules, opened = load_protocol(protocol, without, device), Suite(Path(suite))
    opened.keys = opened.keys[:pairs]
    entries = [BenchmarkEntry.parse(text) for text in methods]
    labels = [entry.label for entry in entries]
    if len(set(labels)) < len(labels):
        raise UserError(f"two methods are called {max(labels, key=labels.count)}: write --method LABEL:NAME=WEIGHTS")
    if line_removal and given == "render":
        raise UserError("--line-removal goes with --input drawing: renders have no lines")
    remover = (line_removal or "").partition("=")[0]
    suffix = "" if given == "render" else "-".join(["", given, *([remover] if remover else [])])
    folder = PREDICTIONS if rules.quantisation == "rounded" else f"{PREDICTIONS}-{rules.quantisation}"
    with PairWorkers(workers, share.executor) as staff:
        for entry in entries:
            path = make_result_path(Path(out), opened.name, rules.name, entry.label + suffix)
            predictions = Path(out) / opened.name / folder / path.stem
            predict(
                entry, opened, given, predictions, only_missing, rules.quantisation, line_removal or "", staff, device,
                share,
            )  # fmt: skip
            label = f"{entry.label}, {remover}" if remover else entry.label
            yield entry, score_predictions(predictions, opened, rules, label, path, only_missing, staff, share)


def score(
    predictions: str | Path,
    suite: str | Path,
    out: str | Path,
    name: str | None = None,
    protocol: str = "standard",
    without: Sequence[str] = (),
    only_missing: bool = True,
    workers: int | None = None,
    device: Device = "cpu",
    share: Share = WHOLE,
) -> MethodResult:
    """Score a folder of predictions, KEY/{view}.png and KEY/mesh.glb, and save the result in the folder `out`.

    `name` is the name of the method; by default that in method.json, or else the name of the folder. `workers`
    processes share the pairs (None: as many as cores and memory allow); LPIPS and CLIP run on `device`; `share` as in
    `run_benchmark`. Raises UserError if the folder has no predictions for the suite.
    """
    folder = Path(predictions)
    if not folder.is_dir():
        raise UserError(f"expected a folder of predictions at {folder}, found none")
    rules, opened = load_protocol(protocol, without, device), Suite(Path(suite))
    label = name or str(read_method_record(folder).get("name") or folder.resolve().name)
    path = make_result_path(Path(out), opened.name, rules.name, label)
    with PairWorkers(workers, share.executor) as staff:
        return score_predictions(folder, opened, rules, label, path, only_missing, staff, share)
