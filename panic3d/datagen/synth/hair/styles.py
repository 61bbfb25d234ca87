"""All hairstyles by name.

Random choices depend on the order of the registries: new styles of an existing family change its characters, and need a
new version of the family (`families.py`). A new module of styles is added here.
"""

from panic3d.datagen.synth.hair.fringes import FRINGES
from panic3d.datagen.synth.hair.gathered_backs import GATHERED_BACKS
from panic3d.datagen.synth.hair.loose_backs import LOOSE_BACKS
from panic3d.datagen.synth.hair.registry import HairStyleRegistry
from panic3d.datagen.synth.hair.sides import SIDES

BACKS = HairStyleRegistry({**LOOSE_BACKS, **GATHERED_BACKS})

__all__ = ["BACKS", "FRINGES", "SIDES"]
