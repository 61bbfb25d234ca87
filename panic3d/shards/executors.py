"""Who makes the samples of a dataset: the interface that a builder drives, this process, or several processes.

Executors with more needs live with those who need them, such as the render workers in `panic3d.datagen.runner`.
"""

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from panic3d.runtime.errors import UserError, explain_unexpected_error
from panic3d.runtime.files import DISK_ERRORS
from panic3d.runtime.sentences import shorten_sentence
from panic3d.runtime.worker_processes import ProcessPool
from panic3d.shards.writer import store_sample

ResultStatus = Literal["ok", "failed", "skipped", "disk"]
"""The statuses of a manifest, and `disk` where nothing more can be written."""


@dataclass(frozen=True)
class SampleJob:
    """One sample to make and to store among the pending ones of its group."""

    key: str
    source: str
    """An absolute path, or another name that the executor understands."""
    folder: str
    """The dataset folder, absolute."""
    group: int


@dataclass(frozen=True)
class SampleResult:
    """The outcome of a job. `reason` is one sentence, empty where the status is `ok`."""

    status: ResultStatus
    reason: str
    seconds: float
    peak_mb: int
    attempts: int = 1
    traceback: str = ""
    """Of an error that is not expected; for the log."""


class SampleError(Exception):
    """A sample cannot be made of its source. The message is one sentence."""


class SampleSkipped(SampleError):
    """A sample is left out on purpose. The message is one sentence."""


MakeMembers = Callable[[SampleJob], dict[str, bytes]]
"""Makes the members of a job's sample, by name without the key. Raises SampleError or SampleSkipped."""


@runtime_checkable
class Executor(Protocol):
    """Runs jobs in any order. Nothing that an executor decides may change a byte of the shards."""

    def run(self, jobs: Sequence[SampleJob]) -> Iterator[tuple[SampleJob, SampleResult]]:
        """Iterate over the jobs with their results, in the order in which they finish."""
        ...

    def close(self) -> None:
        """End all work at once. Jobs that are running are lost and will be done again by the next run."""
        ...


def run_job(job: SampleJob, make_members: MakeMembers) -> SampleResult:
    """Make and store one sample. An error of the source becomes the result; only a full disk concerns other jobs."""
    start_s = time.monotonic()
    status: ResultStatus = "ok"
    reason = trace = ""
    try:
        store_sample(Path(job.folder), job.group, job.key, make_members(job))
    except SampleSkipped as error:
        status, reason = "skipped", str(error)
    except (SampleError, UserError) as error:
        status, reason = "failed", str(error)
    except OSError as error:
        full = error.errno in DISK_ERRORS
        status, reason = ("disk" if full else "failed"), (full and error.strerror) or str(error)
    except Exception as error:  # whatever one source causes must not end the others' work
        status, reason = "failed", explain_unexpected_error(error)
        trace = "".join(traceback.format_exception(error))
    seconds = round(time.monotonic() - start_s, 2)
    return SampleResult(status, shorten_sentence(" ".join(reason.split())), seconds, 0, traceback=trace)


class InProcessExecutor:
    """Makes one sample after the other in this process."""

    def __init__(self, make_members: MakeMembers) -> None:
        self.make_members = make_members

    def run(self, jobs: Sequence[SampleJob]) -> Iterator[tuple[SampleJob, SampleResult]]:
        for job in jobs:
            yield job, run_job(job, self.make_members)

    def close(self) -> None:
        """Do nothing: no work is left running."""


class ProcessExecutor:
    """Makes samples in worker processes of this machine."""

    def __init__(self, make_members: MakeMembers, workers: int) -> None:
        """`make_members` must be picklable."""
        self.make_members, self.workers = make_members, workers
        self._pool = ProcessPool(workers)

    def run(self, jobs: Sequence[SampleJob]) -> Iterator[tuple[SampleJob, SampleResult]]:
        running: dict[Future[SampleResult], SampleJob] = {}
        remaining = iter(jobs)
        while True:
            while len(running) < 2 * self.workers and (job := next(remaining, None)) is not None:
                running[self._pool.submit(run_job, job, self.make_members)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
