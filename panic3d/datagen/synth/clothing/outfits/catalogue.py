"""All outfits of the figure."""

from panic3d.datagen.synth.clothing.outfits.costumes import COSTUMES
from panic3d.datagen.synth.clothing.outfits.outerwear import OUTERWEAR
from panic3d.datagen.synth.clothing.outfits.registry import OutfitRegistry
from panic3d.datagen.synth.clothing.outfits.tops import TOPS
from panic3d.datagen.synth.clothing.outfits.uniforms import UNIFORMS
from panic3d.datagen.synth.clothing.outfits.unusual import UNUSUAL

OUTFITS = OutfitRegistry(TOPS | UNIFORMS | OUTERWEAR | COSTUMES | UNUSUAL)
