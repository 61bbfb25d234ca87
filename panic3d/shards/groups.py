"""The groups of one rank: which samples exist, which are still to be made, and when a shard can be written."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from panic3d.runtime.files import make_disk_full_error
from panic3d.shards.executors import SampleJob, SampleResult
from panic3d.shards.manifest import LOST_SAMPLE, Manifest, ManifestRecord, Status
from panic3d.shards.writer import (
    discard_broken,
    discard_pending,
    list_pending,
    read_shard_keys,
    repair_shard,
    write_shard,
)

logger = logging.getLogger(__name__)
LISTED_KEYS = 3
"""Missing keys that a message names."""
STATUS_OF_RESULT: dict[str, Status] = {"ok": "ok", "failed": "failed", "skipped": "skipped"}


class ShardGroups:
    """Groups of keys that become shards.

    The samples on disk decide what is finished; the manifest is corrected where a kill made it differ from them.
    """

    def __init__(
        self,
        folder: Path,
        groups: Mapping[int, list[str]],
        sources: Mapping[str, Path | str],
        manifest: Manifest,
        retry_failed: bool,
    ) -> None:
        """Repair broken shards and find out what is to be made. `groups` are those of this rank."""
        self.folder, self.groups, self.sources, self.manifest = folder, groups, sources, manifest
        self.retry_failed = retry_failed
        self.finished: dict[int, set[str]] = {}
        self.jobs: list[SampleJob] = []
        self.open: set[str] = set()
        """The keys of the jobs without a result. Their records, which are to be replaced, settle nothing."""
        self.without_source: list[str] = []
        self.lost: dict[int, set[str]] = {}
        """The keys of each damaged group whose samples were there once."""
        for group, keys in groups.items():
            if broken := repair_shard(folder, group):
                logger.warning("%s: its complete samples are kept, the others are made again if given", broken)
                self.lost[group] = set()
            written = read_shard_keys(folder, group)
            pending = set(list_pending(folder, group))
            if pending <= written:  # none, or killed between the renaming of the tar and the removal of its samples
                discard_pending(folder, group)
            self.finished[group] = written | pending
            for key in keys:
                self._classify(group, key)
        if self.without_source:
            some = ", ".join(self.without_source[:LISTED_KEYS])
            more = " ..." if len(self.without_source) > LISTED_KEYS else ""
            logger.warning(
                "%d planned samples are missing, and their sources were not given: %s%s",
                len(self.without_source),
                some,
                more,
            )

    def write_complete_shards(self) -> None:
        """Write every shard whose group needs nothing more."""
        for group in self.groups:
            self._write_if_complete(group)

    def take(self, job: SampleJob, result: SampleResult) -> None:
        """Record a result, and write the shard of the job's group if that is complete now.

        Raises UserError where the disk is full.
        """
        if result.status == "disk":
            raise make_disk_full_error(self.folder, result.reason)
        if result.traceback:
            logger.debug("%s: %s", job.source, result.traceback)
        before = self.manifest.records.get(job.key)
        attempts = result.attempts + (before.attempts if before else 0)
        status, source = STATUS_OF_RESULT[result.status], str(self.sources[job.key])
        self.manifest.append(
            ManifestRecord(job.key, source, status, result.reason, attempts, result.seconds, result.peak_mb)
        )
        self.open.remove(job.key)
        if status == "ok":
            self.finished[job.group].add(job.key)
        self._write_if_complete(job.group)

    def _classify(self, group: int, key: str) -> None:
        record = self.manifest.records.get(key)
        if key in self.finished[group]:
            if record is None or record.status != "ok":  # killed between the sample and its line
                self.manifest.append(ManifestRecord(key, str(self.sources.get(key, "")), "ok"))
            return
        if record is not None and (record.status == "ok" or record.is_lost):
            self.lost.setdefault(group, set()).add(key)
        retry = record is not None and (record.is_lost or (self.retry_failed and record.status == "failed"))
        if self._is_settled(key) and not retry:
            return
        if key in self.sources:
            self.jobs.append(self._make_job(group, key))
            self.open.add(key)
        elif record is None:
            self.without_source.append(key)
        elif record.status == "ok":
            self.manifest.append(replace(record, status="failed", reason=LOST_SAMPLE))

    def _make_job(self, group: int, key: str) -> SampleJob:
        source = self.sources[key]
        name = str(source.absolute()) if isinstance(source, Path) else source
        return SampleJob(key, name, str(self.folder.absolute()), group)

    def _is_settled(self, key: str) -> bool:
        """Return whether the manifest says that there will be no sample."""
        record = self.manifest.records.get(key)
        return record is not None and record.status != "ok" and key not in self.open

    def _write_if_complete(self, group: int) -> None:
        if all(key in self.finished[group] or self._is_settled(key) for key in self.groups[group]):
            if list_pending(self.folder, group):
                write_shard(self.folder, group)
            discard_pending(self.folder, group)
            if self.lost.get(group) is not None and self.lost[group] <= self.finished[group]:
                discard_broken(self.folder, group)


def select_groups(plan: list[list[str]], rank: int, world_size: int) -> dict[int, list[str]]:
    """Return the groups of a rank: group i belongs to rank i modulo `world_size`."""
    return {group: keys for group, keys in enumerate(plan) if group % world_size == rank}


def iterate_keys(groups: Mapping[int, list[str]]) -> Iterator[str]:
    """Iterate over the keys of groups."""
    for keys in groups.values():
        yield from keys
