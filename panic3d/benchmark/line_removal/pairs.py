"""Read pairs of a drawing and its true front render from a suite or from a dataset with illustrations."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from panic3d.benchmark.metrics.published import Roi
from panic3d.benchmark.suites.suite import warp_drawing
from panic3d.datasets.drawings import DRAWING, RENDER, find_landmarks_px, load_landmark_labels
from panic3d.runtime.errors import UserError
from panic3d.shards.archive import SampleArchive
from panic3d.shards.schema import read_png

PORTRAIT, PAIR = "portrait.png", "pair.json"
Landmarks = Float32[np.ndarray, "28 2"]
Detector = Callable[[UInt8[np.ndarray, "512 512 4"]], Landmarks | None]


@dataclass(frozen=True)
class DrawnPair:
    """A drawing with its true front render."""

    key: str
    drawing: UInt8[np.ndarray, "512 512 4"]
    """The drawing, aligned to the front view."""
    render: UInt8[np.ndarray, "512 512 4"]
    landmarks_px: Landmarks | None
    """Column and row of each facial landmark; None if there are no labels and no detection."""
    roi: Roi | None
    """The region that is scored; None for the whole image."""


class DrawnPairs:
    """The pairs of a suite or dataset folder."""

    def __init__(self, folder: Path, limit: int | None = None, detector: Detector | None = None) -> None:
        """Open the folder. Raises UserError if it has no pairs.

        `limit` is the number of pairs to use, spread evenly over all. `detector` finds landmarks of pairs without
        labels.
        """
        self.archive, self.detector = SampleArchive(folder), detector
        self.labels = load_landmark_labels(folder)
        options = self.archive.dataset.options
        self.name: str = options.get("suite", {}).get("name", folder.resolve().name)
        all_keys = self.archive.keys()
        keys = [key for key in all_keys if self._find_drawing(key) and RENDER in self.archive.members(key)]
        if not keys:
            raise UserError(f"{folder} has no drawings with renders: make some with `panic3d render --illustrate`")
        count = min(limit or len(keys), len(keys))
        self.keys = [keys[i * len(keys) // count] for i in range(count)]

    def load_pair(self, key: str) -> DrawnPair:
        """Read a pair; it is not cached."""
        drawing, render = (read_png(self.archive.read(key, name)) for name in (self._find_drawing(key), RENDER))
        roi = None
        if PAIR in self.archive.members(key):
            record = self.archive.read_pair(key)
            drawing = warp_drawing(drawing, np.array(record["align"], np.float64))
            roi = Roi(*map(float, record["roi"])) if record["roi"] else None
        points = find_landmarks_px(self.archive.read_meta(key), self.labels)
        known = points if np.isfinite(points).all() else None
        if known is None and self.detector is not None:
            known = self.detector(drawing)
        return DrawnPair(key, drawing, render, known, roi)

    def _find_drawing(self, key: str) -> str:
        """Return the name of the member with the drawing; empty if there is none."""
        members = self.archive.members(key)
        return next((name for name in (PORTRAIT, DRAWING) if name in members), "")
