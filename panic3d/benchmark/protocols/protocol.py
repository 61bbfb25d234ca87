"""Protocols: what is measured of a prediction, under a name that travels with every number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Float32

from panic3d.benchmark.metrics.clip import Clip, ClipUnavailable, load_clip
from panic3d.benchmark.metrics.geometry import EmptyTruthError
from panic3d.benchmark.metrics.mean_interval import MeanInterval, PairValues
from panic3d.benchmark.predictions import Prediction, PredictionError, Quantisation
from panic3d.benchmark.suites.suite import SPIN_VIEWS, VIEWS, Truth
from panic3d.registry import find_entry
from panic3d.weights.lpips import Lpips, load_lpips

NO_LPIPS = "skipped: LPIPS weights not found"
PICTURE_GROUPS = {"front": ("front",), "back": ("back",), "spin": SPIN_VIEWS}
PUBLISHED_ROW = "PAniC-3D (published)"
"""The name of the paper's own row; its values stand beside the columns (`Number.published`)."""


@dataclass(frozen=True)
class Number:
    """One column of the leaderboard."""

    name: str
    group: str
    title: str
    unit: str
    higher_is_better: bool
    digits: int
    meaning: str
    published: float | None = None
    """The paper's own number in this column's unit (its README's re-run of the best model, RTX 3080 Ti)."""
    over_pairs: Literal["mean", "last"] = "mean"


@dataclass
class Scores:
    """The numbers of one pair; what is missing has its reason in `faults` (of the prediction) or `skipped` (ours)."""

    numbers: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


class Protocol:
    """Scores a prediction's files against a truth's; `standard.py` and `paper.py` say how."""

    name: str
    version: int
    quantisation: Quantisation = "rounded"
    """How a method's pictures become 8-bit files when `benchmark run` writes them."""
    numbers: tuple[Number, ...]
    takes_metrics = False
    """Whether metrics of other packages are added to its numbers."""
    no_clip = ""
    """Why there is no `clip`."""

    @cached_property
    def lpips(self) -> Lpips | None:
        return load_lpips()

    @cached_property
    def clip(self) -> Clip | None:
        try:
            return load_clip()
        except ClipUnavailable as reason:
            self.no_clip = str(reason)
            return None

    @property
    def skipped(self) -> dict[str, str]:
        """Numbers that this machine cannot compute, with the reason."""
        missing = {"lpips": NO_LPIPS} if self.lpips is None else {}
        if self.clip is None:
            missing["clip"] = self.no_clip
        return {f"{group}_{kind}": reason for group in PICTURE_GROUPS for kind, reason in missing.items()}

    @property
    def metric_weights(self) -> dict[str, str]:
        """sha256 of what the numbers are computed with, beside code."""
        return {"clip": self.clip.weights_sha256} if self.clip else {}

    def score(self, truth: Truth, prediction: Prediction) -> Scores:
        """Every number that the files allow; every fault is named."""
        scores = Scores()
        if not prediction.folder.is_dir():
            scores.faults.append(f"{prediction.folder.name} is missing: there is no folder of that name")
            return scores
        good = self._readable(prediction, scores)
        for group, views in PICTURE_GROUPS.items():
            if good.issuperset(views):
                values = [self.picture_values(group, view, truth, prediction) for view in views]
                for name in values[0]:
                    scores.numbers[f"{group}_{name}"] = float(np.mean([value[name] for value in values]))
                scores.skipped |= {n: reason for n, reason in self.skipped.items() if n.startswith(f"{group}_")}
        try:
            scores.numbers |= self.shape_values(truth, prediction)
        except PredictionError as fault:
            scores.faults.append(str(fault))
        except EmptyTruthError as reason:
            scores.skipped |= {n.name: f"skipped: {reason}" for n in self.numbers if n.group not in PICTURE_GROUPS}
        return scores

    def _readable(self, prediction: Prediction, scores: Scores) -> set[str]:
        good = set()
        for view in VIEWS:
            try:
                prediction.rgba(view)
                good.add(view)
            except PredictionError as fault:
                scores.faults.append(str(fault))
        return good

    def picture_values(self, group: str, view: str, truth: Truth, prediction: Prediction) -> dict[str, float]:
        """Kind to value of one picture of a group."""
        raise NotImplementedError

    def shape_values(self, truth: Truth, prediction: Prediction) -> dict[str, float]:
        """Name to value of all numbers that the mesh gives. Fault where it cannot be read."""
        raise NotImplementedError

    def over_pairs(self, name: str, values: PairValues) -> MeanInterval | None:
        """What a column shows."""
        number = next((number for number in self.numbers if number.name == name), None)
        return values.last() if number is not None and number.over_pairs == "last" else values.mean()


def planes(rgb: Float32[np.ndarray, "H W 3"]) -> Float[torch.Tensor, "1 3 H W"]:
    return torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1)[None].contiguous()


WITHOUT = "-without-"


def load_protocol(name: str, without: Sequence[str] = ()) -> Protocol:
    """The named protocol, or `NAME-without-SWITCH-SWITCH`, as results name it. WrongUsage where it is unknown."""
    name, _, off = name.partition(WITHOUT)
    switches = {switch for switch in off.split("-") if switch} | set(without)
    protocol: Protocol = find_entry(name, "protocol").load_factory()(switches)
    return protocol
