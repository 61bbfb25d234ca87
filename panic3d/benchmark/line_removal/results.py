"""One JSON record a remover and set of pairs, with every pair's numbers; what is there is not worked out again."""

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from panic3d.benchmark.line_removal.pairs import DrawnPairs
from panic3d.benchmark.line_removal.scoring import score
from panic3d.benchmark.metrics.mean_interval import PairValues
from panic3d.benchmark.results import collect_versions, describe_machine
from panic3d.benchmark.running import weights_sha256
from panic3d.models.line_removal.removers import Remover
from panic3d.runtime.progress import Progress
from panic3d.shards.files import write_atomically
from panic3d.shards.schema import SCHEMA, encode_json
from panic3d.weights.lpips import Lpips

VERSION = 1
"""Of what is measured (`numbers.py`)."""
SAVE_EVERY = 5


@dataclass
class LineRemovalResult:
    """A row of the table."""

    suite: dict[str, Any]
    """name, folder, and the sha256 of the list of pairs."""
    remover: str
    weights_sha256: str | None
    pairs: dict[str, dict[str, float]] = field(default_factory=dict)
    without_landmarks: int = 0
    machine: dict[str, Any] = field(default_factory=lambda: describe_machine())
    versions: dict[str, str] = field(default_factory=lambda: collect_versions())
    version: int = VERSION
    schema: int = SCHEMA

    def values(self, number: str) -> PairValues:
        return PairValues({key: pair[number] for key, pair in self.pairs.items() if number in pair})


def run_remover(
    label: str, remove: Remover, weights: Path | None, pairs: DrawnPairs, lpips: Lpips | None, out: Path
) -> LineRemovalResult:
    """Scores the pairs that `out` does not have yet, in `out/SUITE/LABEL.json`."""
    listed = hashlib.sha256("\n".join(pairs.keys).encode()).hexdigest()
    suite = {"name": pairs.name, "folder": str(pairs.archive.folder), "sha256": listed}
    result = LineRemovalResult(suite, label, weights_sha256(weights))
    path = out / pairs.name / f"{label}.json"
    if path.is_file():
        record = json.loads(path.read_text())
        if all(record.get(name) == getattr(result, name) for name in ("remover", "weights_sha256", "version")):
            result.pairs = {key: numbers for key, numbers in record["pairs"].items() if key in pairs.keys}
    todo = [key for key in pairs.keys if key not in result.pairs]
    if not todo:
        return result
    path.parent.mkdir(parents=True, exist_ok=True)
    with Progress(f"lines {label}", len(pairs.keys), len(pairs.keys) - len(todo)) as progress:
        for count, key in enumerate(todo, 1):
            pair = pairs.pair(key)
            start_s = time.process_time()
            cleaned = remove(pair.drawing, pair.landmarks_px)
            seconds = time.process_time() - start_s
            result.pairs[key] = score(pair, cleaned, lpips) | {"seconds": seconds}
            result.without_landmarks += pair.landmarks_px is None
            if count % SAVE_EVERY == 0 or count == len(todo):
                write_atomically(path, encode_json(asdict(result)))
            progress.step(key)
    return result
