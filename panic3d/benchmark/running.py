"""Run a method on a suite and write its predictions, with the time and memory of each."""

import hashlib
import logging
from collections.abc import Set
from pathlib import Path

from panic3d.benchmark.pair_workers import ALONE, PairWorkers
from panic3d.benchmark.predicting import BenchmarkEntry, PredictionRequest
from panic3d.benchmark.predictions import METHOD_FILE, Prediction, Quantisation, read_record_file
from panic3d.benchmark.share import WHOLE, Share, list_parts, remove_parts
from panic3d.benchmark.suites.suite import InputKind, Suite
from panic3d.datasets.splits import HASH_DIGITS
from panic3d.models.device import Device, choose_device
from panic3d.models.engine.checkpoint import read_avatars
from panic3d.models.line_removal.removers import find_remover_weights
from panic3d.registry import find_entry, resolve_weights
from panic3d.runtime.files import write_atomically
from panic3d.runtime.folder_lock import lock_folder
from panic3d.runtime.progress import Progress
from panic3d.shards.archive import SampleArchive
from panic3d.shards.plan import DATASET_FILE
from panic3d.shards.schema import compute_sha256, encode_json

logger = logging.getLogger(__name__)
SHOWN_PAIRS = 3
"""Number of pairs that a warning lists."""


def predict(
    entry: BenchmarkEntry,
    suite: Suite,
    given: InputKind,
    folder: Path,
    only_missing: bool = True,
    quantisation: Quantisation = "rounded",
    line_removal: str = "",
    workers: PairWorkers = ALONE,
    device: Device = "cpu",
    share: Share = WHOLE,
) -> None:
    """Write the predictions `folder/KEY/...` of a method for every pair of the `share`, and `folder/method.json`.

    One of several ranks writes its part of that file, which a process that has the whole suite joins.

    `line_removal` is the `NAME[=WEIGHTS]` of a line remover for drawings; empty for none. With `only_missing`, existing
    predictions from the same suite, weights and input are kept. `workers` share the pairs; networks run on `device`,
    several processes on its GPUs in turn.
    """
    place = choose_device(device)
    wanted = {
        "name": entry.label,
        "method": entry.method,
        "input": given,
        "weights_sha256": hash_weights(entry.weights_path),
        "suite_sha256": suite.identity["sha256"],
        "quantisation": quantisation,
    }
    if seen := find_training_pairs(entry, suite):
        wanted["notes"] = (
            f"{len(seen)} of {len(suite.keys)} pairs are in the training data of the method, so that their scores say "
            f"nothing about new characters: {', '.join(seen[:SHOWN_PAIRS])}{', ...' if len(seen) > SHOWN_PAIRS else ''}"
        )
        logger.warning("%s: %s", entry.label, wanted["notes"])
    if line_removal:
        wanted["line_removal"] = line_removal
        wanted["line_removal_sha256"] = hash_weights(find_remover_weights(line_removal))
    if place != "cpu":
        wanted["device"] = place
    whole, mine = folder / METHOD_FILE, share.select(suite.keys)
    seconds: dict[str, float] = {}
    peak_mb: dict[str, float] = {}
    for path in (whole, *list_parts(whole)) if only_missing else ():
        record = read_record_file(path)
        if all(record.get(name) == wanted.get(name) for name in {*wanted, "line_removal", "device"}):
            seconds |= record.get("seconds", {})
            peak_mb |= record.get("peak_mb", {})
    todo = [key for key in mine if not (key in seconds and Prediction(folder / key).is_complete())]
    own = share.choose_file(whole)
    if not todo and own.is_file() and (own != whole or not list_parts(whole)):
        return
    is_bound = find_entry(entry.method, "method", "oracle method").kind == "oracle method"
    kind = {"bound": True} if is_bound else {}
    absolute = entry.with_absolute_weights(), suite.folder.resolve(), given, folder.resolve()
    request = PredictionRequest(*absolute, quantisation, line_removal, place)
    kept = seconds.keys() if own == whole else seconds.keys() & set(mine)
    used_s, used_mb = ({key: value for key, value in field.items() if key in kept} for field in (seconds, peak_mb))

    def save() -> None:
        write_atomically(own, encode_json(wanted | kind | {"seconds": used_s, "peak_mb": used_mb}))

    with (
        lock_folder(folder, share.own_rank),
        Progress(f"predict {entry.label}", len(mine), len(mine) - len(todo)) as progress,
    ):
        if not todo:
            save()
        for key, cost in workers.iterate(request, todo):
            used_s[key], used_mb[key] = cost.seconds, cost.peak_mb
            save()
            progress.step(key)
        if own == whole:
            remove_parts(whole)


def find_training_pairs(entry: BenchmarkEntry, suite: Suite) -> list[str]:
    """Return the keys of the suite whose avatars, by content hash, are in the training data of the method.

    That is the dataset that it was given, or the one whose avatars its weights record. Empty where they record none, as
    those of earlier versions and of others.
    """
    weights = entry.weights_path
    if weights is None:
        return []
    known: Set[str]
    if (weights / DATASET_FILE).is_file():
        archive = SampleArchive(weights)
        known = {key[-HASH_DIGITS:] for key in archive.keys("train" if archive.dataset.splits else None)}
    else:
        known = read_avatars(weights)
    return [key for key in suite.keys if key[-HASH_DIGITS:] in known]


def hash_weights(weights: Path | None) -> str | None:
    """Return the sha256 of a weights file; None if it does not exist.

    For a folder it is that of its `weights.safetensors` or `dataset.json`, or else that of the list of its files.
    """
    if weights is not None and not weights.exists():
        weights = resolve_weights(weights)  # a name in a run folder, such as RUN/best
    if weights is None or not weights.exists():
        return None
    if weights.is_file():
        return compute_sha256(weights)
    for name in ("weights.safetensors", "dataset.json"):
        if (weights / name).is_file():
            return compute_sha256(weights / name)
    listing = "\n".join(f"{p.relative_to(weights)} {p.stat().st_size}" for p in sorted(weights.rglob("*")))
    return hashlib.sha256(listing.encode()).hexdigest()
