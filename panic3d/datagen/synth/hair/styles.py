"""All hairstyles by name.

Random choices depend on the order of the registries: new styles of an existing family change its characters, and need a
new version of the family (`families.py`). A new module of styles is added here.
"""

from panic3d.datagen.synth.hair import fringes, sides
from panic3d.datagen.synth.hair.cuts.fringes import FURTHER_FRINGES
from panic3d.datagen.synth.hair.cuts.long_backs import LONG_BACKS
from panic3d.datagen.synth.hair.cuts.short_backs import SHORT_BACKS
from panic3d.datagen.synth.hair.cuts.sides import FURTHER_SIDES
from panic3d.datagen.synth.hair.cuts.tied_backs import TIED_BACKS
from panic3d.datagen.synth.hair.gathered_backs import GATHERED_BACKS
from panic3d.datagen.synth.hair.guided.styles import GUIDED_BACKS, GUIDED_FRINGES
from panic3d.datagen.synth.hair.loose_backs import LOOSE_BACKS
from panic3d.datagen.synth.hair.registry import HairStyleRegistry

FRINGES = HairStyleRegistry({**fringes.FRINGES, **FURTHER_FRINGES, **GUIDED_FRINGES})
SIDES = HairStyleRegistry({**sides.SIDES, **FURTHER_SIDES})
BACKS = HairStyleRegistry({**LOOSE_BACKS, **GATHERED_BACKS, **SHORT_BACKS, **LONG_BACKS, **TIED_BACKS, **GUIDED_BACKS})

__all__ = ["BACKS", "FRINGES", "SIDES"]
