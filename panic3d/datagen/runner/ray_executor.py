"""Rendering on a Ray cluster whose nodes share the dataset folder: one actor and worker process per processor."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from panic3d.datagen.runner.local_executor import WORKER_MEMORY_GB
from panic3d.datagen.runner.pool import Limits, WorkerPool, WorkerSettings
from panic3d.runtime.cluster.ray_actors import MAX_ATTEMPTS, LostJob, RayActors
from panic3d.shards.executors import SampleJob, SampleResult


class RayExecutor:
    """Renders with actors, each with a worker process that may crash, hang or exceed its memory, as a local one may."""

    def __init__(self, workers: int | None, options: dict[str, Any], limits: Limits, shared_file: Path) -> None:
        """Join or start a cluster. Every node must have `shared_file`, a file of the dataset folder.

        Raises UserError as `RayActors` does.
        """
        make = partial(_make_runner, WorkerSettings(options, limits))
        self._actors: RayActors[SampleJob, SampleResult] = RayActors(make, workers, shared_file, WORKER_MEMORY_GB)

    def run(self, jobs: Sequence[SampleJob]) -> Iterator[tuple[SampleJob, SampleResult]]:
        for job, result in self._actors.run(jobs):
            if isinstance(result, LostJob):
                result = SampleResult("failed", result.reason, 0.0, 0, MAX_ATTEMPTS)
            yield job, result

    def close(self) -> None:
        self._actors.close()


def _make_runner(settings: WorkerSettings) -> Callable[[SampleJob], SampleResult]:
    return WorkerPool(settings).run
