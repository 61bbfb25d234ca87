"""What a user says about the back of a character, where the portrait is silent."""

import dataclasses

import numpy as np

from panic3d.datagen.synth.hair.registry import HairStyle
from panic3d.models.character.beliefs import Beliefs
from panic3d.models.character.codes import FieldCodes
from panic3d.models.method import BackHair

BACK_FIELD = "hair.back"
TIED: dict[BackHair, frozenset[str]] = {
    "ponytail": frozenset(["ponytail", "high_ponytail", "side_ponytail", "low_ponytail", "folded_ponytail"]),
    "twintails": frozenset(["twintails", "low_twintails", "twin_drills", "two_side_up"]),
    "bun": frozenset(["hair_bun", "topknot", "updo"]),
    "braid": frozenset(["braid", "twin_braids", "single_braid"]),
}
"""Danbooru tags of hair that is tied; hair with none of them is loose."""
LOOSE: dict[BackHair, frozenset[str]] = {
    "long": frozenset(["long_hair", "very_long_hair", "hair_rings"]),
    "medium": frozenset(["medium_hair"]),
}
"""Danbooru tags of loose hair by length; what has none of them is short."""


def is_back_hair(style: HairStyle, hint: BackHair) -> bool:
    """Return whether a style of the back of the head is what a hint says; one without tags may be anything."""
    tags = frozenset(style.tags)
    if not tags:
        return False
    if hint in TIED:
        return bool(tags & TIED[hint])
    if any(tags & tied for tied in TIED.values()):
        return False
    if hint in LOOSE:
        return bool(tags & LOOSE[hint])
    return not any(tags & loose for loose in LOOSE.values())


def restrict_back_hair(beliefs: Beliefs, codes: FieldCodes, styles: dict[str, HairStyle], hint: BackHair) -> Beliefs:
    """Return beliefs in which the back hair is what a hint says.

    Where none of these styles was likely, all of them are equally likely.
    Where the network knows no such style, the beliefs stay as they are.
    """
    chances = list(beliefs.chances)
    for index, (field, values) in enumerate(zip(codes.categorical, codes.choices, strict=True)):
        if field.path == BACK_FIELD:
            allowed = np.array([is_back_hair(styles[str(value)], hint) for value in values], float)
            wanted = chances[index] * allowed
            if wanted.sum() < 1e-6:
                wanted = allowed
            if wanted.sum() > 0:
                chances[index] = wanted / wanted.sum()
    return dataclasses.replace(beliefs, chances=tuple(chances))
