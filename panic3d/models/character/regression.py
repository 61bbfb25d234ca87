"""Scores of a network's predictions over many characters, by field and as means."""

from collections.abc import Mapping

import numpy as np

from panic3d.models.character.codes import UNKNOWN, FieldCodes
from panic3d.models.character.network import CharacterPrediction
from panic3d.models.character.scores import (
    compute_calibration_error,
    compute_explained_variance,
    compute_top_accuracy,
)

Targets = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Categories, numbers and members, one row per character."""


def score_fields(prediction: CharacterPrediction, targets: Targets, codes: FieldCodes) -> dict[str, dict[str, float]]:
    """Return scores by the path of each field.

    Categorical fields: `accuracy`, `top3`, `majority` (the accuracy of the commonest value), `calibration` (expected
    calibration error). Numbers: `r2`.
    """
    found: dict[str, dict[str, float]] = {}
    categories, numbers, _ = targets
    for i, (field, logits) in enumerate(
        zip(codes.categorical, prediction.categories.split(codes.sizes, 1), strict=True)
    ):
        chances, true = logits.softmax(dim=1).numpy(), categories[:, i]
        known = true != UNKNOWN
        if not known.any():
            continue
        right = (chances.argmax(1) == true)[known].astype(float)
        found[field.path] = {
            "accuracy": compute_top_accuracy(chances, true, 1),
            "top3": compute_top_accuracy(chances, true, 3),
            "majority": float(np.bincount(true[known]).max() / known.sum()),
            "calibration": compute_calibration_error(chances.max(1)[known], right),
        }
    means = compute_expected_numbers(prediction)
    for i, number in enumerate(codes.continuous):
        found[number.path] = {"r2": compute_explained_variance(means[:, i], numbers[:, i])}
    return found


def compute_expected_numbers(prediction: CharacterPrediction) -> np.ndarray:
    """Return the expected value of each number, in [-1, 1] over its range, (characters, numbers)."""
    return (prediction.means * prediction.weights.softmax(dim=-1)).sum(-1).numpy()


def summarise_prediction(prediction: CharacterPrediction, targets: Targets, codes: FieldCodes) -> dict[str, float]:
    """Return means over the fields, and precision and recall of the members at a probability of one half."""
    scores = score_fields(prediction, targets, codes)
    found = {key: _mean_of(scores, key) for key in ("accuracy", "top3", "majority", "calibration", "r2")}
    predicted, true = prediction.members.numpy() > 0, targets[2]
    hits = (predicted & true).sum()
    return found | {
        "precision": float(hits / max(predicted.sum(), 1)),
        "recall": float(hits / max(true.sum(), 1)),
    }


def _mean_of(scores: Mapping[str, Mapping[str, float]], key: str) -> float:
    values = [score[key] for score in scores.values() if key in score and np.isfinite(score[key])]
    return float(np.mean(values)) if values else 0.0
