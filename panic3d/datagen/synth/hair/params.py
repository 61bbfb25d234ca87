"""The parameters of one hairstyle."""

from dataclasses import dataclass, field

import numpy as np

from panic3d.datagen.synth.hair.texture import HairColour


@dataclass(frozen=True)
class HairParams:
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


def choose_texture_columns(rng: np.random.Generator, count: int, params: HairParams) -> np.ndarray:
    """Texture columns for locks: neighbours differ; some carry the second colour."""
    columns = (np.arange(count) * 2 + rng.integers(0, 2, count) + rng.integers(5)) % 5
    return np.where(rng.random(count) < params.streaks, 5, columns).astype(np.int64)
