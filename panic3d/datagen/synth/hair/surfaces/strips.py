"""The strips of the hair texture of version 3: those of version 2, then stubble."""

from panic3d.datagen.synth.hair.locks import COLUMNS

STUBBLE = COLUMNS
"""The strip of hair that is clipped to some millimetres, with the skin showing through."""
CLIPPED = COLUMNS + 1
"""The strip of dense hair of a centimetre."""
STRIPS = COLUMNS + 2
