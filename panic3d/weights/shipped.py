"""Weights that come with the package. Each file says itself how it was made: its metadata are the run's."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from panic3d.registry import ENTRIES, PACKAGE


@dataclass(frozen=True)
class ShippedWeights:
    """One file of the package."""

    name: str
    """Where it lies in the package."""
    path: Path
    model: str
    """What `panic3d train` calls it."""
    facts: dict[str, Any]
    """Steps, seconds, characters."""

    @property
    def bytes(self) -> int:
        return self.path.stat().st_size

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def made(self) -> str:
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
