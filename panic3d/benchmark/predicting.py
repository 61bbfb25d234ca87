"""The predictions of pairs: in this process, in worker processes or on a Ray cluster, which give the same ones."""

import multiprocessing
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal, NamedTuple

import psutil

from panic3d.benchmark.predictions import Quantisation, write_prediction
from panic3d.benchmark.share import WORKER_MEMORY_GB
from panic3d.benchmark.suites.suite import InputKind, Suite
from panic3d.models.device import Device
from panic3d.models.line_removal.removers import load_remover
from panic3d.models.method import OracleMethod, load_benchmark_method
from panic3d.registry import find_entry, resolve_weights
from panic3d.runtime.cluster.ray_actors import LostJob, RayActors
from panic3d.runtime.errors import UserError
from panic3d.runtime.memory import measure_peak_memory_mb, reset_peak_memory
from panic3d.runtime.threads import count_usable_cores, use_one_thread
from panic3d.runtime.worker_processes import ProcessPool
from panic3d.shards.plan import DATASET_FILE

MIN_PAIRS_PER_WORKER = 4
"""Pairs for which it is worth while to start a process and load the method again."""


@dataclass(frozen=True)
class BenchmarkEntry:
    """A method with its weights and the label of its row in the leaderboard."""

    label: str
    method: str
    weights: Path | None

    @classmethod
    def parse(cls, text: str) -> "BenchmarkEntry":
        """Parse `[LABEL:]NAME[=WEIGHTS]`. Raises UserError if the method or the path of the weights does not exist."""
        name, _, weights = text.partition("=")
        label, _, method = name.rpartition(":")
        find_entry(method, "method", "oracle method")
        path = Path(weights) if weights else None
        if path is not None and not path.exists() and not resolve_weights(path).is_file():
            raise UserError(f"expected the weights of '{method}' at {path}, found nothing there")
        return cls(label or method, method, path)

    @property
    def weights_path(self) -> Path | None:
        """The given weights, or those of the package; None for a method without weights."""
        return self.weights or find_entry(self.method, "method", "oracle method").weights_path


@dataclass(frozen=True)
class PredictionRequest:
    """What the predictions of all pairs have in common."""

    entry: BenchmarkEntry
    suite: Path
    given: InputKind
    folder: Path
    quantisation: Quantisation
    line_removal: str
    device: Device


class PredictedPair(NamedTuple):
    """A pair whose prediction was written, with the time and memory that it took."""

    key: str
    seconds: float
    peak_mb: float


class Predictor:
    """A loaded method that writes predictions."""

    def __init__(self, request: PredictionRequest, suite: Suite) -> None:
        self.request, self.suite = request, suite
        self.remover = load_remover(request.line_removal, request.device) if request.line_removal else None
        self.method = load_benchmark_method(request.entry.method, request.entry.weights, request.device)

    def __call__(self, key: str) -> PredictedPair:
        """Write the prediction of a pair by one thread.

        Its random numbers depend on the pair alone, not on those before it, and its sums not on the number of cores.
        """
        import torch

        with use_one_thread():
            portrait, truth = self.suite.portrait(key, self.request.given, self.remover), self.suite.truth(key)
            torch.manual_seed(zlib.crc32(key.encode()))
            reset_peak_memory()
            start_s = time.perf_counter()
            method = self.method
            head = method.reconstruct_from(truth) if isinstance(method, OracleMethod) else method.reconstruct(portrait)
            write_prediction(self.request.folder / key, head, self.request.quantisation)
        return PredictedPair(key, round(time.perf_counter() - start_s, 3), measure_peak_memory_mb())


def iterate_predictions(
    request: PredictionRequest,
    suite: Suite,
    keys: Sequence[str],
    workers: int | None,
    executor: Literal["local", "ray"] = "local",
) -> Iterator[PredictedPair]:
    """Write the predictions of pairs and yield each as it is done; with several workers not in order.

    Without a number of `workers` there are as many as cores and memory allow, or one per GPU, with at least
    `MIN_PAIRS_PER_WORKER` each. Raises UserError if a worker process dies, or the nodes of a cluster that worked on a
    pair are lost.
    """
    if not keys:
        return
    if executor == "ray":
        yield from _iterate_on_cluster(request, suite, keys, workers)
        return
    workers = min(workers or _choose_workers(request.device, len(keys)), len(keys))
    if workers <= 1:
        predictor = Predictor(request, suite)
        yield from map(predictor, keys)
        return
    pool = ProcessPool(workers)
    try:
        futures = [pool.submit(_predict_in_worker, request, key) for key in keys]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise UserError(
            f"a process that predicts ended unexpectedly, often for lack of memory: give fewer than {workers} workers; "
            "what is done is kept"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _iterate_on_cluster(
    request: PredictionRequest, suite: Suite, keys: Sequence[str], workers: int | None
) -> Iterator[PredictedPair]:
    """Predict on a Ray cluster whose nodes share the folders of the suite and the predictions."""
    weights = request.entry.weights
    entry = replace(request.entry, weights=None if weights is None else weights.resolve())
    shared = replace(request, entry=entry, suite=request.suite.resolve(), folder=request.folder.resolve())
    gpus = int(request.device == "cuda")
    actors: RayActors[str, PredictedPair] = RayActors(
        partial(_make_predictor, shared), workers, suite.folder / DATASET_FILE, WORKER_MEMORY_GB, gpus
    )
    try:
        for key, result in actors.run(keys):
            if isinstance(result, LostJob):
                raise UserError(f"{key}: {result.reason}; what is done is kept")
            yield result
    finally:
        actors.close()


def _make_predictor(request: PredictionRequest) -> Predictor:
    return Predictor(request, Suite(request.suite))


def _choose_workers(device: Device, pairs: int) -> int:
    """Return how many processes predict when the user gives no number."""
    if device == "cuda":
        import torch

        return torch.cuda.device_count()
    fitting = int(psutil.virtual_memory().available / 2**30 / WORKER_MEMORY_GB)
    return max(1, min(count_usable_cores(), fitting, pairs // MIN_PAIRS_PER_WORKER))


def _predict_in_worker(request: PredictionRequest, key: str) -> PredictedPair:
    return _load_in_worker(request)(key)


@lru_cache(maxsize=1)
def _load_in_worker(request: PredictionRequest) -> Predictor:
    """Load the method once in this worker process, on a GPU of its own where there are several."""
    import torch

    if request.device == "cuda":
        (number, *_) = multiprocessing.current_process()._identity
        torch.cuda.set_device((number - 1) % torch.cuda.device_count())
    return _make_predictor(request)
