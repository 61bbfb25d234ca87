"""Values that add something large that the front view hardly shows: they need more than being the likeliest."""

import dataclasses

from panic3d.models.character.beliefs import Beliefs
from panic3d.models.character.codes import FieldCodes

HIDDEN_ITEMS = {"clothes.kind": frozenset(["backpack"])}
"""By the field's path. From the front, a backpack is two straps, which collars and bows of unknown clothes resemble."""
LEAST_CHANCE = 0.9
"""Of a value with a hidden item; one that is wrong spoils the back, one that is missing only leaves it plain."""


def drop_doubtful_items(beliefs: Beliefs, codes: FieldCodes) -> Beliefs:
    """Return beliefs in which values with hidden items have no chance unless they are nearly certain."""
    chances = list(beliefs.chances)
    for index, (field, values) in enumerate(zip(codes.categorical, codes.choices, strict=True)):
        doubtful = [
            place
            for place, value in enumerate(values)
            if value in HIDDEN_ITEMS.get(field.path, ()) and chances[index][place] < LEAST_CHANCE
        ]
        if doubtful:
            left = chances[index].copy()
            left[doubtful] = 0
            chances[index] = left / left.sum()
    return dataclasses.replace(beliefs, chances=tuple(chances))
