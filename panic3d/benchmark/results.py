"""One JSON record per run: the numbers of every pair and their origin (docs/reference/formats.md)."""

import contextlib
import importlib.metadata
import json
import platform
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from panic3d.benchmark.metrics.mean_interval import MeanInterval, PairValues
from panic3d.benchmark.protocols.metric import number_of_description
from panic3d.benchmark.protocols.protocol import Number, load_protocol
from panic3d.runtime.errors import UserError
from panic3d.shards.files import write_atomically
from panic3d.shards.schema import SCHEMA, encode_json

LIBRARIES = ("panic3d", "numpy", "torch", "open3d", "trimesh", "lpips", "pillow", "open_clip_torch", "libigl")
"""What numbers depend on; the last two are extras."""


@dataclass
class PairResult:
    """One pair of one method."""

    numbers: dict[str, float]
    faults: list[str]
    skipped: dict[str, str]
    truth_sha256: str
    prediction_sha256: str
    seconds: float | None = None
    """The method's, from portrait to files; None where nobody measured."""
    peak_mb: float | None = None


@dataclass
class MethodResult:
    """A row of the leaderboard."""

    suite: dict[str, Any]
    """name, version, sha256, folder."""
    protocol: dict[str, Any]
    """name, version."""
    method: str
    input: str | None
    """`drawing` or `render`; None where the predictions do not say."""
    weights_sha256: str | None
    predictions: str
    """The folder of the prediction files."""
    pairs: dict[str, PairResult]
    notes: str = ""
    bound: bool = False
    """It was shown the truth: a row to measure others by, which is never the best."""
    metric_weights: dict[str, str] = field(default_factory=dict)
    """sha256 of the weights that numbers were computed with."""
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Columns of other packages by name: group, title, unit, direction, digits, meaning, package and version."""
    machine: dict[str, Any] = field(default_factory=lambda: describe_machine())
    versions: dict[str, str] = field(default_factory=lambda: collect_versions())
    schema: int = SCHEMA

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The columns of the row: those of the protocol, then those of other packages' metrics."""
        own = load_protocol(self.protocol["name"]).numbers
        return (*own, *(number_of_description(description) for description in self.metrics.values()))

    def values(self, number: str) -> PairValues:
        """The pairs that have a number, with it."""
        return PairValues({key: pair.numbers[number] for key, pair in self.pairs.items() if number in pair.numbers})

    def average(self, number: str) -> MeanInterval | None:
        """Over the pairs that have the number, as the protocol says; None where none has."""
        return load_protocol(self.protocol["name"]).over_pairs(number, self.values(number))

    @property
    def faults(self) -> list[str]:
        return [fault for pair in self.pairs.values() for fault in pair.faults]

    @property
    def partial(self) -> bool:
        return bool(self.faults)

    @property
    def is_ranked(self) -> bool:
        """Whether it may be the best."""
        return not self.partial and not self.bound

    @property
    def skipped(self) -> dict[str, str]:
        """Numbers that this machine could not compute, with the reason."""
        return {name: reason for pair in self.pairs.values() for name, reason in pair.skipped.items()}

    def save(self, path: Path) -> None:
        record = asdict(self)
        averages = {name: self.average(name) for name in sorted({n for p in self.pairs.values() for n in p.numbers})}
        record["means"] = {name: asdict(value) for name, value in averages.items() if value is not None}
        record["partial"] = self.partial
        if not self.metrics:
            record.pop("metrics")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encode_json(record))


def result_path(out: Path, suite: str, protocol: str, row: str) -> Path:
    """`RESULTS/SUITE/PROTOCOL/METHOD.json`; what a file name should not hold is replaced by `_`."""
    return out / suite / protocol / f"{re.sub(r'[^A-Za-z0-9_+., ()-]', '_', row)}.json"


def load_result(path: Path) -> MethodResult:
    """A saved record. UserError where it is missing, broken or from a newer version."""
    try:
        record = json.loads(path.read_text())
        if record["schema"] > SCHEMA:
            raise UserError(f"{path} has schema {record['schema']}, this version reads up to {SCHEMA}: update panic3d")
        pairs = {key: PairResult(**pair) for key, pair in record.pop("pairs").items()}
        for derived in ("means", "partial"):
            record.pop(derived)
        return MethodResult(**record, pairs=pairs)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(f"expected a benchmark result in {path}, could not read it ({error}): run it again") from error


def find_results(places: tuple[Path, ...]) -> list[MethodResult]:
    """All results in files and folders, in order. UserError where there is none."""
    paths: list[Path] = []
    for place in places:
        if place.is_dir():
            # RESULTS/SUITE/PROTOCOL/METHOD.json, or any folder above or below that
            paths += [p for p in sorted(place.rglob("*.json")) if "predictions" not in p.relative_to(place).parts]
        else:
            paths.append(place)
    if not paths:
        raise UserError(f"expected results of benchmark run in {', '.join(map(str, places))}, found no JSON file")
    return [load_result(path) for path in paths]


def collect_versions() -> dict[str, str]:
    """Of the libraries that are installed."""
    found = {}
    for name in LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def describe_machine() -> dict[str, Any]:
    """What the numbers were computed on."""
    import psutil
    import torch

    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
