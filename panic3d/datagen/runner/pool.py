"""Worker processes: started when needed, recycled, ended at their time or memory limit; a crash costs one retry."""

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

import psutil

RECYCLE_AFTER = 50
"""Avatars a process renders before it is replaced: Blender does not give all memory back."""
LAST_WORDS_CHARS = 400
LOOK_EVERY_S = 0.05
"""How often a worker's memory is looked at."""
MB = 2**20


@dataclass(frozen=True)
class Limits:
    """What one avatar may take."""

    timeout_s: float = 300.0
    max_memory_mb: int = 6144
    """Resident memory of the worker process."""


@dataclass(frozen=True)
class Job:
    """One avatar to render into the partial folder of its group. Paths are absolute: workers live elsewhere."""

    key: str
    source: str
    folder: str
    group: int
    options: dict[str, Any]
    threads: int


@dataclass(frozen=True)
class Answer:
    """What became of a job: a manifest's status, or `disk` where nothing more can be written."""

    status: str
    reason: str
    seconds: float
    peak_mb: int
    attempts: int = 1


class WorkerDied(Exception):
    """The process crashed, was killed or broke a limit; the message says how and what it last said."""

    def __init__(self, message: str, try_again: bool) -> None:
        super().__init__(message)
        self.try_again = try_again


class Worker:
    """One process that renders one avatar at a time."""

    def __init__(self) -> None:
        self.jobs_done, self.peak_mb = 0, 0
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (lives as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "panic3d.datagen.runner.worker", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            # Cycles has threads of its own; numpy's would only get in each other's way, worker by worker
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    def run(self, job: Job, limits: Limits) -> Answer:
        """The worker's answer. WorkerDied where none came within the limits."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._log.truncate(0)
        self.peak_mb = 0
        try:
            self._process.stdin.write(json.dumps(asdict(job)) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerDied(self._obituary(), try_again=True) from error
        self._wait(limits)
        line = self._process.stdout.readline()
        if not line:
            raise WorkerDied(self._obituary(), try_again=True)
        self.jobs_done += 1
        return Answer(**json.loads(line))

    def _wait(self, limits: Limits) -> None:
        """Returns when the worker says something or ends. WorkerDied beyond a limit."""
        assert self._process.stdout is not None
        end_s = time.monotonic() + limits.timeout_s
        while not select.select([self._process.stdout], [], [], LOOK_EVERY_S)[0]:
            self.peak_mb = max(self.peak_mb, self._memory_mb())
            if self.peak_mb > limits.max_memory_mb:
                self.kill()
                reason = f"took more than {limits.max_memory_mb} MB of memory and was stopped (--max-memory-mb)"
                # what earlier avatars left behind counts too: a used process is no proof
                raise WorkerDied(reason, try_again=self.jobs_done > 0)
            if time.monotonic() > end_s:
                self.kill()
                reason = f"took longer than {limits.timeout_s:g} s and was stopped (--timeout)"
                raise WorkerDied(reason, try_again=False)

    def _memory_mb(self) -> int:
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss // MB)
        except psutil.Error:  # it has just ended, which reading its answer will tell
            return 0

    def _obituary(self) -> str:
        code = self._process.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        self._log.seek(0)
        lines = [
            line for line in self._log.read().splitlines() if line.strip() and not line.startswith(("Fra:", "Saved:"))
        ]
        said = " | ".join(lines)[-LAST_WORDS_CHARS:]
        return f"the rendering process {how}" + (f"; its last words: {said}" if said else "")

    def kill(self) -> None:
        """Ends the process. A thread may still be waiting for it, so its pipes stay open until nobody holds them."""
        self._process.kill()
        self._process.wait()


class WorkerPool:
    """A worker for each thread that asks."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._workers: dict[int, Worker] = {}
        self._lock = threading.Lock()
        self._closed = False

    def run(self, job: Job) -> Answer:
        """Runs a job on this thread's worker; where that dies by no fault of the avatar's, once more on a new one."""
        for attempt in (1, 2):
            worker, start_s = self._worker(), time.monotonic()
            try:
                answer = worker.run(job, self.limits)
                return Answer(answer.status, answer.reason, answer.seconds, answer.peak_mb, attempt)
            except WorkerDied as death:
                self._drop()
                if self._closed or attempt == 2 or not death.try_again:
                    seconds = round(time.monotonic() - start_s, 2)
                    return Answer("failed", str(death), seconds, worker.peak_mb, attempt)
        raise AssertionError("unreachable")

    def _worker(self) -> Worker:
        thread = threading.get_ident()
        worker = self._workers.get(thread)
        if worker is not None and worker.jobs_done >= RECYCLE_AFTER:
            self._drop()
            worker = None
        if worker is None:
            worker = Worker()
            with self._lock:
                self._workers[thread] = worker
        return worker

    def _drop(self) -> None:
        with self._lock:
            worker = self._workers.pop(threading.get_ident(), None)
        if worker is not None:
            worker.kill()

    def close(self) -> None:
        """Ends all workers at once; what they were at is lost and will be done again."""
        self._closed = True
        with self._lock:
            workers, self._workers = list(self._workers.values()), {}
        for worker in workers:
            worker.kill()
