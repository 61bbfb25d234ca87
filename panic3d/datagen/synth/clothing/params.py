"""The parameters of an outfit."""

from dataclasses import dataclass

from panic3d.datagen.synth.families import added_in
from panic3d.datagen.synth.meshes.paint import Colour

OUTFITS_OF_VERSION_2 = ("sailor", "blouse", "hoodie")
"""The outfits of bodies of version 2; those of a `Figure` are in `outfits/catalogue.py`."""
PATTERNS = ("plain", "stripes", "vertical_stripes", "checks", "dots", "argyle", "logo")
PRINTS, WEAVES, KNITS, BANDS = PATTERNS[1:], PATTERNS[1:-1], ("stripes", "checks", "argyle"), ("stripes",)
"""Patterns of shirts, of other cloth, of knitted cloth, and of ties and scarves."""


@dataclass(frozen=True)
class ClothesParams:
    """The style and colours of one outfit."""

    kind: str = "sailor"
    main: Colour = (0.96, 0.95, 0.97)
    collar: Colour = (0.16, 0.22, 0.45)
    accent: Colour = (0.80, 0.15, 0.22)
    skirt: Colour = (0.18, 0.22, 0.42)
    skin: Colour = (1.0, 0.9, 0.84)
    long_sleeves: bool = False
    inner: Colour = added_in(3, (0.95, 0.94, 0.95))
    """The garment below a jacket or coat."""
    manner: str = added_in(3, "soft")
    """One of `MANNERS`."""
    pattern: str = added_in(3, "plain")
    """One of `PATTERNS`."""
    sleeve_m: float = added_in(3, 0.10)
    """Length of the sleeves from the shoulder joint, of outfits whose sleeves vary."""
    opening_m: float = added_in(3, 0.03)
    """How far the neckline, or the opening of a jacket, reaches below its standard."""
    looseness_m: float = added_in(3, 0.004)
    """Distance of the cloth from the body beyond the standard."""
    bulk: float = added_in(3, 1.0)
    """Size of collars, hoods, capes, scarves, pauldrons and bows."""
    trousers: bool = added_in(3, False)
