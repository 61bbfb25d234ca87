"""The parameters of the face."""

from dataclasses import dataclass, field

from panic3d.datagen.synth.families import added_in
from panic3d.datagen.synth.head.eyes import EyeParams
from panic3d.datagen.synth.head.mouth import MouthParams
from panic3d.datagen.synth.meshes.paint import Colour


@dataclass(frozen=True)
class FaceDetails:
    """What is painted on the skin since version 3 of the generator."""

    nose: str = "dot"
    """One of `NOSE_STYLES`."""
    blush_style: str = "round"
    """One of `BLUSH_STYLES`."""
    hair_shadow: float = 0.5
    """Strength of the shade that the fringe casts on the forehead."""
    neck_shadow: float = 0.9
    side_shade: float = 0.3
    """Strength of the shade at the edge of the cheeks."""
    stubble: float = 0.0
    marks: tuple[str, ...] = ()
    """Any of `MARKS`: moles, scars, plasters, face paint."""
    mark_colour: Colour = (0.75, 0.15, 0.18)
    lips: float = 0.0
    """Strength of lipstick."""
    lip_colour: Colour = (0.80, 0.25, 0.32)
    eye_shadow: float = 0.0
    eye_shadow_colour: Colour = (0.75, 0.35, 0.50)
    markings_side: int = 1
    """The side of marks that are on one side: 1 is the character's left, -1 its right."""
    hair_colour: Colour = (0.3, 0.2, 0.2)
    """The colour of stubble."""


NOSE_STYLES = ("dot", "line", "shadow", "triangle", "full", "nostrils", "highlight", "none", "hook", "side_shadow")
BLUSH_STYLES = ("round", "wide", "lines", "nose", "high", "spirals", "hearts")
MARKS = (
    "mole_eye", "mole_mouth", "scar_eye", "scar_cheek", "scar_nose", "plaster_nose", "plaster_cheek", "whiskers",
    "stripes", "tear", "star", "forehead_gem", "eye_lines", "tribal", "dirt", "bags",
)  # fmt: skip
ONE_SIDED_MARKS = (
    "mole_eye", "mole_mouth", "scar_eye", "scar_cheek", "plaster_cheek", "tear", "star", "dirt",
)  # fmt: skip
COLOURED_MARKS = ("stripes", "tear", "star", "forehead_gem", "eye_lines", "tribal")
"""Marks that have a colour of their own."""
HELDOUT_NOSES = ("hook", "side_shadow", "nostrils")
HELDOUT_BLUSHES = ("spirals", "hearts", "high")
HELDOUT_MARKS = ("tribal", "star", "plaster_cheek")
"""Values that characters of the family `heldout2` alone have."""


@dataclass(frozen=True)
class FaceParams:
    """The parameters of everything that is painted on the face."""

    skin: Colour = (1.0, 0.90, 0.84)
    shade: Colour = (0.93, 0.70, 0.66)
    blush: float = 0.35
    freckles: bool = False
    eyes: EyeParams = field(default_factory=EyeParams)
    mouth: MouthParams = field(default_factory=MouthParams)
    manner: str = added_in(3, "soft")
    """How skin and features are painted: one of `meshes.manners.MANNERS`."""
    details: FaceDetails | None = added_in(3, None)
