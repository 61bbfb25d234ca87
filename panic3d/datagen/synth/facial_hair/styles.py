"""The styles of beards and moustaches, and the parameters of facial hair."""

from dataclasses import dataclass

from panic3d.datagen.synth.head.form import CHIN_Y_M, MOUTH_Y_M

Curve = tuple[tuple[float | int, float], ...]


@dataclass(frozen=True)
class FacialHair:
    """Beard and moustache of a face; lengths in head units."""

    beard: str = "none"
    """`none` or one of `BEARDS`."""
    moustache: str = "none"
    """`none` or one of `MOUSTACHES`."""
    length_m: float = 0.012
    """How far the longest part of the beard hangs below the chin, times the length of the style."""
    thickness_m: float = 0.0040
    spikes: float = 0.3
    """Depth of the notches between the locks of the lower edge, as a share of the length."""


@dataclass(frozen=True)
class BeardStyle:
    """A beard over the standard face. Curves are pairs of azimuth in degrees and value."""

    top: Curve
    """Height of the upper border."""
    length: Curve
    """Share of the length that hangs below the jaw."""
    from_deg: float = -10.0
    """Azimuth at which the beard begins: negative where it covers the chin."""
    to_deg: float = 86.0
    """Azimuth at which it ends."""
    thickness: float = 1.0
    reach: float = 1.0
    """Length relative to other styles."""
    gather: float = 0.0
    """How far the hanging part is gathered in the middle, or in two points."""
    points: int = 1
    tags: tuple[str, ...] = ("beard", "facial_hair")
    family: str = "train2"


@dataclass(frozen=True)
class MoustacheStyle:
    """A moustache over the standard face."""

    path: Curve
    """The middle line from the philtrum to the tip on the character's left."""
    half_width_m: float
    taper: float = 1.0
    """1 ends in a point, 0 keeps its width."""
    lift_m: float = 0.0
    """How far the tip stands off the face."""
    tags: tuple[str, ...] = ("mustache", "facial_hair")
    family: str = "train2"


_CHEEK: Curve = ((62, -0.046), (73, -0.026), (82, 0.006), (95, 0.006))
_WHOLE: Curve = ((0, -0.0735), (10, -0.0725), (15, -0.062), (22, -0.0545), (34, -0.0555), (48, -0.055), *_CHEEK)
_EVEN: Curve = ((0, 1.0), (25, 0.95), (50, 0.5), (70, 0.1), (95, 0.0))
BEARDS: dict[str, BeardStyle] = {
    "full": BeardStyle(_WHOLE, _EVEN),
    "boxed": BeardStyle(
        ((0, -0.0745), (12, -0.0745), (17, -0.064), (24, -0.060), (48, -0.064), *_CHEEK), _EVEN, thickness=0.5,
        reach=0.3,
    ),
    "long": BeardStyle(_WHOLE, ((0, 1.0), (20, 0.9), (45, 0.45), (65, 0.08), (95, 0.0)), thickness=1.3, reach=3.4,
                       gather=0.25),
    "goatee": BeardStyle(
        ((0, -0.0745), (14, -0.075), (20, -0.080), (95, -0.080)), ((0, 1.0), (18, 0.35), (30, 0.0)), to_deg=20.0,
        reach=1.1, tags=("facial_hair", "goatee"),
    ),
    "chin_strap": BeardStyle(
        ((0, -0.0845), (30, -0.080), (50, -0.072), (66, -0.050), (76, -0.024), (82, 0.006), (95, 0.006)),
        ((0, 0.5), (60, 0.2), (80, 0.0)), thickness=0.55, reach=0.5,
    ),
    "soul_patch": BeardStyle(
        ((0, -0.0715), (95, -0.0715)), ((0, 0.0), (95, 0.0)), to_deg=6.0, thickness=0.6, reach=0.0,
        tags=("facial_hair", "goatee"),
    ),
    "pointed": BeardStyle(
        ((0, -0.0735), (11, -0.0725), (16, -0.062), (24, -0.058), (36, -0.070), (48, -0.080), (95, -0.080)),
        ((0, 1.0), (14, 0.8), (30, 0.15), (42, 0.0)), to_deg=40.0, reach=2.2, gather=0.55,
        tags=("beard", "facial_hair", "goatee"),
    ),
    "sideburns": BeardStyle(
        ((0, 0.006), (95, 0.006)), ((0, 0.0), (95, 0.0)), from_deg=66.0, to_deg=84.0, thickness=0.7, reach=0.0,
        tags=("facial_hair", "long_sideburns", "sideburns"),
    ),
    "mutton_chops": BeardStyle(
        ((0, -0.060), (22, -0.0545), (34, -0.053), (50, -0.050), *_CHEEK), ((0, 0.0), (24, 0.2), (45, 0.8), (70, 0.0)),
        from_deg=19.0, thickness=1.5, reach=0.9, tags=("facial_hair", "mutton_chops", "sideburns"), family="heldout2",
    ),
    "forked": BeardStyle(_WHOLE, ((0, 0.55), (12, 1.0), (30, 0.6), (55, 0.1), (95, 0.0)), thickness=1.2, reach=3.0,
                         gather=0.5, points=2, family="heldout2"),
    "wizard": BeardStyle(_WHOLE, ((0, 1.0), (20, 0.85), (45, 0.5), (65, 0.1), (95, 0.0)), thickness=1.5, reach=7.5,
                         gather=0.65, tags=("beard", "facial_hair", "long_beard"), family="heldout2"),
}  # fmt: skip
_LIP = MOUTH_Y_M + 0.0075
MOUSTACHES: dict[str, MoustacheStyle] = {
    "natural": MoustacheStyle(((-0.0004, _LIP + 0.0006), (0.010, _LIP), (0.0215, _LIP - 0.006)), 0.0042),
    "pencil": MoustacheStyle(((0.0016, _LIP - 0.001), (0.011, _LIP - 0.0015), (0.0190, _LIP - 0.005)), 0.0016),
    "walrus": MoustacheStyle(((-0.0004, _LIP + 0.001), (0.012, _LIP - 0.001), (0.026, _LIP - 0.013)), 0.0074),
    "handlebar": MoustacheStyle(
        ((-0.0004, _LIP + 0.0004), (0.012, _LIP - 0.0018), (0.024, _LIP - 0.003), (0.034, _LIP + 0.009)), 0.0040,
        lift_m=0.004,
    ),
    "horseshoe": MoustacheStyle(
        ((-0.0004, _LIP), (0.013, _LIP - 0.001), (0.0205, _LIP - 0.008), (0.0225, CHIN_Y_M + 0.006)), 0.0040, taper=0.3
    ),
    "square": MoustacheStyle(
        ((-0.0004, _LIP), (0.006, _LIP), (0.0130, _LIP - 0.0004)), 0.0046, taper=0.0, family="heldout2"
    ),
    "dangling": MoustacheStyle(
        ((-0.0004, _LIP), (0.012, _LIP - 0.0015), (0.0225, _LIP - 0.01), (0.0265, CHIN_Y_M), (0.026, CHIN_Y_M - 0.045)),
        0.0027, lift_m=0.004, family="heldout2",
    ),
    "whiskered": MoustacheStyle(
        ((-0.0004, _LIP), (0.016, _LIP - 0.001), (0.036, _LIP + 0.003), (0.052, _LIP - 0.006), (0.062, _LIP - 0.024)),
        0.0030, lift_m=0.014, family="heldout2",
    ),
}  # fmt: skip


def list_facial_hair_tags(hair: FacialHair) -> set[str]:
    """List the Danbooru tags of facial hair."""
    found = set(BEARDS[hair.beard].tags) if hair.beard != "none" else set()
    return found | (set(MOUSTACHES[hair.moustache].tags) if hair.moustache != "none" else set())
