"""The fields of bodies and clothes: drawn characters lie in their ranges; a field changes what it applies to."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.character_fields import check_values, choose_other
from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.fields.body import BODY_FIELDS
from panic3d.datagen.synth.fields.clothes import CLOTHES_FIELDS
from panic3d.datagen.synth.fields.field import read_field, replace_field
from panic3d.datagen.synth.generate import MATERIALS, build_body
from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.survey.vocabulary import make_plain_character

PLAIN = make_plain_character()
COLOURS = {"main": (0.8, 0.3, 0.3), "collar": (0.2, 0.3, 0.7), "accent": (0.9, 0.8, 0.1), "inner": (0.9, 0.9, 0.9)}
FIELDS = (*BODY_FIELDS, *CLOTHES_FIELDS)


def dress(kind: str, pattern: str = "plain") -> CharacterParams:
    return replace(PLAIN, clothes=replace(PLAIN.clothes, kind=kind, pattern=pattern, **COLOURS))  # type: ignore[arg-type]


def sample_body(params: CharacterParams) -> list[np.ndarray]:
    """Return the vertices of the body, its painted textures, and the colours of its pieces of one colour."""
    body = build_body(params)[0]
    seen = [body.textures[key] for key in ("garment", "skin", "cloth") if key in body.textures]
    for part in body.parts:
        texture = body.textures[MATERIALS[part.material].texture]
        pixel = np.clip((part.uv * texture.shape[1::-1]).astype(int), 0, np.array(texture.shape[1::-1]) - 1)
        seen += [part.xyz_head_m, texture[pixel[:, 1], pixel[:, 0]]]
    return seen


def is_same(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    return len(before) == len(after) and all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [("t_shirt", "plain"), ("blazer", "stripes"), ("hoodie", "plain")],
)
def test_a_field_changes_body_or_clothes_where_it_applies(kind: str, pattern: str) -> None:
    params = dress(kind, pattern)
    before = sample_body(params)
    for field in FIELDS:
        other = choose_other(field, read_field(params, field.path))
        if field.path == "clothes.pattern" and field.applies(params):
            other = next(name for name in OUTFITS[kind].patterns if name != pattern)
        after = sample_body(replace_field(params, field.path, other))
        assert is_same(before, after) != field.applies(params), field.path


@pytest.mark.parametrize("family", ["train", "heldout", "train2", "heldout2"])
def test_drawn_bodies_and_clothes_lie_in_the_ranges_of_their_fields(family: str) -> None:
    for index in range(100):
        check_values(FIELDS, draw_params(make_random_generator(8, index, family), family))
