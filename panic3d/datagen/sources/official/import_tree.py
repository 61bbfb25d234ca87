"""`panic3d data import-official`: the authors' tree into our shards, with their splits by id."""

import importlib.metadata
import signal
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.datagen.sources.official.sample import official_key, official_members
from panic3d.datagen.sources.official.tree import Part, Tree
from panic3d.datagen.sources.official.views import UnusablePicture
from panic3d.runtime.errors import Interrupted, UserError
from panic3d.runtime.progress import Progress
from panic3d.shards.files import DISK_ERRORS, write_atomically
from panic3d.shards.index import write_index
from panic3d.shards.manifest import Manifest, Record
from panic3d.shards.plan import FILE_NAME, Dataset, load_dataset
from panic3d.shards.writer import put_sample, shard_keys, waiting, write_shard

RIGS_OF = {"vroid": "ortho5,persp8", "animerecon": "ortho4,spin12"}
MISSING = "missing.txt"


@dataclass(frozen=True)
class ImportOptions:
    """How the work is spread; nothing here but `size` changes a byte of the shards."""

    size: int = IMAGE_SIZE
    """Pixels a side of the authors' pictures."""
    per_shard: int = 64
    workers: int = 1
    retry_failed: bool = False


@dataclass(frozen=True)
class Imported:
    """What came of the tree."""

    manifest: Manifest
    splits: dict[str, list[str]]
    missing: list[str]
    """Files by name, relative to the tree; of general ones with what is done without them."""
    absent: list[str]
    """Listed ids without a front view: nothing of them can be used."""


def import_tree(tree: Tree, folder: Path, options: ImportOptions) -> Imported:
    """Writes what is missing in `folder`. UserError where the tree is none, the disk is full, or Ctrl-C came."""
    ids = tree.ids()
    missing = tree.missing_lists()
    keys: dict[str, str] = {}
    absent = []
    with Progress("look", len(ids)) as progress:
        for sample in ids:
            needed, other = tree.missing(sample)
            missing += needed + other
            if tree.views(sample)[0].colour in needed:
                absent.append(sample)
            else:
                keys[official_key(tree, sample)] = sample
            progress.step()
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / MISSING, "".join(f"{line}\n" for line in missing).encode())
    dataset = _open(tree, folder, options)
    dataset.extend(list(keys))
    by_sample = {sample: key for key, sample in keys.items()}
    dataset.splits = {
        name: sorted(by_sample[sample] for sample in listed if sample in by_sample)
        for name, listed in tree.splits.items()
        if name != "all"
    }
    dataset.save(folder)
    manifest = Manifest(folder / "manifest.jsonl")
    try:
        _convert(tree, folder, keys, dataset, manifest, options)
    finally:
        manifest.compact()
    dataset.update(folder, manifest)
    dataset.save(folder)
    write_index(folder, dataset, manifest)
    return Imported(manifest, dataset.splits, missing, absent)


def _open(tree: Tree, folder: Path, options: ImportOptions) -> Dataset:
    engine, rig = f"official-{tree.render_set}", RIGS_OF[tree.part]
    if (folder / FILE_NAME).exists():
        dataset = load_dataset(folder)
        if (dataset.engine, dataset.size) != (engine, options.size):
            raise UserError(f"{folder} holds {dataset.engine} at {dataset.size} px, not {engine} at {options.size} px: "
                            "give another --out")  # fmt: skip
        return dataset
    versions = {name: importlib.metadata.version(name) for name in ("panic3d", "numpy", "pillow")}
    return Dataset(rig, options.size, engine, {"part": tree.part}, versions, options.per_shard)


def _convert(
    tree: Tree, folder: Path, keys: dict[str, str], dataset: Dataset, manifest: Manifest, options: ImportOptions
) -> None:
    todo: list[tuple[int, str]] = []
    left: dict[int, set[str]] = {}
    for group, planned in enumerate(dataset.plan):
        there = shard_keys(folder, group) | set(waiting(folder, group))
        for key in planned:
            before = manifest.records.get(key)
            settled = before is not None and before.status == "failed" and not options.retry_failed
            if key in there:
                if before is None or before.status != "ok":  # killed between the sample and its line
                    manifest.put(Record(key, keys.get(key, ""), "ok"))
            elif key in keys and not settled:
                todo.append((group, key))
                left.setdefault(group, set()).add(key)
        if group not in left and waiting(folder, group):
            write_shard(folder, group)
    try:
        with Progress("import", len(todo)) as progress, _pool(options.workers) as pool:
            for group, key, record in _answers(pool, tree, folder, keys, todo, options):
                before = manifest.records.get(key)
                attempts = 1 + (before.attempts if before else 0)
                manifest.put(Record(key, keys[key], record.status, record.reason, attempts, record.seconds))
                left[group].discard(key)
                if not left[group] and waiting(folder, group):
                    write_shard(folder, group)
                progress.step(keys[key])
    except KeyboardInterrupt:
        raise Interrupted from None
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise UserError(f"cannot write to {folder} ({error.strerror}): make room and give the same command again"
                        ) from error  # fmt: skip


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor | None]:
    """Processes that start afresh (a fork would share torch's threads); none for a single worker."""
    if workers == 1:
        yield None
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _answers(
    pool: ProcessPoolExecutor | None,
    tree: Tree,
    folder: Path,
    keys: dict[str, str],
    todo: list[tuple[int, str]],
    options: ImportOptions,
) -> Iterator[tuple[int, str, Record]]:
    if pool is None:
        for group, key in todo:
            yield group, key, import_sample(tree.root, tree.part, folder, group, key, keys[key], options.size)
        return
    jobs: dict[Future[Record], tuple[int, str]] = {}
    ahead = iter(todo)
    while True:
        while len(jobs) < 2 * options.workers and (item := next(ahead, None)) is not None:
            with _children_deaf_to_ctrl_c():
                job = pool.submit(import_sample, tree.root, tree.part, folder, *item, keys[item[1]], options.size)
            jobs[job] = item
        if not jobs:
            return
        for job in wait(jobs, return_when=FIRST_COMPLETED).done:
            yield *jobs.pop(job), job.result()


@contextmanager
def _children_deaf_to_ctrl_c() -> Iterator[None]:
    """A process that is started meanwhile inherits the blocked signal; the parent alone tells the user."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


opened = cache(Tree)
"""One tree a process: what was read of it stays, and only its place travels to the workers."""


def import_sample(root: Path, part: Part, folder: Path, group: int, key: str, sample: str, size: int) -> Record:
    """Converts one sample and stores it among those that wait for their shard."""
    start_s = time.monotonic()
    try:
        put_sample(folder, group, key, official_members(opened(root, part), sample, size))
    except UnusablePicture as error:
        return Record(key, sample, "failed", str(error), seconds=round(time.monotonic() - start_s, 2))
    return Record(key, sample, "ok", seconds=round(time.monotonic() - start_s, 2))
