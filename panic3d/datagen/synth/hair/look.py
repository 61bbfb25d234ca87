"""What a head of hair is made of, and the registry of its styles."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from panic3d.datagen.synth.hair.locks import Strands
from panic3d.datagen.synth.hair.texture import HairColour


@dataclass(frozen=True)
class HairLook:
    """One head of hair."""

    fringe: str = "straight"
    side: str = "short"
    back: str = "bob"
    colour: HairColour = field(default_factory=HairColour)
    volume_m: float = 0.006
    """How much further than standard the hair stands off the skull."""
    length: float = 1.0
    lock_width: float = 1.0
    part_deg: float = 0.0
    """The parting's distance from the middle, towards the character's left."""
    flip: bool = False
    """The fringe mirrored."""
    wave_m: float = 0.0
    messy: float = 0.3
    ahoge: int = 0
    streaks: float = 0.0
    """Share of locks in the second colour."""
    inner_colour: bool = False
    """The under layer has the second colour."""


Tie = tuple[float, float, float]
"""Azimuth and polar angle in degrees and radius in metres of a band that holds a tail."""
Grow = Callable[[HairLook, np.random.Generator], list[Strands]]


@dataclass(frozen=True)
class Style:
    """A way to grow one region of the hair."""

    grow: Grow
    tags: tuple[str, ...]
    family: str
    ties: tuple[Tie, ...]
    short: bool
    """Leaves room for a hood."""
    pulled: bool
    """Combed close to the skull."""
    high: bool
    """Gathered where a hat would sit."""


class Styles(dict[str, Style]):
    """Name -> style; `@styles.add(...)` above a function enters it."""

    def add(
        self,
        name: str,
        *tags: str,
        family: str = "train",
        ties: tuple[Tie, ...] = (),
        short: bool = False,
        pulled: bool = False,
        high: bool = False,
    ) -> Callable[[Grow], Grow]:
        def enter(grow: Grow) -> Grow:
            self[name] = Style(grow, tags, family, ties, short, pulled, high)
            return grow

        return enter

    def names(self, family: str) -> list[str]:
        return [name for name, style in self.items() if style.family == family]


def variants(rng: np.random.Generator, count: int, look: HairLook) -> np.ndarray:
    """Texture columns for locks: neighbours differ; some carry the second colour."""
    columns = (np.arange(count) * 2 + rng.integers(0, 2, count) + rng.integers(5)) % 5
    return np.where(rng.random(count) < look.streaks, 5, columns).astype(np.int64)
