"""The parameters of an outfit."""

from dataclasses import dataclass

from panic3d.datagen.synth.meshes.paint import Colour

OUTFITS = ("sailor", "blouse", "hoodie")
OUTFITS_OF_VERSION_2 = OUTFITS


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
