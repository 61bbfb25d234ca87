"""One rank's part of the plan: what is done, what is to do, and when a shard is complete."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from panic3d.datagen.runner.executors import Executor
from panic3d.datagen.runner.pool import Answer, Job
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress
from panic3d.shards.manifest import Manifest, Record, Status
from panic3d.shards.writer import discard_waiting, mend_shard, shard_keys, waiting, write_shard

STATUS: dict[str, Status] = {"ok": "ok", "failed": "failed", "skipped": "skipped"}


def disk_full(folder: Path, reason: str) -> UserError:
    return UserError(f"cannot write to {folder} ({reason}): make room and give the same command again")


class Run:
    """Groups of keys on their way into shards. What is on disk is the truth; the manifest only tells of it."""

    def __init__(
        self,
        folder: Path,
        groups: dict[int, list[str]],
        sources: dict[str, Path],
        manifest: Manifest,
        retry_failed: bool,
    ) -> None:
        self.folder, self.groups, self.sources, self.manifest = folder, groups, sources, manifest
        self.retry_failed = retry_failed
        self.done: dict[int, set[str]] = {}
        self.todo: list[tuple[int, str]] = []
        self.lost: list[str] = []
        for group, keys in groups.items():
            if broken := mend_shard(folder, group):
                print(f"{broken}: its whole samples are kept, the others rendered again", file=sys.stderr)
            written = shard_keys(folder, group)
            held = set(waiting(folder, group))
            if held <= written:  # nothing, or killed between the tar's renaming and the clean-up
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
        retry = self.retry_failed and record is not None and record.status == "failed"
        if settled and not retry:
            return
        if key in self.sources:
            self.todo.append((group, key))
        elif not settled:
            self.lost.append(key)

    def go(self, options: dict[str, Any], make_executor: Callable[[], Executor], label: str = "render") -> None:
        """Makes what is to do and writes every shard that is complete. UserError where the disk is full."""
        if self.lost:
            some = ", ".join(self.lost[:3]) + (" ..." if len(self.lost) > 3 else "")
            print(f"{len(self.lost)} planned avatars are missing and were not given: {some}", file=sys.stderr)
        for group in self.groups:
            self._write_if_complete(group)
        with Progress(label, len(self.todo)) as progress:
            if not self.todo:
                return
            executor = make_executor()
            jobs = [
                Job(
                    key,
                    str(self.sources[key].absolute()),
                    str(self.folder.absolute()),
                    group,
                    options,
                    executor.threads,
                )
                for group, key in self.todo
            ]
            try:
                for job, answer in executor.run(jobs):
                    self._take(job, answer)
                    progress.step(job.key)
            finally:
                executor.close()

    def _take(self, job: Job, answer: Answer) -> None:
        if answer.status == "disk":
            raise disk_full(self.folder, answer.reason)
        before = self.manifest.records.get(job.key)
        attempts = answer.attempts + (before.attempts if before else 0)
        status = STATUS[answer.status]
        source = str(self.sources[job.key])
        self.manifest.put(Record(job.key, source, status, answer.reason, attempts, answer.seconds, answer.peak_mb))
        if status == "ok":
            self.done[job.group].add(job.key)
        self._write_if_complete(job.group)

    def _write_if_complete(self, group: int) -> None:
        if all(key in self.done[group] or self._settled(key) for key in self.groups[group]):
            if waiting(self.folder, group):
                write_shard(self.folder, group)
            discard_waiting(self.folder, group)

    def _settled(self, key: str) -> bool:
        record = self.manifest.records.get(key)
        return record is not None and record.status != "ok"
