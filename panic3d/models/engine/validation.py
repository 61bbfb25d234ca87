"""Validation during a run: on which samples, by which process, how often, and what the scores are together."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric

LEAST_RATIO = 5
"""A dataset with fewer than so many times the wanted samples gives none."""


def choose_validation(count: int, wanted: int) -> list[int]:
    """Return the places of `wanted` of `count` samples, evenly spread, so that adding samples changes little.

    Returns none if there are fewer than `LEAST_RATIO` times as many samples.
    """
    kept = wanted if count >= LEAST_RATIO * wanted else 0
    return [(2 * i + 1) * count // (2 * kept) for i in range(kept)]


def average_scores(records: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each score over the samples that have it."""
    values: dict[str, list[float]] = {}
    for record in records:
        for name, value in record.items():
            values.setdefault(name, []).append(value)
    return {name: float(np.mean(found)) for name, found in values.items()}


def gather_records(fabric: Fabric, own: Sequence[Any], count: int) -> list[Any]:
    """Return the records of `count` samples in order, of which process r has scored the samples r, r + P, r + 2P ...

    All processes call it, and all get the whole list.
    """
    parts: list[Any] = [own]
    if fabric.world_size > 1:
        parts = [None] * fabric.world_size
        torch.distributed.all_gather_object(parts, own)
    return [parts[i % len(parts)][i // len(parts)] for i in range(count)]


class ValidationClock:
    """Decides when to validate, so that validation takes no more than a share of a run's time.

    The interval is `every_s`, and longer where the last validation took so long that another one would exceed the
    share. Only the first validation of a run, whose length nobody knows, can exceed it; the next one waits for that.
    """

    def __init__(self, every_s: float, share: float) -> None:
        self.every_s, self.share = every_s, share
        self.started_s = self.ended_s = time.monotonic()
        self.spent_s = self.last_s = 0.0

    def is_due(self) -> bool:
        now_s = time.monotonic()
        if now_s - self.ended_s <= self.every_s:
            return False
        return self.spent_s + self.last_s <= self.share * (now_s - self.started_s + self.last_s)

    def add(self, seconds: float) -> None:
        """Count a validation that has just ended."""
        self.spent_s, self.last_s, self.ended_s = self.spent_s + seconds, seconds, time.monotonic()

    def compute_share(self) -> float:
        """Return the share of the time since the start that was spent in validation."""
        return self.spent_s / max(time.monotonic() - self.started_s, 1e-9)
