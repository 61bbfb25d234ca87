"""Worker processes that render: started when needed, replaced regularly, ended at their time or memory limit.

A process that crashes costs its avatar one retry and the others nothing.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import psutil

from panic3d.shards.executors import SampleJob, SampleResult

JOBS_PER_PROCESS = 50
"""Avatars that a process renders before it is replaced: Blender does not give all memory back."""
QUOTED_OUTPUT_CHARS = 400
"""How much of a crashed process's output its message quotes."""
CHECK_INTERVAL_S = 0.05
"""The time between two checks of a worker's memory."""
MB = 2**20


@dataclass(frozen=True)
class Limits:
    """The limits of one avatar."""

    timeout_s: float = 300.0
    max_memory_mb: int = 6144
    """Resident memory of the worker process."""


@dataclass(frozen=True)
class WorkerSettings:
    """What every job of a run has in common."""

    options: dict[str, Any]
    """`RenderOptions` as a dict."""
    limits: Limits
    threads: int = 1
    """Threads of one worker."""


class WorkerDied(Exception):
    """A worker process crashed, was killed or exceeded a limit. The message quotes its last output."""

    def __init__(self, message: str, try_again: bool) -> None:
        super().__init__(message)
        self.try_again = try_again


class Worker:
    """One process that renders one avatar at a time."""

    def __init__(self) -> None:
        self.jobs_done, self.peak_mb = 0, 0
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (lives as long as the process)
        self._process = subprocess.Popen(
            # -P: a file of the user's working directory, say cycles.py, must not hide a module that Blender imports
            [sys.executable, "-P", "-m", "panic3d.datagen.runner.worker", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            # Cycles has threads of its own; those of numpy in every worker would only compete with them
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    def run(self, job: SampleJob, settings: WorkerSettings) -> SampleResult:
        """Render one avatar. Raises WorkerDied where no result came within the limits."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._log.truncate(0)
        self.peak_mb = 0
        request = {"job": asdict(job), "options": settings.options, "threads": settings.threads}
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerDied(self._describe_exit(), try_again=True) from error
        self._wait(settings.limits)
        line = self._process.stdout.readline()
        if not line:
            raise WorkerDied(self._describe_exit(), try_again=True)
        self.jobs_done += 1
        return SampleResult(**json.loads(line))

    def _wait(self, limits: Limits) -> None:
        """Wait until the worker writes a result or ends. Raises WorkerDied where it exceeds a limit."""
        assert self._process.stdout is not None
        end_s = time.monotonic() + limits.timeout_s
        while not select.select([self._process.stdout], [], [], CHECK_INTERVAL_S)[0]:
            self.peak_mb = max(self.peak_mb, self._measure_memory_mb())
            if self.peak_mb > limits.max_memory_mb:
                self.kill()
                reason = f"took more than {limits.max_memory_mb} MB of memory and was stopped (--max-memory-mb)"
                # a process that has rendered before may still hold memory of earlier avatars: try a new one
                raise WorkerDied(reason, try_again=self.jobs_done > 0)
            if time.monotonic() > end_s:
                self.kill()
                reason = f"took longer than {limits.timeout_s:g} s and was stopped (--timeout)"
                raise WorkerDied(reason, try_again=False)

    def _measure_memory_mb(self) -> int:
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss // MB)
        except psutil.Error:  # it has just ended, which the caller notices when it reads the result
            return 0

    def _describe_exit(self) -> str:
        """Describe how the process ended, with the end of its output."""
        code = self._process.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        self._log.seek(0)
        lines = [
            line for line in self._log.read().splitlines() if line.strip() and not line.startswith(("Fra:", "Saved:"))
        ]
        output = " | ".join(lines)[-QUOTED_OUTPUT_CHARS:]
        return f"the rendering process {how}" + (f"; its last output: {output}" if output else "")

    def kill(self) -> None:
        """End the process. Its pipes stay open, because a thread may still be reading from them."""
        self._process.kill()
        self._process.wait()


class WorkerPool:
    """One worker process for each thread that calls `run`."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self._workers: dict[int, Worker] = {}
        self._lock = threading.Lock()
        self._closed = False

    def run(self, job: SampleJob) -> SampleResult:
        """Run a job on this thread's worker, and once more on a new one if the process died by no fault of the job."""
        for attempt in (1, 2):
            worker, start_s = self._get_worker(), time.monotonic()
            try:
                result = worker.run(job, self.settings)
                return replace(result, attempts=attempt)
            except WorkerDied as death:
                self._drop_worker()
                if self._closed or attempt == 2 or not death.try_again:
                    seconds = round(time.monotonic() - start_s, 2)
                    return SampleResult("failed", str(death), seconds, worker.peak_mb, attempt)
        raise AssertionError("unreachable")

    def _get_worker(self) -> Worker:
        thread = threading.get_ident()
        worker = self._workers.get(thread)
        if worker is not None and worker.jobs_done >= JOBS_PER_PROCESS:
            self._drop_worker()
            worker = None
        if worker is None:
            worker = Worker()
            with self._lock:
                self._workers[thread] = worker
        return worker

    def _drop_worker(self) -> None:
        with self._lock:
            worker = self._workers.pop(threading.get_ident(), None)
        if worker is not None:
            worker.kill()

    def close(self) -> None:
        """End all workers at once. Their jobs are lost and will be done again by the next run."""
        self._closed = True
        with self._lock:
            workers, self._workers = list(self._workers.values()), {}
        for worker in workers:
            worker.kill()
