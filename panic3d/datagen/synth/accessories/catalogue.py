"""All accessories by name.

Random choices depend on the order of the registry: new accessories of an existing family change its characters, and
need a new version of the family (`families.py`). A new module of accessories is added here.
"""

from panic3d.datagen.synth.accessories.animal import ANIMAL_ACCESSORIES
from panic3d.datagen.synth.accessories.beasts import BEASTS
from panic3d.datagen.synth.accessories.eyewear import EYEWEAR
from panic3d.datagen.synth.accessories.face_wear import FACE_WEAR
from panic3d.datagen.synth.accessories.hats import HATS
from panic3d.datagen.synth.accessories.headwear import HEADWEAR
from panic3d.datagen.synth.accessories.ornaments import ORNAMENTS
from panic3d.datagen.synth.accessories.pins import PINS
from panic3d.datagen.synth.accessories.registry import AccessoryRegistry

ACCESSORIES = AccessoryRegistry(
    {**ANIMAL_ACCESSORIES, **ORNAMENTS, **EYEWEAR, **HEADWEAR, **HATS, **BEASTS, **PINS, **FACE_WEAR}
)
