"""The fields of hair: drawn characters lie in their ranges, and a field changes the hair where it applies."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.character_fields import check_values, choose_other
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.fields.field import read_field, replace_field
from panic3d.datagen.synth.fields.hair import HAIR_FIELDS
from panic3d.datagen.synth.hair.build import build_hair
from panic3d.datagen.synth.hair.params import GuideField
from panic3d.datagen.synth.hair.surfaces.painting import paint_hair_texture
from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.survey.vocabulary import make_plain_character

PLAIN = make_plain_character()
TWO_TONE = replace(PLAIN.hair, smooth=True, streaks=0.3, colour=replace(PLAIN.hair.colour, tip=(0.9, 0.8, 0.2)))
CHARACTERS = {
    "long": replace(PLAIN, hair=replace(TWO_TONE, back="long_wavy", side="long", inner_colour=True)),
    "flat tail": replace(PLAIN, hair=replace(TWO_TONE, fringe="none", back="bubble_tail", side="none", manner="flat")),
    "one colour": replace(PLAIN, hair=replace(PLAIN.hair, smooth=True, fringe="parted", back="short_neat")),
    "guided": replace(
        PLAIN,
        hair=replace(PLAIN.hair, smooth=True, back="guided", fringe="guided", side="none", wave_m=0.004),
    ),
    "guided shaved": replace(
        PLAIN,
        hair=replace(PLAIN.hair, smooth=True, back="guided", side="none", guides=GuideField(back_m=0.05, shaved=True)),
    ),
    "stubble": replace(PLAIN, hair=replace(TWO_TONE, fringe="none", back="buzz_cut", side="none")),
    "bald": replace(PLAIN, hair=replace(TWO_TONE, fringe="none", back="bald", side="none")),
    "version 2": replace(PLAIN, hair=replace(PLAIN.hair, back="twin_tails")),
}


def is_same(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    """Return whether nobody sees a difference: soft hair of one colour has tips that differ by some levels of 255."""
    alike = len(before) == len(after) and all(a.shape == b.shape for a, b in zip(before, after, strict=True))
    return alike and all(
        np.allclose(a.astype(float), b.astype(float), rtol=0, atol=8 if a.dtype == np.uint8 else 0)
        for a, b in zip(before, after, strict=True)
    )


def build_hair_of(params: CharacterParams) -> list[np.ndarray]:
    """Return the vertices of the hair, and its colours at points of its triangles."""
    texture = paint_hair_texture(params.hair, params.face.skin, np.random.default_rng(5))
    size = np.array(texture.shape[1::-1])
    weights = np.random.default_rng(1).dirichlet([1] * 3, 8)
    seen = []
    for part in build_hair(params.hair, np.random.default_rng(5)):
        uv = np.einsum("kc,fcx->kfx", weights, part.uv[part.faces])
        pixel = np.clip((uv * size).astype(int), 0, size - 1)
        seen += [part.xyz_head_m, texture[pixel[..., 1], pixel[..., 0]]]
    return seen


@pytest.mark.parametrize("name", CHARACTERS)
def test_a_field_changes_the_hair_where_it_applies(name: str) -> None:
    params = CHARACTERS[name]
    before = build_hair_of(params)
    for field in HAIR_FIELDS:
        changed = replace_field(params, field.path, choose_other(field, read_field(params, field.path)))
        after = build_hair_of(changed)
        assert is_same(before, after) != field.applies(params), field.path


@pytest.mark.parametrize("family", ["train", "heldout", "train2", "heldout2"])
def test_drawn_hair_lies_in_the_ranges_of_its_fields(family: str) -> None:
    for index in range(100):
        check_values(HAIR_FIELDS, draw_params(make_random_generator(8, index, family), family))
