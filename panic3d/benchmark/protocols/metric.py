"""Metrics of other packages, which become columns of the protocol `standard`.

A package registers a factory in the entry-point group `panic3d.metrics` under the name of the metric:

    [project.entry-points."panic3d.metrics"]
    hue_error_deg = "my_package.hue:make_metric"
"""

import logging
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from panic3d.benchmark.metrics.geometry import EmptyTruthError
from panic3d.benchmark.predictions import Prediction, PredictionError
from panic3d.benchmark.protocols.protocol import MetricColumn, PairScores
from panic3d.benchmark.suites.suite import PairTruth
from panic3d.registry import RegistryEntry, find_entries
from panic3d.runtime.errors import UserError
from panic3d.runtime.records import convert_record

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Metric:
    """A metric that scores a prediction against the truth of its pair."""

    name: str
    """Name of the column, of letters, digits and underscores; it equals the name of the entry point."""
    unit: str
    """Unit of the value; empty if it has none."""
    higher_is_better: bool
    meaning: str
    """One sentence for the report."""
    measure: Callable[[PairTruth, Prediction], float]
    """Computes the value. Several processes load the metric and call it.

    If it raises PredictionError (for an unreadable prediction) or EmptyTruthError, the pair has no value."""
    title: str = ""
    """Heading of the column; by default the name."""
    digits: int = 3
    """Number of decimals in reports."""


@dataclass(frozen=True)
class InstalledMetric:
    """A metric with the name and version of its package."""

    metric: Metric
    package: str
    version: str

    @property
    def column(self) -> MetricColumn:
        """The column of the metric, in a group with the name of its package."""
        m = self.metric
        return MetricColumn(m.name, self.package, m.title or m.name, m.unit, m.higher_is_better, m.digits, m.meaning)

    def describe(self) -> dict[str, Any]:
        """Describe the column and the package for a results file."""
        return asdict(self.column) | {"package": self.package, "version": self.version}


def load_metrics(taken: Collection[str] = ()) -> dict[str, InstalledMetric]:
    """Load the metrics of all installed packages by name.

    A metric that fails to load, or whose name is in `taken`, is left out with a warning.
    """
    found = {}
    for name, entry in find_entries("metric").items():
        try:
            if name in taken:
                raise UserError(
                    f"the metric '{name}' of the package {entry.origin} has a name that panic3d uses itself"
                )
            found[name] = _load(entry)
        except UserError as error:
            logger.warning("%s; it is left out", error)
    return found


def parse_column_description(description: dict[str, Any]) -> MetricColumn:
    """Return the column that `InstalledMetric.describe` describes. Raises ValueError where it describes none."""
    own = {name: value for name, value in description.items() if name not in ("package", "version")}
    column: MetricColumn = convert_record(own, MetricColumn)
    return column


def _load(entry: RegistryEntry) -> InstalledMetric:
    factory = entry.load_factory()
    try:
        metric = factory()
    except Exception as error:  # other people's code may raise anything
        raise UserError(f"the metric '{entry.name}' of the package {entry.origin} fails to load: {error}") from error
    if not isinstance(metric, Metric) or metric.name != entry.name:
        found = f"a Metric named '{metric.name}'" if isinstance(metric, Metric) else repr(metric)
        raise UserError(
            f"expected a Metric named '{entry.name}' of {entry.factory} of the package {entry.origin}, found {found}"
        )
    try:
        installed = version(entry.origin)
    except PackageNotFoundError:
        installed = "unknown"
    return InstalledMetric(metric, entry.origin, installed)


def add_metrics(
    scores: PairScores, metrics: Iterable[InstalledMetric], truth: PairTruth, prediction: Prediction
) -> None:
    """Add the values of metrics to the scores of a pair. For a missing value, `skipped` gets the reason."""
    if not prediction.folder.is_dir():
        return
    for installed in metrics:
        name = installed.metric.name
        try:
            value = float(installed.metric.measure(truth, prediction))
            if not math.isfinite(value):
                raise ValueError(f"it is {value}")
            scores.numbers[name] = value
        except (PredictionError, EmptyTruthError) as reason:
            scores.skipped[name] = f"skipped: {reason}"
        except Exception as error:  # other people's code may raise anything
            logger.warning("%s: the metric '%s' of %s failed: %s", truth.key, name, installed.package, error)
            scores.skipped[name] = f"skipped: {type(error).__name__}: {error}"
