"""Worker processes: started when needed, recycled, killed at their time limit; a crash costs one avatar one try."""

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from typing import Any

RECYCLE_AFTER = 50
"""Avatars a process renders before it is replaced: Blender does not give all memory back."""
LAST_WORDS_CHARS = 400


class WorkerDied(Exception):
    """The process crashed, was killed or ran out of time; the message says how and what it last said."""


class Worker:
    """One process that renders one avatar at a time."""

    def __init__(self) -> None:
        self.jobs_done = 0
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (lives as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "panic3d.datagen.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            # Cycles has threads of its own; numpy's would only get in each other's way, worker by worker
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    def run(self, job: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """The worker's answer. WorkerDied where none came in time."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._log.truncate(0)
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerDied(self._obituary()) from error
        ready, _, _ = select.select([self._process.stdout], [], [], timeout_s)
        if not ready:
            self.kill()
            raise WorkerDied(f"took longer than {timeout_s:.0f} s and was stopped (--timeout)")
        line = self._process.stdout.readline()
        if not line:
            raise WorkerDied(self._obituary())
        self.jobs_done += 1
        answer: dict[str, Any] = json.loads(line)
        return answer

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

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._workers: dict[int, Worker] = {}
        self._lock = threading.Lock()
        self._closed = False

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """Runs a job on this thread's worker; where that dies, once more on a new one. The answer gains `attempts`."""
        for attempt in (1, 2):
            worker = self._worker()
            try:
                return {**worker.run(job, self.timeout_s), "attempts": attempt}
            except WorkerDied as death:
                self._drop()
                timed_out = "longer than" in str(death)
                if self._closed or attempt == 2 or timed_out:
                    return {"status": "failed", "reason": str(death), "seconds": 0.0, "peak_mb": 0, "attempts": attempt}
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
