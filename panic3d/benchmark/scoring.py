"""Score a folder of prediction files."""

import math
from pathlib import Path
from typing import Any

from panic3d.benchmark.predictions import Prediction, read_method_record
from panic3d.benchmark.protocols.metric import add_metrics, load_metrics
from panic3d.benchmark.protocols.protocol import Protocol
from panic3d.benchmark.results import MethodResult, PairResult, SuiteRecord, load_result
from panic3d.benchmark.suites.suite import Suite
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress
from panic3d.runtime.records import convert_record
from panic3d.runtime.threads import open_single_threaded_map


def score_predictions(
    folder: Path,
    suite: Suite,
    protocol: Protocol,
    name: str | None,
    path: Path,
    only_missing: bool = True,
    workers: int | None = None,
) -> MethodResult:
    """Score every pair of a predictions folder and save the result at `path`.

    With `only_missing`, a pair keeps the scores of an earlier result at `path` if its truth, its prediction and the
    protocol are the same. `name` is the name of the method; by default that in method.json, or else the name of the
    folder. `workers` threads share the pairs (None: as many as torch has). Raises UserError if the folder has no
    prediction for the suite.
    """
    if not any((folder / key).is_dir() for key in suite.keys):
        raise UserError(
            f"expected folders named after the pairs of {suite.name} in {folder}, such as {suite.keys[0]}/front.png; "
            "found none"
        )
    record = read_method_record(folder)
    metrics = load_metrics({column.name for column in protocol.columns}) if protocol.accepts_metrics else {}
    described = {name: metric.describe() for name, metric in metrics.items()}
    reusable = _load_reusable_pairs(path, suite, protocol, described) if only_missing else {}

    def score(key: str) -> PairResult:
        truth, prediction = suite.truth(key), Prediction(folder / key)
        old = reusable.get(key)
        if old and (old.truth_sha256, old.prediction_sha256) == (truth.sha256, prediction.sha256):
            return old
        scores = protocol.score(truth, prediction)
        add_metrics(scores, metrics.values(), truth, prediction)
        return PairResult(scores.numbers, scores.faults, scores.skipped, truth.sha256, prediction.sha256)

    _ = protocol.skipped  # loads the networks before the threads start
    label = name or record.get("name") or folder.name
    pairs = {}
    with Progress(f"score {label}", len(suite.keys)) as progress, open_single_threaded_map(workers) as each:
        for key, pair in zip(suite.keys, each(score, suite.keys), strict=True):
            pairs[key] = pair
            progress.step(key)
    for key, pair in pairs.items():
        pair.seconds, pair.peak_mb = (_get_measurement(record.get(field), key) for field in ("seconds", "peak_mb"))
    result = MethodResult(
        suite=convert_record(suite.identity | {"folder": str(suite.folder.resolve())}, SuiteRecord),
        protocol={"name": protocol.name, "version": protocol.version},
        method=label,
        input=record.get("input"),
        weights_sha256=record.get("weights_sha256"),
        predictions=str(folder.resolve()),
        notes=str(record.get("notes", "")),
        bound=record.get("bound") is True,
        metric_weights=protocol.metric_weights,
        metrics=described,
        pairs=pairs,
    )
    result.save(path)
    return result


def _load_reusable_pairs(
    path: Path, suite: Suite, protocol: Protocol, metrics: dict[str, dict[str, Any]]
) -> dict[str, PairResult]:
    """Load the pairs of an earlier result by the same protocol, without those that lack columns available now."""
    if not path.is_file():
        return {}
    old = load_result(path)
    same_rules = old.protocol == {"name": protocol.name, "version": protocol.version}
    if not same_rules or old.suite["sha256"] != suite.identity["sha256"]:
        return {}
    if old.metrics != metrics:
        return {}
    if any(old.metric_weights.get(name, sha256) != sha256 for name, sha256 in protocol.metric_weights.items()):
        return {}
    return {key: pair for key, pair in old.pairs.items() if pair.skipped.keys() <= protocol.skipped.keys()}


def _get_measurement(value: object, key: str) -> float | None:
    """Read a measurement of `method.json`: one number for all pairs, or a dictionary with one number per pair.

    Returns None if the value is not a finite number; NaN would make the result file invalid JSON.
    """
    if isinstance(value, dict):
        value = value.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
