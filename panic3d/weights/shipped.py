"""List the weights files of the package. The metadata of each file describes the training run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from panic3d.registry import ENTRIES, PACKAGE
from panic3d.shards.schema import compute_sha256


@dataclass(frozen=True)
class ShippedWeights:
    """A weights file of the package."""

    name: str
    """Path relative to the package."""
    path: Path
    model: str
    """Name of the model in `panic3d train`."""
    facts: dict[str, Any]
    """Numbers of the training run: steps, seconds, characters."""

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size

    @property
    def sha256(self) -> str:
        return compute_sha256(self.path)

    @property
    def made(self) -> str:
        """The command that made the file, with the numbers of the run."""
        facts = ", ".join(f"{value} {what}" for what, value in sorted(self.facts.items()))
        return f"`panic3d train {self.model}` ({facts}); its configuration is in the file"


def list_shipped_weights() -> list[ShippedWeights]:
    """Return every weights file of the package's registry, by path."""
    return [_read_metadata(name) for name in sorted({entry.weights for entry in ENTRIES if entry.weights})]


def _read_metadata(name: str) -> ShippedWeights:
    import yaml
    from safetensors import safe_open

    path = PACKAGE / name
    with safe_open(path, "np") as file:
        metadata = file.metadata() or {}
    config = yaml.safe_load(metadata.get("config", "")) or {}
    model = config.get("model_kind", "?")
    return ShippedWeights(name, path, model, json.loads(metadata.get("facts", "{}")))
