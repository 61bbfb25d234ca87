"""Score a folder of prediction files."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from panic3d.benchmark.pair_workers import ALONE, PairWorkers
from panic3d.benchmark.predictions import METHOD_FILE, Prediction, read_method_record, read_record_file
from panic3d.benchmark.protocols.metric import add_metrics, load_metrics
from panic3d.benchmark.protocols.protocol import Protocol, load_protocol
from panic3d.benchmark.results import MethodResult, PairResult, SuiteRecord, load_result
from panic3d.benchmark.share import WHOLE, Share, list_parts, remove_parts
from panic3d.benchmark.suites.suite import Suite
from panic3d.models.device import Device
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress
from panic3d.runtime.records import convert_record


@dataclass(frozen=True)
class ScoringRequest:
    """What the scores of all pairs have in common."""

    predictions: Path
    suite: Path
    protocol: str
    """With the switches that are off, as results record it."""
    device: Device

    def open(self) -> "PairScorer":
        """Load the protocol with its networks."""
        return PairScorer(self.predictions, Suite(self.suite), load_protocol(self.protocol, (), self.device))


class PairScorer:
    """Scores the predictions of a folder, pair by pair."""

    def __init__(self, folder: Path, suite: Suite, protocol: Protocol) -> None:
        self.folder, self.suite, self.protocol = folder, suite, protocol
        names = {column.name for column in protocol.columns}
        self.metrics = load_metrics(names) if protocol.accepts_metrics else {}
        _ = protocol.skipped  # loads the networks

    def __call__(self, key: str) -> PairResult:
        truth, prediction = self.suite.truth(key), Prediction(self.folder / key)
        scores = self.protocol.score(truth, prediction)
        add_metrics(scores, self.metrics.values(), truth, prediction)
        return PairResult(scores.numbers, scores.faults, scores.skipped, truth.sha256, prediction.sha256)


def score_predictions(
    folder: Path,
    suite: Suite,
    protocol: Protocol,
    name: str | None,
    path: Path,
    only_missing: bool = True,
    workers: PairWorkers = ALONE,
    share: Share = WHOLE,
) -> MethodResult:
    """Score every pair of a predictions folder that is in the `share` and save the result at `path`.

    With `only_missing`, a pair keeps the scores of an earlier result at `path` if its truth, its prediction and the
    protocol are the same. `name` is the name of the method; by default that in method.json, or else the name of the
    folder. `workers` share the pairs. One of several ranks saves its part beside `path`, which a process that has the
    whole suite joins. Raises UserError if the folder has no prediction for the suite.
    """
    if not any((folder / key).is_dir() for key in suite.keys):
        raise UserError(
            f"expected folders named after the pairs of {suite.name} in {folder}, such as {suite.keys[0]}/front.png; "
            "found none"
        )
    part = share.choose_file(folder / METHOD_FILE)
    record = read_record_file(part) or read_method_record(folder)
    scorer, keys, own = PairScorer(folder, suite, protocol), share.select(suite.keys), share.choose_file(path)
    described = {name: metric.describe() for name, metric in scorer.metrics.items()}
    old: dict[str, PairResult] = {}
    for place in (path, *list_parts(path)) if only_missing else ():
        old |= _load_reusable_pairs(place, suite, protocol, described)
    pairs = {}
    for key in keys:
        hashes = suite.truth(key).sha256, Prediction(folder / key).sha256
        if key in old and (old[key].truth_sha256, old[key].prediction_sha256) == hashes:
            pairs[key] = old[key]
    label = name or record.get("name") or folder.name
    todo = [key for key in keys if key not in pairs]
    request = ScoringRequest(folder.resolve(), suite.folder.resolve(), protocol.name, protocol.device)
    with Progress(f"score {label}", len(keys), len(pairs)) as progress:
        for key, pair in workers.iterate(request, todo, scorer):
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
        pairs={key: pairs[key] for key in keys},
    )
    result.save(own)
    if own == path:
        remove_parts(path)
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
