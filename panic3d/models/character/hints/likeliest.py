"""The likeliest values of a character's styles, among which a user chooses."""

import numpy as np

from panic3d.models.character.beliefs import Beliefs
from panic3d.models.character.codes import FieldCodes
from panic3d.models.character.hints.styles import SHORT_NAMES

LISTED = 3
"""Values of a style that are listed."""


def list_likeliest(beliefs: Beliefs, codes: FieldCodes) -> dict[str, list[tuple[str, float]]]:
    """Return the three likeliest values of each categorical field, with their probabilities.

    Fields have their short names, or their paths; those with short names come first.
    """
    short_names = {path: name for name, path in SHORT_NAMES.items()}
    found = {}
    for index, field in enumerate(codes.categorical):
        chances, values = beliefs.chances[index], codes.choices[index]
        order = np.argsort(-chances, kind="stable")[:LISTED]
        found[short_names.get(field.path, field.path)] = [(str(values[i]), float(chances[i])) for i in order]
    names = [*SHORT_NAMES, *(name for name in found if name not in SHORT_NAMES)]
    return {name: found[name] for name in names if name in found}
