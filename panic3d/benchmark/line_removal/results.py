"""Run line removers and save one JSON record per remover with the scores of every pair."""

import hashlib
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from panic3d.benchmark.line_removal.pairs import DrawnPairs
from panic3d.benchmark.line_removal.scoring import score_pair
from panic3d.benchmark.metrics.mean_interval import PairValues
from panic3d.benchmark.results import collect_versions, describe_machine
from panic3d.benchmark.running import hash_weights
from panic3d.models.line_removal.removers import Remover
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically
from panic3d.runtime.progress import Progress
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import read_file
from panic3d.shards.schema import SCHEMA, encode_json
from panic3d.weights.lpips import Lpips

VERSION = 1
"""Version of the scores (`scoring.py`). Records of another version are computed again."""
SAVE_EVERY = 5
"""Number of pairs after which the record is saved."""


@dataclass
class LineRemovalResult:
    """The scores of one line remover: a row of the table."""

    suite: dict[str, Any]
    """Keys: name, folder, and the sha256 of the list of pairs."""
    remover: str
    weights_sha256: str | None
    pairs: dict[str, dict[str, float]] = field(default_factory=dict)
    without_landmarks: int = 0
    machine: dict[str, Any] = field(default_factory=lambda: describe_machine())
    versions: dict[str, str] = field(default_factory=lambda: collect_versions())
    version: int = VERSION
    schema: int = SCHEMA

    def values(self, name: str) -> PairValues:
        """Return the values of a column, for the pairs that have one."""
        return PairValues({key: pair[name] for key, pair in self.pairs.items() if name in pair})


def load_result(path: Path) -> LineRemovalResult:
    """Load a saved result. Raises UserError where it is broken."""
    try:
        result: LineRemovalResult = parse_json(read_file(path), LineRemovalResult)
    except (OSError, ValueError) as error:
        raise UserError(f"expected scores of a line remover in {path} ({error}): remove it and run again") from error
    return result


def run_remover(
    label: str, remove: Remover, weights: Path | None, pairs: DrawnPairs, lpips: Lpips | None, out: Path
) -> LineRemovalResult:
    """Score the pairs that are missing in `out/SUITE/LABEL.json`, and return the result for all pairs."""
    listed = hashlib.sha256("\n".join(pairs.keys).encode()).hexdigest()
    suite = {"name": pairs.name, "folder": str(pairs.archive.folder), "sha256": listed}
    result = LineRemovalResult(suite, label, hash_weights(weights))
    path = out / pairs.name / f"{label}.json"
    if path.is_file():
        earlier = load_result(path)
        if all(getattr(earlier, name) == getattr(result, name) for name in ("remover", "weights_sha256", "version")):
            result.pairs = {key: numbers for key, numbers in earlier.pairs.items() if key in pairs.keys}
    todo = [key for key in pairs.keys if key not in result.pairs]
    if not todo:
        return result
    path.parent.mkdir(parents=True, exist_ok=True)
    with Progress(f"lines {label}", len(pairs.keys), len(pairs.keys) - len(todo)) as progress:
        for count, key in enumerate(todo, 1):
            pair = pairs.load_pair(key)
            start_s = time.process_time()
            cleaned = remove(pair.drawing, pair.landmarks_px)
            seconds = time.process_time() - start_s
            result.pairs[key] = score_pair(pair, cleaned, lpips) | {"seconds": seconds}
            result.without_landmarks += pair.landmarks_px is None
            if count % SAVE_EVERY == 0 or count == len(todo):
                write_atomically(path, encode_json(asdict(result)))
            progress.step(key)
    return result
