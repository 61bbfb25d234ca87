"""The swatches of the accessory texture and their colours."""

from panic3d.datagen.synth.meshes.paint import Colour

ACCESSORY_MATERIAL = "Accessory"
FUR, INNER, MAIN, SECOND, METAL, DARK, GLASS, RED, BLUE, WHITE, BONE = range(11)
"""Swatches of the accessory texture."""
SILVER, LEAF, BLACK, CREAM = range(11, 15)
"""Swatches since version 3 of the generator."""


def list_swatch_colours(hair: Colour, main: Colour, second: Colour) -> list[Colour]:
    """List the colours in the order of the swatches."""
    metal, dark, glass = (0.90, 0.76, 0.36), (0.16, 0.15, 0.20), (0.62, 0.80, 0.92)
    plain = [(0.9, 0.1, 0.1), (0.1, 0.2, 0.9), (0.96, 0.95, 0.97), (0.87, 0.80, 0.70)]
    return [hair, (1.0, 0.80, 0.80), main, second, metal, dark, glass, *plain]


def list_more_colours() -> list[Colour]:
    """List the colours of the swatches since version 3 of the generator."""
    return [(0.80, 0.82, 0.87), (0.36, 0.58, 0.32), (0.10, 0.10, 0.12), (0.95, 0.89, 0.76)]
