"""Who works on the pairs of a suite: this process, worker processes or a Ray cluster, which give the same results."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import psutil

from panic3d.models.device import Device
from panic3d.runtime.cluster.ray_actors import LostJob, RayActors
from panic3d.runtime.errors import UserError
from panic3d.runtime.threads import count_usable_cores, use_one_thread
from panic3d.runtime.worker_processes import ProcessPool
from panic3d.shards.plan import DATASET_FILE

MIN_PAIRS_PER_WORKER = 4
"""Pairs for which it is worth while to start a process and load the networks again."""
WORKER_MEMORY_GB = 2.0
"""Memory that a process which predicts or scores usually takes."""
Result = TypeVar("Result", covariant=True)
Work = Callable[[str], Result]
"""Does the work on the pair with a key."""


@runtime_checkable
class PairRequest(Protocol[Result]):
    """What the work on all pairs has in common. It is hashable and goes to other processes; its paths are absolute."""

    def __hash__(self) -> int: ...

    @property
    def suite(self) -> Path:
        """The folder of the suite."""

    @property
    def device(self) -> Device:
        """Where networks run."""

    def open(self) -> Work[Result]:
        """Load what the work needs."""


class PairWorkers:
    """Workers of a benchmark, who go from one work to the next until they are closed.

    Each does a pair by one thread, so that sums do not depend on the number of cores.
    """

    def __init__(self, workers: int | None = None, executor: Literal["local", "ray"] = "local") -> None:
        """Without a number of `workers` there are as many as cores and memory allow, or one per GPU, with at least
        `MIN_PAIRS_PER_WORKER` pairs each; or as many Ray actors as the cluster has cores."""
        self.workers, self.executor = workers, executor
        self._pool: ProcessPool | None = None

    def __enter__(self) -> "PairWorkers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker processes once each has done its present pair."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def iterate(
        self, request: PairRequest[Result], keys: Sequence[str], opened: Work[Result] | None = None
    ) -> Iterator[tuple[str, Result]]:
        """Do the work on pairs and yield each key with its result as it is done; with several workers not in order.

        `opened` is what `request.open` gives, where this process has it already. Raises UserError if a worker process
        dies, or the nodes of a cluster that worked on a pair are lost.
        """
        if not keys:
            return
        if self.executor == "ray":
            yield from self._iterate_on_cluster(request, keys)
            return
        workers = min(self.workers or _choose_workers(request.device, len(keys)), len(keys))
        if workers > 1:
            yield from self._iterate_in_processes(request, keys, workers)
            return
        work = _PairWorker(opened or request.open())
        for key in keys:
            yield key, work(key)

    def _iterate_in_processes(
        self, request: PairRequest[Result], keys: Sequence[str], workers: int
    ) -> Iterator[tuple[str, Result]]:
        if self._pool is None:
            self._pool = ProcessPool(workers)
        futures: dict[Future[Result], str] = {}
        try:
            futures |= {self._pool.submit(_work_in_process, request, key): key for key in keys}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise UserError(
                "a worker process of the benchmark ended unexpectedly, often for lack of memory: give fewer than "
                f"{workers} workers; the predictions that are written are kept"
            ) from error
        finally:
            for future in futures:
                future.cancel()

    def _iterate_on_cluster(self, request: PairRequest[Result], keys: Sequence[str]) -> Iterator[tuple[str, Result]]:
        """Let the nodes of a Ray cluster work, which share the folders of the suite and the predictions."""
        gpus = int(request.device == "cuda")
        actors: RayActors[str, Result] = RayActors(
            partial(_open_worker, request), self.workers, request.suite / DATASET_FILE, WORKER_MEMORY_GB, gpus
        )
        try:
            for key, result in actors.run(keys):
                if isinstance(result, LostJob):
                    raise UserError(f"{key}: {result.reason}; the predictions that are written are kept")
                yield key, result
        finally:
            actors.close()


ALONE = PairWorkers(1)
"""This process."""


class _PairWorker:
    """Does work by one thread."""

    def __init__(self, work: Work[Any]) -> None:
        self.work = work

    def __call__(self, key: str) -> Any:
        with use_one_thread():
            return self.work(key)


def _choose_workers(device: Device, pairs: int) -> int:
    """Return how many processes work when the user gives no number."""
    if device == "cuda":
        import torch

        return torch.cuda.device_count()
    fitting = int(psutil.virtual_memory().available / 2**30 / WORKER_MEMORY_GB)
    return max(1, min(count_usable_cores(), fitting, pairs // MIN_PAIRS_PER_WORKER))


def _open_worker(request: PairRequest[Any]) -> _PairWorker:
    return _PairWorker(request.open())


def _work_in_process(request: PairRequest[Any], key: str) -> Any:
    return _open_in_process(request)(key)


@lru_cache(maxsize=1)
def _open_in_process(request: PairRequest[Any]) -> _PairWorker:
    """Load once what this worker process needs, on a GPU of its own where there are several."""
    import torch

    if request.device == "cuda":
        (number, *_) = multiprocessing.current_process()._identity
        torch.cuda.set_device((number - 1) % torch.cuda.device_count())
    return _open_worker(request)
