"""Rendering by worker processes of this machine."""

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psutil

from panic3d.datagen.runner.pool import Limits, WorkerPool, WorkerSettings
from panic3d.runtime.threads import count_usable_cores
from panic3d.shards.executors import SampleJob, SampleResult

WORKER_MEMORY_GB = 1.5
"""Memory that a worker usually takes. No more workers are started than fit into the free memory."""


class LocalExecutor:
    """Renders with one worker process per thread of this process."""

    def __init__(self, workers: int | None, options: dict[str, Any], limits: Limits, count: int) -> None:
        """Start `workers` of them; if None, as many as processors, memory and the `count` of jobs allow."""
        processors = count_usable_cores()
        fitting = int(psutil.virtual_memory().available / 2**30 / WORKER_MEMORY_GB)
        self.workers = workers or max(1, min(processors, fitting, count))
        self._pool = WorkerPool(WorkerSettings(options, limits, max(1, processors // self.workers)))

    def run(self, jobs: Sequence[SampleJob]) -> Iterator[tuple[SampleJob, SampleResult]]:
        todo: queue.SimpleQueue[SampleJob] = queue.SimpleQueue()
        results: queue.SimpleQueue[tuple[SampleJob, SampleResult]] = queue.SimpleQueue()
        for job in jobs:
            todo.put(job)

        def run_jobs() -> None:
            while True:
                try:
                    job = todo.get_nowait()
                except queue.Empty:
                    return
                results.put((job, self._pool.run(job)))

        for _ in range(min(self.workers, len(jobs))):
            threading.Thread(target=run_jobs, daemon=True).start()
        for _ in jobs:
            yield results.get()

    def close(self) -> None:
        self._pool.close()
