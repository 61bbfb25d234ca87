"""Scores and a sample sheet of line removal on pairs kept from training."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.compositing import composite_on_white
from panic3d.models.engine.validation import average_scores
from panic3d.models.line_removal.pairs import Pairs, mask_near_lines
from panic3d.models.line_removal.remove import find_lines
from panic3d.models.portrait.alignment.similarity import FACE_RECORD, AlignmentTargets

LineRemoval = Callable[[UInt8[np.ndarray, "S S 4"], Float[np.ndarray, "28 2"] | None], UInt8[np.ndarray, "S S 4"]]
"""From a drawing and its landmarks to the drawing without lines."""
SHEET_ROWS = 6


class PairValidation(ABC):
    """What tasks that change drawings do for their validation: they score pairs of a drawing and its true render."""

    best_by: Sequence[str] = ("psnr_near", "psnr")
    validation: Pairs
    sheet_pairs: Pairs
    """Those that the sample sheet shows."""
    face_frame: AlignmentTargets | None
    """Where the drawings have their faces, if that is known."""

    @abstractmethod
    def remove_lines(
        self, rgba: UInt8[np.ndarray, "512 512 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "512 512 4"]:
        """Return a drawing as the current weights change it."""

    def facts(self) -> dict[str, Any]:
        """Return where the faces of the drawings lie: portraits are moved there for the weights."""
        return {FACE_RECORD: None if self.face_frame is None else asdict(self.face_frame)}

    def list_validation_keys(self) -> Sequence[str]:
        return self.validation.drawings.keys

    def score_samples(self, chosen: Sequence[int]) -> list[dict[str, float]]:
        return [score_pair(self.validation, index, self.remove_lines) for index in chosen]

    def summarise_scores(self, records: Sequence[dict[str, float]]) -> dict[str, float]:
        return average_scores(records)

    def sample_sheet(self) -> UInt8[np.ndarray, "H W 3"] | None:
        return draw_sheet(self.sheet_pairs, self.remove_lines)


def score_pair(pairs: Pairs, index: int, remove_lines: LineRemoval) -> dict[str, float]:
    """Return the PSNR in dB against the true render over the whole picture, and near its lines if there are any."""
    rgba, landmarks_px = pairs.drawings.get_picture(index), pairs.drawings.get_landmarks(index)
    near = mask_near_lines(find_lines(rgba, landmarks_px), rgba)
    true = composite_on_white(pairs.renders.get_picture(index))
    error = (composite_on_white(remove_lines(rgba, landmarks_px)) - true) ** 2
    return ({"psnr_near": _psnr_db(error[near])} if near.any() else {}) | {"psnr": _psnr_db(error)}


def draw_sheet(pairs: Pairs, remove_lines: LineRemoval) -> UInt8[np.ndarray, "H W 3"] | None:
    """Draw one row per character: drawing, without lines, true render. None if there are no pairs."""
    rows = []
    for i in range(min(SHEET_ROWS, len(pairs))):
        rgba = pairs.drawings.get_picture(i)
        cleaned = remove_lines(rgba, pairs.drawings.get_landmarks(i))
        row = [composite_on_white(picture) for picture in (rgba, cleaned, pairs.renders.get_picture(i))]
        rows.append(np.concatenate(row, axis=1))
    if not rows:
        return None
    return np.round(np.concatenate(rows).clip(0, 1) * 255).astype(np.uint8)


def _psnr_db(squared_error: np.ndarray) -> float:
    return float(-10 * np.log10(max(squared_error.mean(), 1e-10)))
