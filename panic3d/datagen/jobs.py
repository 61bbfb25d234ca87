"""Work units and their order: which avatars are to do, who does them, when a shard is complete."""

import importlib.metadata
import importlib.util
import os
import queue
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from panic3d.datagen.avatar import SUFFIXES
from panic3d.datagen.pool import WorkerPool
from panic3d.datagen.sample import RenderOptions
from panic3d.errors import UserError
from panic3d.progress import Progress
from panic3d.shards.manifest import Manifest, Record
from panic3d.shards.plan import FILE_NAME, Dataset, load_dataset
from panic3d.shards.schema import key_of
from panic3d.shards.writer import discard_waiting, shard_keys, shard_record, waiting, write_shard

WORKER_GB = 1.5
"""Memory that a worker may take: never start more than fit."""


@dataclass(frozen=True)
class JobOptions:
    """How the work is spread; nothing here changes a byte of the shards."""

    workers: int | None = None
    timeout_s: float = 300.0
    per_shard: int = 64
    retry_failed: bool = False
    rank: int = 0
    world_size: int = 1


def find_avatars(paths: Iterable[Path]) -> list[Path]:
    """Files as given, and every avatar in a folder, however deep. UserError where there is none."""
    paths = list(paths)
    for path in paths:
        if not path.exists():
            raise UserError(f"no such file or folder: {path}: give .vrm, .glb or .gltf files, or folders of them")
    files: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        files += [file for file in inside if not path.is_dir() or file.suffix.lower() in SUFFIXES]
    files = [file for file in files if file.is_file()]
    if not files:
        where = ", ".join(map(str, paths))
        raise UserError(f"no avatar in {where}: expected {', '.join(SUFFIXES)} files, found none")
    return list(dict.fromkeys(files))


def render_dataset(
    files: Sequence[Path], folder: Path, options: RenderOptions, jobs: JobOptions = JobOptions()
) -> Manifest:
    """Renders what is missing of the files' samples into `folder` and gives the manifest.

    UserError where the folder holds another kind of dataset, the disk is full, or Ctrl-C came; whatever was finished
    stays, and the same call goes on from there.
    """
    if importlib.util.find_spec("bpy") is None:
        raise UserError("rendering needs Blender's module bpy, which is not installed: pip install 'panic3d[blender]'")
    folder.mkdir(parents=True, exist_ok=True)
    sources = {key_of(file): file for file in files}
    dataset = _open_dataset(folder, options, jobs.per_shard)
    dataset.extend(list(sources))
    dataset.save(folder)
    alone = jobs.world_size == 1
    manifest = Manifest(folder / ("manifest.jsonl" if alone else f"manifest.{jobs.rank}.jsonl"))
    mine = {group: keys for group, keys in enumerate(dataset.plan) if group % jobs.world_size == jobs.rank}
    run = _Run(folder, mine, sources, manifest, jobs)
    try:
        run.render(asdict(options))
    finally:
        manifest.compact()
    if alone:
        dataset.update(manifest, [shard_record(folder, group) for group in range(len(dataset.plan))])
        dataset.save(folder)
    return manifest


def _open_dataset(folder: Path, options: RenderOptions, per_shard: int) -> Dataset:
    settings = asdict(options)
    rig, size, engine = (settings.pop(name) for name in ("rig", "size", "engine"))
    if (folder / FILE_NAME).exists():
        dataset = load_dataset(folder)
        unsaid = asdict(RenderOptions())  # an option that came after the folder was made
        found = {**unsaid, "rig": dataset.rig, "size": dataset.size, "engine": dataset.engine, **dataset.options}
        asked = {"rig": rig, "size": size, "engine": engine, **settings}
        for name in asked:
            if found.get(name) != asked[name]:
                raise UserError(
                    f"{folder} was rendered with {name} {found.get(name)}, now {asked[name]} is asked for: "
                    "give the same options or another --out"
                )
        return dataset
    versions = {name: importlib.metadata.version(name) for name in ("panic3d", "bpy", "numpy", "pillow")}
    return Dataset(rig, size, engine, settings, versions, per_shard)


class _Run:
    """One rank's part of the plan."""

    def __init__(
        self,
        folder: Path,
        groups: dict[int, list[str]],
        sources: dict[str, Path],
        manifest: Manifest,
        jobs: JobOptions,
    ) -> None:
        self.folder, self.groups, self.sources, self.manifest, self.jobs = folder, groups, sources, manifest, jobs
        self.done: dict[int, set[str]] = {}
        self.todo: list[tuple[int, str]] = []
        for group, keys in groups.items():
            written = shard_keys(folder, group)
            held = set(waiting(folder, group))
            if held and held <= written:  # killed between the tar's renaming and the clean-up
                discard_waiting(folder, group)
            self.done[group] = written | held
            for key in keys:
                self._sort_out(group, key)

    def _sort_out(self, group: int, key: str) -> None:
        record = self.manifest.records.get(key)
        if key in self.done[group]:
            if record is None or record.status != "ok":  # killed between the sample and its line
                self.manifest.put(Record(key, str(self.sources.get(key, "")), "ok"))
            return
        settled = record is not None and record.status != "ok"
        retry = self.jobs.retry_failed and record is not None and record.status == "failed"
        if key in self.sources and (not settled or retry):
            self.todo.append((group, key))

    def render(self, options: dict[str, Any]) -> None:
        cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        fitting = int(psutil.virtual_memory().available / 2**30 / WORKER_GB)
        workers = self.jobs.workers or max(1, min(cpus, fitting, len(self.todo)))
        threads = max(1, cpus // workers)
        todo: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        answers: queue.SimpleQueue[tuple[int, str, dict[str, Any]]] = queue.SimpleQueue()
        for item in self.todo:
            todo.put(item)
        pool = WorkerPool(self.jobs.timeout_s)

        def serve() -> None:
            while True:
                try:
                    group, key = todo.get_nowait()
                except queue.Empty:
                    return
                job = {
                    "source": str(self.sources[key]),
                    "folder": str(self.folder),
                    "group": group,
                    "key": key,
                    "options": options,
                    "threads": threads,
                }
                answers.put((group, key, pool.run(job)))

        for group in self.groups:
            self._write_if_complete(group)
        try:
            with Progress("render", len(self.todo)) as progress:
                for _ in range(min(workers, len(self.todo))):
                    threading.Thread(target=serve, daemon=True).start()
                for _ in self.todo:
                    group, key, answer = answers.get()
                    self._take(group, key, answer)
                    progress.step(key)
        except KeyboardInterrupt:
            raise UserError("stopped by Ctrl-C; the same command goes on from here") from None
        finally:
            pool.close()

    def _take(self, group: int, key: str, answer: dict[str, Any]) -> None:
        if answer["status"] == "disk":
            raise UserError(
                f"cannot write to {self.folder} ({answer['reason']}): make room and give the same command again"
            )
        before = self.manifest.records.get(key)
        attempts = answer["attempts"] + (before.attempts if before else 0)
        source = str(self.sources[key])
        self.manifest.put(
            Record(key, source, answer["status"], answer["reason"], attempts, answer["seconds"], answer["peak_mb"])
        )
        if answer["status"] == "ok":
            self.done[group].add(key)
        self._write_if_complete(group)

    def _write_if_complete(self, group: int) -> None:
        settled = {key for key, record in self.manifest.records.items() if record.status != "ok"}
        if set(self.groups[group]) <= self.done[group] | settled and waiting(self.folder, group):
            write_shard(self.folder, group)
