"""The parameters of one hairstyle."""

from dataclasses import dataclass, field

import numpy as np

from panic3d.datagen.synth.families import added_in
from panic3d.datagen.synth.hair.texture import HairColour

GUIDED = "guided"
"""The name of the styles that follow the guides."""
SHORT_BACK_M, LONG_BACK_M = 0.12, 0.26
"""Up to the one a back is short, from the other on long."""


@dataclass(frozen=True)
class GuideField:
    """The guides of the styles `guided`: lengths, directions and forms from which locks grow; in head units."""

    density: float = 1.0
    """Locks per area, relative to about 13 in each row; locks are narrower where there are more."""
    layers: int = 3
    """Rows of the back from the crown to the nape."""
    back_m: float = 0.15
    """Length of the lowest row beyond the place where it leaves the skull."""
    layering: float = 0.3
    """How much shorter upper rows are: 0: all end at one height, 1: the upper rows are short."""
    side_ratio: float = 1.0
    """Length beside the face, relative to the length behind."""
    nape_deg: float = 110.0
    """Polar angle of the lowest row: small where the nape is free."""
    shaved: bool = False
    """Whether sides and back are shaved below `shaved_deg`."""
    shaved_deg: float = 85.0
    """Polar angle."""
    flare: float = 0.1
    """Spread of the free part: 0 falls straight down, 1 falls at 45 degrees outwards."""
    stand: float = 0.0
    """How far locks stand off the head as spikes: 0 not, 1 straight out."""
    sweep: float = 0.0
    """How far locks are swept around the head, towards the character's left on its back."""
    curl: float = -0.2
    """Bend of the tips in radians, outwards; negative inwards."""
    waves: float = 2.0
    """Number of waves along a lock; their amplitude is `wave_m` of the hair."""
    taper: float = 1.6
    """Form of the tips: 1 pointed, 8 cut straight."""
    clumping: float = 0.3
    """How far the tips of three neighbours meet: 0 not, 1 in one point."""
    fringe_y_m: float = 0.015
    """Height of the tips of the fringe in the middle, in the head frame."""
    fringe_arch_m: float = 0.02
    """How much lower the fringe ends at the temples."""
    fringe_lean: float = 0.0
    """Sideways direction of the fringe, towards the character's left: 0 is down, 1 is 45 degrees."""
    fringe_open: float = 0.0
    """How far the halves of the fringe are drawn apart: 0 not, 1 leaves the forehead free."""
    fringe_ragged: float = 0.3
    """Differences between the lengths of neighbouring locks of the fringe: 1 is 2 cm."""


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
    guides: GuideField = added_in(3, GuideField())
    """What the styles `guided` follow."""


def choose_texture_columns(rng: np.random.Generator, count: int, params: HairParams) -> np.ndarray:
    """Choose the texture column of each lock: neighbours differ, and some show the second colour."""
    columns = (np.arange(count) * 2 + rng.integers(0, 2, count) + rng.integers(5)) % 5
    return np.where(rng.random(count) < params.streaks, 5, columns).astype(np.int64)
