"""The weights files of a run: the latest, the best by validation, and snapshots that stay."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from panic3d.models.engine.checkpoint import WEIGHTS, read_facts, save_weights
from panic3d.registry import BEST_FILE

SNAPSHOT = "snapshot-{pictures:09d}.safetensors"
SCORES = "validation"
"""The entry of the facts of `best.safetensors` with its scores."""


class RunWeights:
    """Writes the averaged weights of a run into its folder."""

    def __init__(self, folder: Path, config: Any, avatars: str, resume: bool) -> None:
        """`avatars`: see `encode_avatars`. With `resume` later weights have to be better than the best of the folder's.

        That file itself says how good it is: a run that was killed may be behind it.
        """
        self.folder, self.config, self.avatars = folder, config, avatars
        self.best: dict[str, float] = read_facts(folder / BEST_FILE).get(SCORES, {}) if resume else {}

    def write_latest(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        self._write(WEIGHTS, tensors, facts)

    def write_snapshot(self, tensors: dict[str, Tensor], facts: dict[str, Any], pictures: int) -> None:
        """Write a file that later steps do not replace, named after the pictures that the run has seen."""
        self._write(SNAPSHOT.format(pictures=pictures), tensors, facts)

    def write_if_best(
        self, tensors: dict[str, Tensor], facts: dict[str, Any], scores: Mapping[str, float], best_by: Sequence[str]
    ) -> bool:
        """Write `best.safetensors` if these scores are better than those of all validations before.

        `best_by` as in `Task`. Returns whether it was written.
        """
        if not is_better(scores, self.best, best_by):
            return False
        self.best = dict(scores)
        self._write(BEST_FILE, tensors, facts | {SCORES: self.best})
        return True

    def _write(self, name: str, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        save_weights(self.folder / name, tensors, self.config, facts, self.avatars)


def is_better(scores: Mapping[str, float], best: Mapping[str, float], best_by: Sequence[str]) -> bool:
    """Compare by the first of the names `best_by` that `scores` has; after a minus sign less is better.

    A score that `best` lacks is better than none. Where no name is known nothing is better.
    """
    for entry in best_by:
        name, sign = entry.removeprefix("-"), -1 if entry.startswith("-") else 1
        if name in scores:
            return name not in best or sign * scores[name] > sign * best[name]
    return False
