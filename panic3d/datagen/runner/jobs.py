"""Work units and their order: which avatars are to do, who does them, when a shard is complete."""

import importlib.metadata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from panic3d.datagen.avatars.readers import AVATAR_SUFFIXES
from panic3d.datagen.engines.engine import check_engine, engine_version
from panic3d.datagen.runner.executors import Executor, LocalExecutor
from panic3d.datagen.runner.pool import Limits
from panic3d.datagen.runner.run import Run, disk_full
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.runtime.errors import Interrupted, UserError
from panic3d.shards.files import DISK_ERRORS
from panic3d.shards.index import write_index
from panic3d.shards.manifest import Manifest, Record, manifest_of
from panic3d.shards.plan import FILE_NAME, Dataset, load_dataset
from panic3d.shards.schema import key_of, plain_stem

UNREADABLE = "-unreadable"
"""Stands in a key for the hash of a file that cannot be read."""


@dataclass(frozen=True)
class JobOptions:
    """How the work is spread; nothing here changes a byte of the shards."""

    workers: int | None = None
    timeout_s: float = 300.0
    max_memory_mb: int = Limits.max_memory_mb
    per_shard: int = 64
    retry_failed: bool = False
    rank: int = 0
    world_size: int = 1
    executor: Literal["local", "ray"] = "local"


def find_avatars(paths: Iterable[Path]) -> list[Path]:
    """Files as given, and every avatar in a folder, however deep. UserError where there is none."""
    paths = list(paths)
    for path in paths:
        if not path.exists():
            raise UserError(f"no such file or folder: {path}: give .vrm, .glb or .gltf files, or folders of them")
    files: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        files += [file for file in inside if not path.is_dir() or file.suffix.lower() in AVATAR_SUFFIXES]
    files = [file for file in files if file.is_file()]
    if not files:
        where = ", ".join(map(str, paths))
        raise UserError(f"no avatar in {where}: expected {', '.join(AVATAR_SUFFIXES)} files, found none")
    return list(dict.fromkeys(files))


def render_dataset(
    files: Sequence[Path], folder: Path, options: RenderOptions, jobs: JobOptions = JobOptions()
) -> Manifest:
    """Renders what is missing of the files' samples into `folder` and gives the manifest.

    UserError where the folder holds another kind of dataset, the disk is full, or Ctrl-C came; whatever was finished
    stays, and the same call goes on from there.
    """
    check_engine(options.engine)
    try:
        return _render(files, folder, options, jobs)
    except KeyboardInterrupt:
        raise Interrupted from None
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise disk_full(folder, str(error)) from error


def _render(files: Sequence[Path], folder: Path, options: RenderOptions, jobs: JobOptions) -> Manifest:
    folder.mkdir(parents=True, exist_ok=True)
    sources, unreadable = _keys(files)
    dataset = _open_dataset(folder, options, jobs.per_shard)
    if dataset.extend(list(sources)):
        dataset.save(folder)
    alone = jobs.world_size == 1
    mine = {group: keys for group, keys in enumerate(dataset.plan) if group % jobs.world_size == jobs.rank}
    manifest = manifest_of(folder, None if alone else jobs.rank, {key for keys in mine.values() for key in keys})
    run = Run(folder, mine, sources, manifest, jobs.retry_failed)
    limits = Limits(jobs.timeout_s, jobs.max_memory_mb)
    run.go(asdict(options), lambda: _executor(jobs, limits, folder, len(run.todo)))
    for key in [key for key in manifest.records if key.endswith(UNREADABLE)]:  # of an earlier run
        del manifest.records[key]
    if jobs.rank == 0:
        for record in unreadable:
            manifest.put(record)
    manifest.compact()
    if alone:
        dataset.update(folder, manifest)
        dataset.save(folder)
        write_index(folder, dataset, manifest)
    return manifest


def _executor(jobs: JobOptions, limits: Limits, folder: Path, count: int) -> Executor:
    if jobs.executor == "ray":
        from panic3d.datagen.runner.ray_executor import RayExecutor

        return RayExecutor(jobs.workers, limits, folder / FILE_NAME)
    return LocalExecutor(jobs.workers, limits, count)


def _keys(files: Sequence[Path]) -> tuple[dict[str, Path], list[Record]]:
    """Files by sample key, and a record of each that the system does not let us read."""
    sources: dict[str, Path] = {}
    unreadable: list[Record] = []
    for file in files:
        try:
            sources[key_of(file)] = file
        except OSError as error:
            reason = f"{file} cannot be read: {error.strerror}"
            unreadable.append(Record(plain_stem(file) + UNREADABLE, str(file), "failed", reason))
    return sources, unreadable


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
    versions = {name: importlib.metadata.version(name) for name in ("panic3d", "numpy", "pillow")}
    versions |= engine_version(options.engine)
    return Dataset(rig, size, engine, settings, versions, per_shard)
