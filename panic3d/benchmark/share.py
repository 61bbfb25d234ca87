"""Which pairs of a suite a process takes, who works on them, and the files in which ranks leave their part."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from panic3d.runtime.errors import WrongUsage


@dataclass(frozen=True)
class Share:
    """The part of the work that a process has, and where its workers run."""

    rank: int = 0
    world_size: int = 1
    executor: Literal["local", "ray"] = "local"

    def __post_init__(self) -> None:
        """Raise WrongUsage for numbers that do not go together."""
        if not 0 <= self.rank < self.world_size:
            raise WrongUsage(f"--rank {self.rank} needs a --world-size over {self.rank}")
        if self.executor == "ray" and self.world_size > 1:
            raise WrongUsage("--executor ray spreads the work itself: leave --rank and --world-size out")

    @property
    def own_rank(self) -> int | None:
        """The rank among several processes; None for a process that has the whole suite."""
        return self.rank if self.world_size > 1 else None

    def select(self, keys: Sequence[str]) -> list[str]:
        """Return the pairs of this process: pair i belongs to rank i modulo `world_size`."""
        return list(keys[self.rank :: self.world_size])

    def choose_file(self, path: Path) -> Path:
        """Return `path`, or for one of several ranks the file beside it with that rank's part."""
        return path if self.own_rank is None else path.with_name(f"{path.name}.rank{self.rank}")


WHOLE = Share()
"""The whole suite, on this machine."""


def list_parts(path: Path) -> list[Path]:
    """Return the files with parts of ranks beside a file, by rank."""
    numbers = {p: re.fullmatch(r"rank(\d+)", p.name.removeprefix(f"{path.name}.")) for p in path.parent.glob("*.rank*")}
    found = {p: int(number[1]) for p, number in numbers.items() if number and p.name.startswith(f"{path.name}.rank")}
    return sorted(found, key=found.__getitem__)


def remove_parts(path: Path) -> None:
    """Remove the parts of ranks once the whole file holds them."""
    for part in list_parts(path):
        part.unlink(missing_ok=True)
