"""Write the prediction of a pair by a loaded method."""

import time
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from panic3d.benchmark.predictions import Quantisation, write_prediction
from panic3d.benchmark.suites.suite import InputKind, Suite
from panic3d.models.device import Device
from panic3d.models.line_removal.removers import load_remover
from panic3d.models.method import OracleMethod, load_benchmark_method
from panic3d.registry import find_entry, resolve_weights
from panic3d.runtime.errors import UserError
from panic3d.runtime.memory import measure_peak_memory_mb, reset_peak_memory


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

    def with_absolute_weights(self) -> "BenchmarkEntry":
        """Return the entry for processes with other working folders."""
        return replace(self, weights=self.weights.resolve()) if self.weights else self


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

    def open(self) -> "Predictor":
        """Load the method, and the line remover if there is one."""
        return Predictor(self)


class PredictionCost(NamedTuple):
    """The time and memory that a written prediction took."""

    seconds: float
    peak_mb: float


class Predictor:
    """A loaded method that writes predictions."""

    def __init__(self, request: PredictionRequest) -> None:
        self.request, self.suite = request, Suite(request.suite)
        self.remover = load_remover(request.line_removal, request.device) if request.line_removal else None
        self.method = load_benchmark_method(request.entry.method, request.entry.weights, request.device)

    def __call__(self, key: str) -> PredictionCost:
        """Write the prediction of a pair. Its random numbers depend on the pair alone, not on those before it."""
        import torch

        portrait, truth = self.suite.portrait(key, self.request.given, self.remover), self.suite.truth(key)
        torch.manual_seed(zlib.crc32(key.encode()))
        reset_peak_memory()
        start_s = time.perf_counter()
        method = self.method
        head = method.reconstruct_from(truth) if isinstance(method, OracleMethod) else method.reconstruct(portrait)
        write_prediction(self.request.folder / key, head, self.request.quantisation)
        return PredictionCost(round(time.perf_counter() - start_s, 3), measure_peak_memory_mb())
