"""The label record of a generated character: parameters, Danbooru tags, landmarks, parts."""

from typing import Any

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.facial_hair.styles import list_facial_hair_tags
from panic3d.datagen.synth.families import FAMILIES
from panic3d.datagen.synth.hair.guided.styles import list_guide_tags
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES
from panic3d.datagen.synth.head.tags import list_face_tags
from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.records import describe_params

LABELS_SCHEMA = 1
EAR_TAGS = {
    "elf": ("pointy_ears",),
    "drooping": ("long_pointy_ears", "pointy_ears"),
    "bat": ("animal_ears", "bat_ears"),
    "fin": ("head_fins",),
}


def list_tags(params: CharacterParams) -> list[str]:
    """List the Danbooru tags of everything that is visible, sorted."""
    names, hair, found = params.names, params.hair, {"solo"}
    words = {"dark_brown": "brown", "light_brown": "brown", "amber": "yellow"}
    found.add(f"{words.get(names['hair'], names['hair'])}_hair")
    if names["eyes_left"] == names["eyes_right"]:
        found.add(f"{words.get(names['eyes_left'], names['eyes_left'])}_eyes")
    else:
        found.add("heterochromia")
    for styles, name in ((FRINGES, hair.fringe), (SIDES, hair.side), (BACKS, hair.back)):
        found.update(styles[name].tags)
    found.update(list_guide_tags(hair))
    if hair.colour.tip != hair.colour.base:
        found.update({"gradient_hair", "multicolored_hair"})
    if hair.streaks:
        found.update({"streaked_hair", "multicolored_hair"})
    if hair.inner_colour:
        found.update({"colored_inner_hair", "multicolored_hair"})
    if hair.ahoge:
        found.add("ahoge")
    for name in params.accessories:
        found.update(ACCESSORIES[name].tags)
    found.update(EAR_TAGS.get(params.ears, ()))
    if names["skin"] in ("tan", "dark_skin"):
        found.add("dark_skin" if names["skin"] == "dark_skin" else "tan")
    if names["proportion"] == "chibi":
        found.add("chibi")
    found.update(list_face_tags(params.face) | list_facial_hair_tags(params.facial_hair))
    outfit = params.clothes.kind
    found.update(OUTFITS[outfit].tags if outfit in OUTFITS else OUTFIT_TAGS[outfit])
    if "sex" in names:
        found.add("1boy" if names["sex"] == "male" else "1girl")
        found.update({"child": ("child",), "adult": (f"mature_{names['sex']}",)}.get(names["age"], ()))
    return sorted(found)


OUTFIT_TAGS = {
    "sailor": ("school_uniform", "sailor_collar", "serafuku"),
    "blouse": ("shirt", "collared_shirt", "bowtie"),
    "hoodie": ("hoodie", "hood_down"),
}


def make_label_record(
    params: CharacterParams,
    *,
    seed: int,
    index: int,
    family: str,
    vrm: str,
    landmarks_head_m: Float[np.ndarray, "28 3"],
    parts: dict[str, str],
) -> dict[str, Any]:
    """Make one line of labels.jsonl, without `file` and `sha256`."""
    return {
        "schema": LABELS_SCHEMA,
        "seed": seed,
        "index": index,
        "family": family,
        "generator_version": FAMILIES[family].version,
        "vrm": vrm,
        "params": _round_numbers(describe_params(params, FAMILIES[family].version)),
        "tags": list_tags(params),
        "landmarks_head_m": np.round(landmarks_head_m, 6).tolist(),
        "parts": parts,
    }


def _round_numbers(value: Any) -> Any:
    """Round all numbers, so that labels stay short."""
    if isinstance(value, dict):
        return {key: _round_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_round_numbers(entry) for entry in value]
    return round(float(value), 6) if isinstance(value, float | np.floating) else value
