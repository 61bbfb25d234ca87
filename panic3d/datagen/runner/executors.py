"""Who renders: worker processes of this machine, or (`ray_executor.py`) of a cluster."""

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import psutil

from panic3d.datagen.runner.pool import Answer, Job, Limits, WorkerPool
from panic3d.runtime.threads import usable_cores

WORKER_GB = 1.5
"""Memory that a worker usually takes: never start more than fit."""


@runtime_checkable
class Executor(Protocol):
    """Runs jobs in any order; what it does changes no byte of the shards."""

    threads: int
    """Of one worker."""

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Answer]]:
        """Each job with its answer, as they come."""
        ...

    def close(self) -> None:
        """Ends all workers at once; what they were at is lost and will be done again."""
        ...


class LocalExecutor:
    """A worker process a thread of this one."""

    def __init__(self, workers: int | None, limits: Limits, count: int) -> None:
        """As many workers as asked for, else as cores, memory and the `count` of jobs allow."""
        cpus = usable_cores()
        fitting = int(psutil.virtual_memory().available / 2**30 / WORKER_GB)
        self.workers = workers or max(1, min(cpus, fitting, count))
        self.threads = max(1, cpus // self.workers)
        self._pool = WorkerPool(limits)

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Answer]]:
        todo: queue.SimpleQueue[Job] = queue.SimpleQueue()
        answers: queue.SimpleQueue[tuple[Job, Answer]] = queue.SimpleQueue()
        for job in jobs:
            todo.put(job)

        def serve() -> None:
            while True:
                try:
                    job = todo.get_nowait()
                except queue.Empty:
                    return
                answers.put((job, self._pool.run(job)))

        for _ in range(min(self.workers, len(jobs))):
            threading.Thread(target=serve, daemon=True).start()
        for _ in jobs:
            yield answers.get()

    def close(self) -> None:
        self._pool.close()
