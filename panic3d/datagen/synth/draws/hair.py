"""Draw hairstyles of version 3, with regard to sex and age."""

from dataclasses import replace

import numpy as np

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.accessories.covers import HEAD_COVERS, WORN_ON_CROWN
from panic3d.datagen.synth.draws.guides import draw_guides
from panic3d.datagen.synth.draws.traits import PersonTraits
from panic3d.datagen.synth.draws.version2 import draw_hair_colour
from panic3d.datagen.synth.families import is_style_of
from panic3d.datagen.synth.hair.build import MOST_AHOGE
from panic3d.datagen.synth.hair.params import GUIDED, SHORT_BACK_M, HairParams
from panic3d.datagen.synth.hair.registry import HairStyle, HairStyleRegistry
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES

MASCULINE_STYLES = frozenset(
    [
        "bald", "buzz_cut", "crew_cut", "short_neat", "undercut", "bowl", "slicked_back", "short_spiky", "boyish",
        "mullet", "man_bun", "mohawk", "dreadlocks", "spiked_all", "top_knot", "side_part", "slicked", "quiff",
        "crop", "curtains_short", "pompadour", "spiked_up", "neat", "sideburns",
    ]
)  # fmt: skip
"""Styles that few women have."""
FEMININE_STYLES = frozenset(
    [
        "bob_flipped", "hime_long", "twin_tails", "short_twin_tails", "low_twin_tails", "high_pony_tail",
        "side_pony_tail", "double_bun", "single_bun", "twin_braids", "half_up", "inverted_bob", "hime_tiers",
        "curly_long", "over_shoulders", "over_one_shoulder", "tied_ends", "half_up_buns", "one_side_up", "low_bun",
        "odango_tails", "side_braid", "twin_drills", "folded_tail", "low_twin_loose", "crown_braid", "bubble_tail",
        "hair_rings", "very_long", "wavy_bob", "lob", "blunt", "rolled", "micro", "arched", "long", "hime",
        "wavy", "waist", "puffed", "cat_ear_hair", "hime_long", "tied",
    ]
)  # fmt: skip
"""Styles that few men have."""
FREQUENCIES = {"bald": 0.4, "buzz_cut": 0.6, "mohawk": 0.5, "cat_ear_hair": 0.4, "hair_rings": 0.6, GUIDED: 7.0}
"""How often a style is drawn, relative to others of its region."""
FREQUENCIES_OF_CHILDREN = {
    **dict.fromkeys(("bald", "slicked_back", "slicked_long", "man_bun", "top_knot", "slicked", "quiff"), 0.1),
    **dict.fromkeys(("bowl", "twin_tails", "short_twin_tails", "bob", "twin_braids"), 2.0),
    "sideburns": 0.05,
}
FREQUENCIES_OF_ADULTS = {
    **dict.fromkeys(("twin_tails", "short_twin_tails", "odango_tails", "double_bun", "cat_ear_hair"), 0.4),
    **dict.fromkeys(("bald", "slicked_back", "low_bun", "folded_tail", "quiff"), 2.0),
}
FACE_SLOTS = ("eyes", "mouth", "ears")
"""Slots of accessories that need no hair."""
TALL_STYLES = ("afro", "mohawk", "dreadlocks", "spiked_all", "pompadour", "spiked_up")
"""Styles that stand where hats are."""
BROAD_BRIMS = ("straw_hat", "witch_hat")
STYLES_BELOW_BRIMS = ("short_twin_tails", "side_pony_tail", "pony_tail", "twin_drills", "folded_tail", "hair_rings")
"""Tails that would pierce a broad brim."""


def draw_hair(
    rng: np.random.Generator,
    family: str,
    traits: PersonTraits,
    colours: tuple[str, str],
    manner: str,
    accessories: tuple[str, ...],
) -> HairParams:
    """Draw the hairstyle; `colours` are the names of the hair's first and second colour."""
    hooded, covered = "hood" in accessories, any(item in HEAD_COVERS for item in accessories)
    pinned = any(ACCESSORIES[item].slot not in FACE_SLOTS and item not in HEAD_COVERS for item in accessories)
    crowned = covered or any(item in WORN_ON_CROWN for item in accessories)
    brimmed = any(item in BROAD_BRIMS for item in accessories)
    backs = [
        name
        for name in BACKS.list_family(family)
        if _suits_accessories(BACKS[name], hooded, covered, pinned)
        and not (covered and name in TALL_STYLES)
        and not (brimmed and name in STYLES_BELOW_BRIMS)
    ]
    back = _choose(rng, backs, traits)
    style = BACKS[back]
    colour, two_tone = draw_hair_colour(rng, *colours)
    guides = draw_guides(rng, traits)
    if is_cropped(style) or (back == GUIDED and guides.back_m < SHORT_BACK_M):
        colour = replace(colour, tip=colour.base)
    fringes = _list_companions(FRINGES, style.fringes, family)
    if not style.fringes:
        fringes = [name for name in fringes if name != "none"]
    fringes = [name for name in fringes if not (covered and name in TALL_STYLES)] or fringes
    return HairParams(
        fringe=_choose(rng, fringes, traits),
        side=_choose(rng, _list_companions(SIDES, style.sides, family), traits),
        back=back,
        colour=colour,
        volume_m=float(rng.uniform(0.0, 0.004 if hooded else 0.016)),
        length=float(rng.uniform(0.85, 1.15)),
        lock_width=float(rng.uniform(0.9, 1.12)),
        part_deg=float(rng.uniform(-14, 14)),
        flip=bool(rng.random() < 0.5),
        wave_m=float(rng.uniform(0.002, 0.007)) if rng.random() < 0.3 else 0.0,
        messy=float(rng.uniform(0.1, 0.8)),
        ahoge=0 if crowned or style.bald or style.shaved_above_deg == 0 else int(rng.choice([0, 0, 0, 1, MOST_AHOGE])),
        streaks=float(rng.uniform(0.1, 0.4)) if 0.15 <= two_tone < 0.25 else 0.0,
        inner_colour=bool(0.25 <= two_tone < 0.33),
        smooth=True,
        manner=manner,
        guides=guides,
    )


def is_cropped(back: HairStyle) -> bool:
    """Return whether all locks are short, so that tips in another colour would be spots."""
    return "bob_cut" not in back.tags and not {"short_hair", "very_short_hair"}.isdisjoint(back.tags)


def _suits_accessories(back: HairStyle, hooded: bool, covered: bool, pinned: bool) -> bool:
    """Return whether a back can be worn below a hood, below another cover, and with ornaments pinned to the hair."""
    bare = back.bald or back.shaved_above_deg < 90
    return (back.short or not hooded) and not (covered and back.tied_high) and not (pinned and bare)


def _list_companions(registry: HairStyleRegistry, named: tuple[str, ...], family: str) -> list[str]:
    """List the styles of a family with which a back is drawn that names some, or none."""
    if not named:
        return registry.list_family(family)
    return [name for name in named if is_style_of(registry[name].family, family)] or list(named)


def _choose(rng: np.random.Generator, names: list[str], traits: PersonTraits) -> str:
    """Choose a style by its frequency among people of these traits."""
    frequencies = np.array([compute_frequency(name, traits) for name in names])
    return str(rng.choice(names, p=frequencies / frequencies.sum()))


def compute_frequency(name: str, traits: PersonTraits) -> float:
    """Return how often people of these traits have a style, relative to a style that all have."""
    frequency = FREQUENCIES.get(name, 1.0)
    if traits.sex == "male":
        frequency *= 3.0 if name in MASCULINE_STYLES else 0.08 if name in FEMININE_STYLES else 0.6
    else:
        frequency *= 0.12 if name in MASCULINE_STYLES else 1.0
    if traits.age == "child":
        frequency *= FREQUENCIES_OF_CHILDREN.get(name, 1.0)
    elif traits.age == "adult":
        frequency *= FREQUENCIES_OF_ADULTS.get(name, 1.0)
    return frequency
