"""Rendering avatars into a dataset folder: which files there are, who renders them, and with what."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from panic3d.datagen.avatars.readers import AVATAR_SUFFIXES
from panic3d.datagen.engines.availability import check_engine, get_engine_version
from panic3d.datagen.runner.local_executor import LocalExecutor
from panic3d.datagen.runner.pool import Limits
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import convert_to_user_errors
from panic3d.shards.builder import BuildOptions, DatasetBuilder, DatasetSettings, assign_keys
from panic3d.shards.executors import Executor
from panic3d.shards.manifest import Manifest
from panic3d.shards.plan import DATASET_FILE


@dataclass(frozen=True)
class JobOptions:
    """How the work is done. Nothing here changes the content of a sample."""

    workers: int | None = None
    """Worker processes; None for as many as processors and memory allow."""
    timeout_s: float = 300.0
    """Time limit of one avatar."""
    max_memory_mb: int = Limits.max_memory_mb
    """Memory limit of one avatar."""
    per_shard: int = 64
    retry_failed: bool = False
    rank: int = 0
    world_size: int = 1
    executor: Literal["local", "ray"] = "local"


def find_avatars(paths: Iterable[Path]) -> list[Path]:
    """List the given files and every avatar below the given folders. Raises UserError where there is none."""
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


def render_avatars(
    avatars: str | Path | Iterable[str | Path],
    out: str | Path,
    options: RenderOptions | None = None,
    jobs: JobOptions = JobOptions(),
) -> Manifest:
    """Render avatar files, or folders of them, into the dataset folder `out`: what `panic3d render` does.

    `options` set what a sample holds (views, size, engine, ...), `jobs` how the work is done. Samples that are finished
    already are kept. Returns the manifest, which has the outcome of each avatar. Raises UserError where there are no
    avatars, the folder holds another kind of dataset, the engine cannot run or the disk is full.
    """
    given = [avatars] if isinstance(avatars, str | Path) else avatars
    return render_dataset(find_avatars(map(Path, given)), Path(out), options or RenderOptions(), jobs)


def render_dataset(
    files: Sequence[Path], folder: Path, options: RenderOptions, jobs: JobOptions = JobOptions()
) -> Manifest:
    """Render the samples of the files that are missing in `folder`, and return the manifest.

    Raises UserError where the folder holds another kind of dataset, the engine cannot run or the disk is full,
    Interrupted after Ctrl-C. Finished samples stay, and the same call continues from there.
    """
    check_engine(options.engine)
    build = BuildOptions(jobs.per_shard, jobs.retry_failed, jobs.rank, jobs.world_size)
    builder = DatasetBuilder(folder, _make_settings(options), build, "render")
    with convert_to_user_errors(folder):  # hashing the files takes a while
        sources, unreadable = assign_keys(files)
    return builder.build(sources, lambda count: _make_executor(options, jobs, folder, count), unreadable)


def _make_settings(options: RenderOptions) -> DatasetSettings:
    settings, defaults = asdict(options), asdict(RenderOptions(engine=options.engine))
    rig, size, engine = (settings.pop(name) for name in ("rig", "size", "engine"))
    return DatasetSettings(rig, size, engine, settings, defaults, lambda: get_engine_version(options.engine))


def _make_executor(options: RenderOptions, jobs: JobOptions, folder: Path, count: int) -> Executor:
    limits = Limits(jobs.timeout_s, jobs.max_memory_mb)
    if jobs.executor == "ray":
        from panic3d.datagen.runner.ray_executor import RayExecutor

        return RayExecutor(jobs.workers, asdict(options), limits, folder / DATASET_FILE)
    return LocalExecutor(jobs.workers, asdict(options), limits, count)
