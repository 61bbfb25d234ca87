"""`DatasetBuilder`, which makes every dataset folder: rendered, imported or aligned.

It plans which key belongs to which shard, gives the missing samples to an executor, records each outcome, writes the
shards that are complete, and at the end `dataset.json` and `index.parquet`. A run that was stopped at any time can be
repeated: one process, several ranks and repeated runs write the same shards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from panic3d.runtime.errors import UserError
from panic3d.runtime.files import convert_to_user_errors
from panic3d.runtime.folder_lock import lock_folder
from panic3d.runtime.progress import Progress
from panic3d.shards.executors import Executor
from panic3d.shards.groups import ShardGroups, iterate_keys, select_groups
from panic3d.shards.index import write_index
from panic3d.shards.manifest import Manifest, ManifestRecord, list_rank_manifests, load_manifest
from panic3d.shards.plan import DATASET_FILE, DatasetInfo, collect_library_versions, load_dataset_info
from panic3d.shards.schema import make_plain_stem, make_source_key

UNREADABLE_SUFFIX = "-unreadable"
"""Replaces the hash in the key of a file that cannot be read."""


@dataclass(frozen=True)
class DatasetSettings:
    """How the samples of a folder are made. A folder holds samples of one kind, so all its runs must agree on this."""

    rig: str
    size: int
    """Side of the pictures in pixels."""
    engine: str
    options: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """The values of options that folders made before these options existed do not name."""
    extra_versions: Callable[[], Mapping[str, str]] = dict
    """Versions to record besides those of `collect_library_versions`; called for a new folder."""


@dataclass(frozen=True)
class BuildOptions:
    """How the work is done. Nothing here changes the content of a sample."""

    per_shard: int = 64
    """Samples per shard, for a new folder."""
    retry_failed: bool = False
    """Try the samples again that failed in an earlier run."""
    rank: int = 0
    world_size: int = 1
    """Group i belongs to rank i modulo `world_size`. With several ranks, `panic3d dataset merge` ends the work."""


class DatasetBuilder:
    """Builds one dataset folder."""

    def __init__(
        self, folder: Path, settings: DatasetSettings, options: BuildOptions = BuildOptions(), label: str = "build"
    ) -> None:
        """`label` names the work in the progress display."""
        self.folder, self.settings, self.options, self.label = folder, settings, options, label

    def build(
        self,
        sources: Mapping[str, Path | str],
        make_executor: Callable[[int], Executor],
        unreadable: Sequence[ManifestRecord] = (),
        splits: Mapping[str, list[str]] | None = None,
    ) -> Manifest:
        """Make the samples that are missing, and return the manifest.

        `sources` maps keys to what samples are made from. `make_executor` is called with the number of jobs, only if
        there are any. `unreadable` are records of sources that have no key, see `assign_keys`. `splits` replace those
        of the folder. Raises UserError where the folder holds another kind of dataset, another process builds it or the
        disk is full, Interrupted after Ctrl-C; finished samples stay, and the same call continues from there.
        """
        rank = self.options.rank if self.options.world_size > 1 else None
        with convert_to_user_errors(self.folder), lock_folder(self.folder, rank):
            info = self._open()
            changed = info.extend(list(sources))
            if splits is not None and info.splits != splits:
                info.splits, changed = dict(splits), True
            if changed:
                info.save(self.folder)
            return self._build(info, sources, make_executor, unreadable)

    def _build(
        self,
        info: DatasetInfo,
        sources: Mapping[str, Path | str],
        make_executor: Callable[[int], Executor],
        unreadable: Sequence[ManifestRecord],
    ) -> Manifest:
        rank, world_size = self.options.rank, self.options.world_size
        alone = world_size == 1
        mine = select_groups(info.plan, rank, world_size)
        manifest = load_manifest(self.folder, None if alone else rank, set(iterate_keys(mine)))
        groups = ShardGroups(self.folder, mine, sources, manifest, self.options.retry_failed)
        groups.write_complete_shards()
        self._run(groups, make_executor)
        for key in [key for key in manifest.records if key.endswith(UNREADABLE_SUFFIX)]:  # of an earlier run
            del manifest.records[key]
        if rank == 0:
            for record in unreadable:
                manifest.append(record)
        manifest.compact()
        if alone:
            finish_folder(self.folder, info, manifest)
        return manifest

    def _run(self, groups: ShardGroups, make_executor: Callable[[int], Executor]) -> None:
        with Progress(self.label, len(groups.jobs)) as progress:
            if not groups.jobs:
                return
            executor = make_executor(len(groups.jobs))
            try:
                for job, result in executor.run(groups.jobs):
                    groups.take(job, result)
                    progress.step(job.key)
            finally:
                executor.close()

    def _open(self) -> DatasetInfo:
        """Open the folder's `dataset.json` or make a new one. Raises UserError where the settings differ."""
        settings = self.settings
        if not (self.folder / DATASET_FILE).exists():
            versions = {**collect_library_versions(), **settings.extra_versions()}
            return DatasetInfo(
                settings.rig, settings.size, settings.engine, dict(settings.options), versions, self.options.per_shard
            )
        info = load_dataset_info(self.folder)
        common = {"engine": info.engine, "rig": info.rig, "size": info.size}
        found = {**settings.defaults, **info.options, **common}
        wanted = {"engine": settings.engine, "rig": settings.rig, "size": settings.size, **settings.options}
        for name, value in wanted.items():
            if found.get(name) != value:
                raise UserError(
                    f"{self.folder} was made with {name} {found.get(name)}, but this run has {name} {value}: give the "
                    "same options or another --out"
                )
        return info


def finish_folder(folder: Path, info: DatasetInfo, manifest: Manifest) -> None:
    """Write `dataset.json` and `index.parquet` after the shards or the manifest of a folder have changed."""
    info.update(folder, manifest)
    info.save(folder)
    write_index(folder, info, manifest)


def merge_ranks(folder: Path) -> list[str]:
    """Join the manifests of the ranks that built a folder, and write its records.

    Returns the planned keys that have no outcome yet; the manifests of the ranks are removed only if there are none.
    Raises UserError where no rank has written a manifest.
    """
    info, ranks = load_dataset_info(folder), list_rank_manifests(folder)
    if not ranks:
        raise UserError(f"{folder} holds no manifest.RANK.jsonl: nothing to merge")
    with lock_folder(folder):
        manifest = load_manifest(folder)
        manifest.compact()
        finish_folder(folder, info, manifest)
        missing = [key for key in info.keys() if key not in manifest.records]  # noqa: SIM118 (not a dict)
        if not missing:
            for path in ranks:
                path.unlink()
    return missing


def assign_keys(files: Iterable[Path]) -> tuple[dict[str, Path], list[ManifestRecord]]:
    """Map sample keys to files. Returns them with a failure record for each file that cannot be read."""
    sources: dict[str, Path] = {}
    unreadable: list[ManifestRecord] = []
    for file in files:
        try:
            sources[make_source_key(file)] = file
        except OSError as error:
            reason = f"{file} cannot be read: {error.strerror}"
            unreadable.append(ManifestRecord(make_plain_stem(file) + UNREADABLE_SUFFIX, str(file), "failed", reason))
    return sources, unreadable
