"""Generate many characters with worker processes; only missing characters are made."""

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from panic3d.datagen.synth.families import FAMILIES
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import convert_to_user_errors, write_atomically
from panic3d.runtime.folder_lock import lock_folder
from panic3d.runtime.progress import Progress
from panic3d.runtime.regular_files import read_file
from panic3d.runtime.worker_processes import ProcessPool
from panic3d.shards.metadata.labels import LABELS_FILE, parse_label

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class CharacterBatch:
    """The characters 0 to `count` - 1 of a seed, written to one folder."""

    out: Path
    count: int
    seed: int = 0
    family: str = "train"
    vrm: str = "1.0"
    turned_deg: float = 0.0
    """Largest yaw of the heads, which are turned at random; 0: they face the front."""

    def get_path(self, index: int) -> Path:
        """Return the path of a character's file."""
        return self.out / f"synth-{self.seed}-{index:06d}.vrm"


def write_batch(batch: CharacterBatch, workers: int) -> int:
    """Write the missing characters and labels.jsonl, and return the number of characters that were made.

    A character whose label matches its file is kept; labels of other files in the folder stay. Raises UserError where
    the folder cannot be written or another process writes to it, a worker is killed, or Ctrl-C or SIGTERM arrives;
    finished characters are labelled and kept.
    """
    with convert_to_user_errors(batch.out), lock_folder(batch.out):
        return _write_missing(batch, workers)


def _write_missing(batch: CharacterBatch, workers: int) -> int:
    labels = _read_labels(batch.out)
    todo = [index for index in range(batch.count) if not _is_complete(batch, index, labels)]
    try:
        with Progress("synth", batch.count, batch.count - len(todo)) as progress:
            for record in _make_records(batch, todo, min(workers, len(todo))):
                labels[record["file"]] = record
                progress.step(record["file"])
    except BrokenProcessPool:
        raise UserError("a worker process was killed; the same command goes on from here") from None
    finally:
        if todo and batch.out.is_dir():
            _write_labels(batch.out, labels)
    return len(todo)


def _make_records(batch: CharacterBatch, todo: list[int], workers: int) -> Iterator[dict[str, Any]]:
    """Yield the label records of the characters as they are finished."""
    if workers <= 1:
        yield from (_make_character(batch, index) for index in todo)
        return
    with _limit_worker_threads(), ProcessPool(workers) as pool:
        running: list[Future[dict[str, Any]]] = [pool.submit(_make_character, batch, index) for index in todo]
        try:
            for future in as_completed(running):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _make_character(batch: CharacterBatch, index: int) -> dict[str, Any]:
    from panic3d.datagen.synth.generate import write_character

    path = batch.get_path(index)
    return write_character(path, batch.seed, index, batch.family, batch.vrm, batch.turned_deg)


@contextmanager
def _limit_worker_threads() -> Iterator[None]:
    """Give processes that are started inside one BLAS thread each.

    Several threads would wait for each other over small matrices.
    """
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _read_labels(out: Path) -> dict[str, dict[str, Any]]:
    """Read the label records by file name; damaged lines are left out, so that their characters are made again."""
    labels: dict[str, dict[str, Any]] = {}
    path = out / LABELS_FILE
    for line in read_file(path).split(b"\n") if path.is_file() else []:
        try:
            record = dict(parse_label(line))
            labels[str(record["file"])] = record
        except (ValueError, KeyError):
            continue
    return labels


def _is_complete(batch: CharacterBatch, index: int, labels: dict[str, dict[str, Any]]) -> bool:
    """Return whether the character's file exists and matches its label and the current generator."""
    path = batch.get_path(index)
    record = labels.get(path.name, {})
    wanted = {"family": batch.family, "vrm": batch.vrm, "generator_version": FAMILIES[batch.family].version}
    return (
        all(record.get(key) == value for key, value in wanted.items())
        and record.get("turned_deg", 0.0) == batch.turned_deg
        and path.is_file()
        and hashlib.sha256(path.read_bytes()).hexdigest() == record.get("sha256")
    )


def _write_labels(out: Path, labels: dict[str, dict[str, Any]]) -> None:
    lines = [json.dumps(labels[name], sort_keys=True) for name in sorted(labels)]
    write_atomically(out / LABELS_FILE, "".join(f"{line}\n" for line in lines).encode())
