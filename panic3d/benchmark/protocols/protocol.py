"""The base class of scoring protocols. Results record the name and version of their protocol."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from panic3d.benchmark.metrics.clip import ClipEncoder, ClipUnavailable, load_clip
from panic3d.benchmark.metrics.geometry import EmptyTruthError
from panic3d.benchmark.metrics.mean_interval import MeanInterval, PairValues
from panic3d.benchmark.predictions import Prediction, PredictionError, Quantisation
from panic3d.benchmark.suites.suite import SPIN_VIEWS, VIEWS, PairTruth
from panic3d.models.device import Device, choose_device
from panic3d.registry import find_entry
from panic3d.weights.lpips import Lpips, load_lpips

LPIPS_MISSING = "skipped: LPIPS weights not found"
VIEW_GROUPS = {"front": ("front",), "back": ("back",), "spin": SPIN_VIEWS}
PUBLISHED_ROW = "PAniC-3D (published)"
"""Label of the row of the paper's own numbers (`MetricColumn.published`)."""


@dataclass(frozen=True)
class MetricColumn:
    """A column of the leaderboard: the name, unit and direction of a metric, and how it is shown."""

    name: str
    group: str
    title: str
    unit: str
    higher_is_better: bool
    digits: int
    meaning: str
    published: float | None = None
    """The paper's number in the unit of the column (from the README: the best model, run again on an RTX 3080 Ti)."""
    over_pairs: Literal["mean", "last"] = "mean"
    """Whether the column shows the mean over pairs or, as in the paper's script, the value of the last pair."""
    published_over: Literal["mean", "last"] = "mean"
    """What `published` is: the mean over the 68 pairs, or the value of the last one, as the paper's F-scores are."""


@dataclass
class PairScores:
    """The scores of one prediction.

    `numbers` holds the values by column. A value is missing because of a fault of the prediction, which `faults` names,
    or because it could not be computed, for which `skipped` holds the reason by column.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


class Protocol:
    """Scores the prediction of a pair against its truth. Subclasses define the columns and how they are computed."""

    name: str
    version: int
    quantisation: Quantisation = "rounded"
    """How `benchmark run` converts predicted images to 8 bits."""
    columns: tuple[MetricColumn, ...]
    accepts_metrics = False
    """Whether metrics of other packages are added to the columns."""
    device: Device = "cpu"
    """Where LPIPS and CLIP run."""
    clip_missing_reason = ""
    """Why `clip` is None."""

    @cached_property
    def lpips(self) -> Lpips | None:
        """The LPIPS network; None without its weights."""
        found = load_lpips()
        return None if found is None else found.to(self.device)

    @cached_property
    def clip(self) -> ClipEncoder | None:
        """The CLIP image encoder; None without open_clip or its weights."""
        try:
            return load_clip(self.device)
        except ClipUnavailable as reason:
            self.clip_missing_reason = str(reason)
            return None

    @property
    def skipped(self) -> dict[str, str]:
        """The reason for each column that cannot be computed on this machine, by name."""
        missing = {"lpips": LPIPS_MISSING} if self.lpips is None else {}
        if self.clip is None:
            missing["clip"] = self.clip_missing_reason
        return {f"{group}_{kind}": reason for group in VIEW_GROUPS for kind, reason in missing.items()}

    @property
    def metric_weights(self) -> dict[str, str]:
        """sha256 of the weights of networks that compute metrics, by metric."""
        return {"clip": self.clip.weights_sha256} if self.clip else {}

    def score(self, truth: PairTruth, prediction: Prediction) -> PairScores:
        """Compute every column for which the prediction has readable files, and list the faults of the others."""
        scores = PairScores()
        if not prediction.folder.is_dir():
            scores.faults.append(f"{prediction.folder.name} is missing: there is no folder of that name")
            return scores
        readable = self._find_readable_views(prediction, scores)
        for group, views in VIEW_GROUPS.items():
            if readable.issuperset(views):
                values = [self.score_view(group, view, truth, prediction) for view in views]
                for name in values[0]:
                    scores.numbers[f"{group}_{name}"] = float(np.mean([value[name] for value in values]))
                scores.skipped |= {n: reason for n, reason in self.skipped.items() if n.startswith(f"{group}_")}
        try:
            scores.numbers |= self.score_mesh(truth, prediction)
        except PredictionError as fault:
            scores.faults.append(str(fault))
        except EmptyTruthError as reason:
            scores.skipped |= {n.name: f"skipped: {reason}" for n in self.columns if n.group not in VIEW_GROUPS}
        return scores

    def _find_readable_views(self, prediction: Prediction, scores: PairScores) -> set[str]:
        readable = set()
        for view in VIEWS:
            try:
                prediction.rgba(view)
                readable.add(view)
            except PredictionError as fault:
                scores.faults.append(str(fault))
        return readable

    def score_view(self, group: str, view: str, truth: PairTruth, prediction: Prediction) -> dict[str, float]:
        """Score one view. Returns values by metric, such as `psnr`; `group` is `front`, `back` or `spin`."""
        raise NotImplementedError

    def score_mesh(self, truth: PairTruth, prediction: Prediction) -> dict[str, float]:
        """Score the mesh. Returns values by column.

        Raises PredictionError if the mesh cannot be read, EmptyTruthError if there is no true surface to compare with.
        """
        raise NotImplementedError

    def average_over_pairs(self, name: str, values: PairValues) -> MeanInterval | None:
        """Average the values of a column over pairs, or take the last pair's value if the column is defined so."""
        column = next((column for column in self.columns if column.name == name), None)
        return values.last() if column is not None and column.over_pairs == "last" else values.mean()


WITHOUT = "-without-"


def load_protocol(name: str, without: Sequence[str] = (), device: Device = "cpu") -> Protocol:
    """Load a protocol by its name, or by `NAME-without-SWITCH-SWITCH`, the name that results record.

    `without` names further switches that are off; LPIPS and CLIP run on `device`. Raises WrongUsage if the protocol or
    a switch is unknown, UserError if there is no such device.
    """
    name, _, off = name.partition(WITHOUT)
    switches = {switch for switch in off.split("-") if switch} | set(without)
    protocol: Protocol = find_entry(name, "protocol").load_factory()(switches)
    protocol.device = choose_device(device)
    return protocol
