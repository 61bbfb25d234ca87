"""The result of one method on one suite as a JSON record (docs/reference/formats.md)."""

import contextlib
import importlib.metadata
import platform
import re
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict

from panic3d.benchmark.metrics.mean_interval import MeanInterval, PairValues
from panic3d.benchmark.protocols.metric import parse_column_description
from panic3d.benchmark.protocols.protocol import MetricColumn, load_protocol
from panic3d.runtime.errors import UserError, WrongUsage
from panic3d.runtime.files import write_atomically
from panic3d.runtime.records import convert_record, parse_json
from panic3d.runtime.regular_files import read_file
from panic3d.shards.schema import SCHEMA, encode_json

PREDICTIONS = "predictions"
"""The name, or its beginning, of the folder of predictions beside those of results."""
LIBRARIES = ("panic3d", "numpy", "torch", "open3d", "trimesh", "lpips", "pillow", "open_clip_torch", "libigl")
"""Libraries whose versions can change numbers. The last two are optional."""


class SuiteRecord(TypedDict):
    """Which pairs were scored, and where they were."""

    name: str
    version: int
    sha256: str
    folder: str


class ProtocolRecord(TypedDict):
    """By which rules they were scored."""

    name: str
    version: int


@dataclass
class PairResult:
    """The scores of one method on one pair."""

    numbers: dict[str, float]
    faults: list[str]
    skipped: dict[str, str]
    truth_sha256: str
    prediction_sha256: str
    seconds: float | None = None
    """Time of the method from the portrait to the written files; None if it was not measured."""
    peak_mb: float | None = None


@dataclass
class MethodResult:
    """The result of one method on one suite by one protocol: a row of the leaderboard."""

    suite: SuiteRecord
    protocol: ProtocolRecord
    method: str
    input: str | None
    """`drawing` or `render`; None if `method.json` does not name it."""
    weights_sha256: str | None
    predictions: str
    """Path of the folder with the prediction files."""
    pairs: dict[str, PairResult]
    notes: str = ""
    bound: bool = False
    """Whether the method gets the truth as input. Such a row is a bound for other methods and is never the best."""
    metric_weights: dict[str, str] = field(default_factory=dict)
    """sha256 of the weights of networks that compute metrics, by metric."""
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Descriptions of the metrics of other packages, by name (see `InstalledMetric.describe`)."""
    machine: dict[str, Any] = field(default_factory=lambda: describe_machine())
    versions: dict[str, str] = field(default_factory=lambda: collect_versions())
    schema: int = SCHEMA

    @property
    def columns(self) -> tuple[MetricColumn, ...]:
        """The columns of the row: those of the protocol, then the metrics of other packages."""
        own = load_protocol(self.protocol["name"]).columns
        return (*own, *(parse_column_description(description) for description in self.metrics.values()))

    def values(self, name: str) -> PairValues:
        """Return the values of a column, for the pairs that have one."""
        return PairValues({key: pair.numbers[name] for key, pair in self.pairs.items() if name in pair.numbers})

    def average(self, name: str) -> MeanInterval | None:
        """Average a column over the pairs that have a value, as the protocol defines it; None without any value."""
        return load_protocol(self.protocol["name"]).average_over_pairs(name, self.values(name))

    def median(self, field: Literal["seconds", "peak_mb"]) -> float | None:
        """Return the median over pairs of the time (s) or the peak memory (MB); None if it was not measured."""
        values = [value for pair in self.pairs.values() if (value := getattr(pair, field)) is not None]
        return statistics.median(values) if values else None

    @property
    def faults(self) -> list[str]:
        """The faults of all predictions, each with the name of the file."""
        return [fault for pair in self.pairs.values() for fault in pair.faults]

    @property
    def partial(self) -> bool:
        """Whether some prediction has a fault."""
        return bool(self.faults)

    @property
    def is_ranked(self) -> bool:
        """Whether the row takes part in the choice of the best."""
        return not self.partial and not self.bound

    @property
    def skipped(self) -> dict[str, str]:
        """The reason for each column that could not be computed, by name."""
        return {name: reason for pair in self.pairs.values() for name, reason in pair.skipped.items()}

    def save(self, path: Path) -> None:
        """Write the record with its averages to `path`."""
        record = asdict(self)
        averages = {name: self.average(name) for name in sorted({n for p in self.pairs.values() for n in p.numbers})}
        record["means"] = {name: asdict(value) for name, value in averages.items() if value is not None}
        record["partial"] = self.partial
        if not self.metrics:
            record.pop("metrics")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encode_json(record))


def make_result_path(out: Path, suite: str, protocol: str, row: str) -> Path:
    """Return the path OUT/SUITE/PROTOCOL/ROW.json; characters that do not suit file names become `_`."""
    return out / suite / protocol / f"{re.sub(r'[^A-Za-z0-9_+., ()-]', '_', row)}.json"


def load_result(path: Path) -> MethodResult:
    """Load a saved result.

    Raises UserError if the file is missing, broken or written by a newer version.
    """
    try:
        record = parse_json(read_file(path), dict[str, Any])
        if (schema := convert_record(record.get("schema"), int, "schema")) > SCHEMA:
            raise UserError(f"{path} has schema {schema}, this version reads up to {SCHEMA}: update panic3d")
        for derived in ("means", "partial"):
            record.pop(derived, None)
        result: MethodResult = convert_record(record, MethodResult)
        _ = result.columns  # raises for an unknown protocol or a broken description of a metric
        return result
    except (OSError, ValueError, WrongUsage) as error:
        raise UserError(f"expected a benchmark result in {path}, could not read it ({error}): run it again") from error


def find_results(places: tuple[Path, ...]) -> list[MethodResult]:
    """Load all results in files and folders, in order. Raises UserError if there are none."""
    paths: list[Path] = []
    for place in places:
        if place.is_dir():
            # the folder may be RESULTS, RESULTS/SUITE or RESULTS/SUITE/PROTOCOL
            # with predictions, or predictions-truncated, beside PROTOCOL
            within = {p: p.relative_to(place).parts[:-1] for p in sorted(place.rglob("*.json"))}
            paths += [p for p, folders in within.items() if not any(n.startswith(PREDICTIONS) for n in folders)]
        else:
            paths.append(place)
    if not paths:
        raise UserError(f"expected results of benchmark run in {', '.join(map(str, places))}, found no JSON file")
    return [load_result(path) for path in paths]


def collect_versions() -> dict[str, str]:
    """Return the versions of the `LIBRARIES` that are installed."""
    found = {}
    for name in LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def describe_machine() -> dict[str, Any]:
    """Describe this computer: processor, cores, memory, GPU, operating system and Python."""
    import psutil
    import torch

    return {
        "processor": _find_processor_name(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _find_processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
