"""Every style by name. Importing this fills the registries: a new module of styles is listed here."""

# The registries keep the order in which they are filled, and random choices depend on it: small accessories come first.
# isort: off
from panic3d.datagen.synth.accessories import small as _accessories
from panic3d.datagen.synth.accessories import hats as _hats

# isort: on
from panic3d.datagen.synth.accessories.fittings import ACCESSORIES
from panic3d.datagen.synth.clothing.clothes import OUTFITS
from panic3d.datagen.synth.hair import gathered as _gathered
from panic3d.datagen.synth.hair.backs import BACKS
from panic3d.datagen.synth.hair.fringes import FRINGES
from panic3d.datagen.synth.hair.sides import SIDES
from panic3d.datagen.synth.head.eyes import EYE_STYLES
from panic3d.datagen.synth.head.mouth import MOUTH_STYLES

FILLED_BY = (_accessories, _hats, _gathered)
__all__ = ["ACCESSORIES", "BACKS", "EYE_STYLES", "FRINGES", "MOUTH_STYLES", "OUTFITS", "SIDES"]
