"""Draw accessories of version 3 of the generator."""

import numpy as np

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.accessories.covers import FULL_COVERS, HEAD_COVERS
from panic3d.datagen.synth.draws.traits import PersonTraits
from panic3d.datagen.synth.families import is_style_of

FREQUENCIES = {
    **dict.fromkeys(("glasses", "glasses_red", "square_glasses", "oval_glasses"), 1.2),
    **dict.fromkeys(("eye_patch", "black_eyepatch", "sunglasses", "mask", "monocle", "masquerade_mask"), 0.35),
    **dict.fromkeys(("ear_studs", "hoop_earrings", "drop_earrings"), 1.3),
    **dict.fromkeys(("chef_hat", "party_hat", "antennae", "blindfold", "hood", "back_halo"), 0.4),
}
"""How much more often an accessory is drawn than others."""
WORN_BY_WOMEN = frozenset(
    [
        "hair_ribbon", "back_bow", "twin_ribbons", "maid_headdress", "flower", "flower_wreath", "hair_clips", "tiara",
        "veil", "hair_band", "rose", "butterfly", "bow_hairband", "frilled_hairband", "nurse_cap", "mini_crown",
        "drop_earrings", "leaf_pin", "star_pin", "hair_stick",
    ]
)  # fmt: skip
"""Accessories that few men wear."""
WORN_BY_ADULTS = frozenset(["top_hat", "fedora", "sunglasses", "monocle", "hoop_earrings", "drop_earrings", "veil"])
"""Accessories that few children wear."""
ALLOWED_BELOW_COVERS = ("eyes", "mouth", "ears")
ALLOWED_BESIDE_HATS = (*ALLOWED_BELOW_COVERS, "above")


def draw_accessories(rng: np.random.Generator, family: str, traits: PersonTraits) -> tuple[str, ...]:
    """Draw up to three accessories, one per slot."""
    count = int(rng.choice([0, 1, 2, 3], p=[0.34, 0.40, 0.19, 0.07]))
    names = [name for name, entry in ACCESSORIES.items() if is_style_of(entry.family, family)]
    shares = np.array([FREQUENCIES.get(name, 1.0) for name in names])
    shares[[traits.sex == "male" and name in WORN_BY_WOMEN for name in names]] *= 0.06
    shares[[traits.age == "child" and name in WORN_BY_ADULTS for name in names]] *= 0.1
    chosen: dict[str, str] = {}
    for name in rng.choice(names, count, replace=False, p=shares / shares.sum()):
        chosen.setdefault(ACCESSORIES[str(name)].slot, str(name))
    if chosen.get("top") in HEAD_COVERS:  # accessories on the hair would penetrate the hat
        allowed = ALLOWED_BELOW_COVERS if chosen["top"] in FULL_COVERS else ALLOWED_BESIDE_HATS
        chosen = {slot: name for slot, name in chosen.items() if slot in ("top", *allowed)}
    return tuple(sorted(chosen.values()))
