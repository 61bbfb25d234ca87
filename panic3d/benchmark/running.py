"""A method over a suite: predictions as files, with the time and memory of each."""

import hashlib
import importlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from panic3d.benchmark.predictions import Prediction, Quantisation, method_record, write_prediction
from panic3d.benchmark.suites.suite import Input, Suite
from panic3d.models.line_removal.removers import load_remover, weights_of
from panic3d.models.method import METHODS, Bound, load_entrant
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress
from panic3d.shards.files import write_atomically
from panic3d.shards.schema import json_bytes, sha256_of


@dataclass(frozen=True)
class Entrant:
    """A method that is to run, under a label of its own."""

    label: str
    method: str
    weights: Path | None

    @classmethod
    def parse(cls, text: str) -> "Entrant":
        """From `[LABEL:]NAME[=WEIGHTS]`. UserError where there is no such method or nothing at its weights' path."""
        name, _, weights = text.partition("=")
        label, _, method = name.rpartition(":")
        check_method(method, Path(weights) if weights else None)
        return cls(label or method, method, Path(weights) if weights else None)


def predict(
    entrant: Entrant,
    suite: Suite,
    given: Input,
    folder: Path,
    only_missing: bool = True,
    quantisation: Quantisation = "rounded",
    line_removal: str = "",
) -> None:
    """Writes `folder/KEY/...` for every pair and `folder/method.json`.

    `line_removal`: `NAME[=WEIGHTS]` of what is done to drawings first; nothing if empty.
    Pairs that are there and were made from the same suite, weights and input in the same way are left alone.
    """
    wanted = {
        "name": entrant.label,
        "method": entrant.method,
        "input": given,
        "weights_sha256": weights_sha256(entrant.weights or shipped_weights(entrant.method)),
        "suite_sha256": suite.identity["sha256"],
        "quantisation": quantisation,
    }
    if line_removal:
        wanted["line_removal"] = line_removal
        wanted["line_removal_sha256"] = weights_sha256(weights_of(line_removal))
    record = method_record(folder)
    keep = only_missing and all(record.get(n) == wanted.get(n) for n in {*wanted, "line_removal"})
    seconds: dict[str, float] = dict(record.get("seconds", {})) if keep else {}
    peak_mb: dict[str, float] = dict(record.get("peak_mb", {})) if keep else {}
    todo = [key for key in suite.keys if not (keep and key in seconds and Prediction(folder / key).complete())]
    if not todo:
        return
    folder.mkdir(parents=True, exist_ok=True)
    remover = load_remover(line_removal) if line_removal else None
    model = load_entrant(entrant.method, entrant.weights)
    kind = {"bound": True} if isinstance(model, Bound) else {}
    with Progress(f"predict {entrant.label}", len(suite.keys), len(suite.keys) - len(todo)) as progress:
        for key in todo:
            portrait, truth = suite.portrait(key, given, remover), suite.truth(key)
            reset_peak_memory()
            start_s = time.perf_counter()
            head = model.reconstruct_from(truth) if isinstance(model, Bound) else model.reconstruct(portrait)
            write_prediction(folder / key, head, quantisation)
            seconds[key] = round(time.perf_counter() - start_s, 3)
            peak_mb[key] = peak_memory_mb()
            write_atomically(
                folder / "method.json", json_bytes(wanted | kind | {"seconds": seconds, "peak_mb": peak_mb})
            )
            progress.step(key)


def check_method(method: str, weights: Path | None) -> None:
    """UserError where there is no such method or nothing at the path of its weights."""
    if method not in METHODS:
        load_entrant(method, weights)  # says which there are
    if weights is not None and not weights.exists():
        raise UserError(f"expected the weights of '{method}' at {weights}, found nothing there")


def shipped_weights(method: str) -> Path | None:
    """The weights that come with a method and that it uses where none are named; None where none come with it."""
    path: Path | None = getattr(importlib.import_module(METHODS[method].split(":")[0]), "SHIPPED_WEIGHTS", None)
    return path


def weights_sha256(weights: Path | None) -> str | None:
    """Of a weight file; of a folder, that of its `weights.safetensors` or `dataset.json`, else of its file list."""
    if weights is None or not weights.exists():
        return None
    if weights.is_file():
        return sha256_of(weights)
    for name in ("weights.safetensors", "dataset.json"):
        if (weights / name).is_file():
            return sha256_of(weights / name)
    listing = "\n".join(f"{p.relative_to(weights)} {p.stat().st_size}" for p in sorted(weights.rglob("*")))
    return hashlib.sha256(listing.encode()).hexdigest()


def reset_peak_memory() -> None:
    """Makes Linux count this process's peak resident memory anew; elsewhere the peak is that of the whole run."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_memory_mb() -> float:
    """Peak resident memory of this process since the last reset."""
    status = Path("/proc/self/status")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.is_file() else None
    return round(int(peak[1]) / 1024 if peak else psutil.Process().memory_info().rss / 2**20, 1)
