"""Every style by name. Importing this fills the registries: a new module of styles is listed here."""

from panic3d.datagen.synth import accessories as _accessories
from panic3d.datagen.synth import hats as _hats
from panic3d.datagen.synth.clothes import OUTFITS
from panic3d.datagen.synth.eyes import EYE_STYLES
from panic3d.datagen.synth.fittings import ACCESSORIES
from panic3d.datagen.synth.hair import gathered as _gathered
from panic3d.datagen.synth.hair.backs import BACKS
from panic3d.datagen.synth.hair.fringes import FRINGES
from panic3d.datagen.synth.hair.sides import SIDES
from panic3d.datagen.synth.mouth import MOUTH_STYLES

FILLED_BY = (_accessories, _hats, _gathered)
__all__ = ["ACCESSORIES", "BACKS", "EYE_STYLES", "FRINGES", "MOUTH_STYLES", "OUTFITS", "SIDES"]
