"""What a kind of fuzzed input is made of."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Report = Callable[[str], None]
"""Takes one sentence."""


@dataclass(frozen=True)
class FuzzedKind:
    """Valid files, and the readers that every damaged copy goes through."""

    make: Callable[[Path], None]
    """Writes the valid files into an empty folder."""
    damage: Callable[[random.Random, Path], str]
    """Damages one file of a copy of the folder and returns its name."""
    readers: Callable[[Path], list[Callable[[Report], object]]]
    """Gives the readers of the damaged file, each of which raises UserError and reports sentences, or nothing."""
    max_mb: int = 2048
    """Of memory that a process may take for one case."""


def change_file(path: Path, change: Callable[[random.Random, bytes], bytes], rng: random.Random) -> str:
    """Replace the content of a file, and return its name."""
    path.write_bytes(change(rng, path.read_bytes()))
    return path.name
