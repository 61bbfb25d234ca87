"""The parameters of one hairstyle."""

from dataclasses import dataclass, field

import numpy as np

from panic3d.datagen.synth.families import added_in
from panic3d.datagen.synth.hair.texture import HairColour


@dataclass(frozen=True)
class HairParams:
    """The styles, colours and dimensions of a character's hair."""

    fringe: str = "straight"
    side: str = "short"
    back: str = "bob"
    colour: HairColour = field(default_factory=HairColour)
    volume_m: float = 0.006
    """Distance of the hair from the skull beyond the standard."""
    length: float = 1.0
    lock_width: float = 1.0
    part_deg: float = 0.0
    """The parting's distance from the middle, towards the character's left."""
    flip: bool = False
    """Mirror the fringe."""
    wave_m: float = 0.0
    messy: float = 0.3
    ahoge: int = 0
    streaks: float = 0.0
    """Share of locks in the second colour."""
    inner_colour: bool = False
    """The under layer has the second colour."""
    smooth: bool = added_in(3, False)
    """Rounded locks and a smooth scalp, as all characters of version 3 have."""
    manner: str = added_in(3, "soft")
    """How the texture is painted: one of `MANNERS`."""


def choose_texture_columns(rng: np.random.Generator, count: int, params: HairParams) -> np.ndarray:
    """Choose the texture column of each lock: neighbours differ, and some show the second colour."""
    columns = (np.arange(count) * 2 + rng.integers(0, 2, count) + rng.integers(5)) % 5
    return np.where(rng.random(count) < params.streaks, 5, columns).astype(np.int64)
