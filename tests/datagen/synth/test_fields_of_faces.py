"""The fields of heads, faces and accessories: characters lie in their ranges, and a field changes what it says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.facial_hair.build import build_facial_hair
from panic3d.datagen.synth.fields.accessories import ACCESSORY_FIELDS
from panic3d.datagen.synth.fields.face import FACE_FIELDS, FEATURE_FIELDS, SKIN_FIELDS
from panic3d.datagen.synth.fields.field import (
    CategoricalField,
    ContinuousField,
    Field,
    SetField,
    read_field,
    replace_field,
)
from panic3d.datagen.synth.fields.head import HEAD_FIELDS
from panic3d.datagen.synth.generate import build_character
from panic3d.datagen.synth.head.ears import build_ears
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.head.features import ATLAS_CELLS, CELL_PIXELS, build_features, paint_features
from panic3d.datagen.synth.head.skin import paint_skin
from panic3d.datagen.synth.head.skull import build_head, scale_about_head_bone
from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.survey.vocabulary import make_plain_character


def make_characters() -> dict[str, CharacterParams]:
    """Characters that differ in what applies to them."""
    drawn = draw_params(make_random_generator(6, 2, "train2"), "train2")
    face, eyes = drawn.face, drawn.face.eyes
    assert face.details is not None
    marked = replace(face.details, marks=("mole_eye", "stripes"), lips=0.8, eye_shadow=0.6, stubble=0.5)
    plain = replace(face.details, marks=(), lips=0.0, eye_shadow=0.0, stubble=0.0)
    bearded = replace(drawn.facial_hair, beard="full", moustache="none")
    return {
        "elf": replace(
            drawn,
            ears="elf",
            face=replace(face, details=marked, mouth=replace(face.mouth, style="open"), blush=0.4),
            facial_hair=bearded,
        ),
        "closed eyes": replace(
            drawn,
            ears="hidden",
            face=replace(
                face, details=plain, eyes=replace(eyes, open_share=0.02), mouth=replace(face.mouth, style="smile")
            ),
            facial_hair=replace(bearded, beard="none"),
        ),
        "version 2": make_plain_character(),
    }


CHARACTERS = make_characters()
PLACES = ("face.eyes.centre_m.0", "face.eyes.centre_m.1", "face.mouth.y_m")
Describe = Callable[[CharacterParams], list[np.ndarray]]


def choose_other(field: Field, value: Any) -> Any:
    """Choose a value of a field that is far from the given one."""
    if isinstance(field, ContinuousField):
        return field.low if value is None or value > (field.low + field.high) / 2 else field.high
    if isinstance(field, CategoricalField):
        return next(other for other in reversed(field.values) if other != value)
    if isinstance(field, SetField):
        return (next(other for other in field.values if other not in (value or ())),)
    return (0.15, 0.85, 0.45)


def describe_geometry(params: CharacterParams) -> list[np.ndarray]:
    """Return the vertices of head, ears, features and facial hair, in metres."""
    surface = FaceSurface(params.head)
    parts = [build_head(params.head), *build_ears(params.ears, params.head), *build_features(params.face, surface)]
    parts += build_facial_hair(params.facial_hair, params.face.mouth, surface)
    return [scale_about_head_bone(part.xyz_head_m, params.head.scale) for part in parts]


def describe_features(params: CharacterParams) -> list[np.ndarray]:
    """Return the texture of the features, without the mouth that expressions show."""
    features = paint_features(params.face)
    column, row = ATLAS_CELLS["mouth_open"]
    features[row * CELL_PIXELS :, column * CELL_PIXELS :] = 0
    return [features]


def describe_skin(params: CharacterParams) -> list[np.ndarray]:
    return [paint_skin(params.face, params.head)]


def is_equal(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    return len(before) == len(after) and all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("name", CHARACTERS)
def test_a_field_of_the_head_changes_its_shape_where_it_applies(name: str) -> None:
    params = CHARACTERS[name]
    before = describe_geometry(params)
    for field in HEAD_FIELDS:
        changed = replace_field(params, field.path, choose_other(field, read_field(params, field.path)))
        assert is_equal(before, describe_geometry(changed)) != field.applies(params), field.path


@pytest.mark.parametrize("describe", [describe_features, describe_skin])
@pytest.mark.parametrize("name", CHARACTERS)
def test_a_field_of_the_face_changes_its_paint_where_it_applies(name: str, describe: Describe) -> None:
    params = CHARACTERS[name]
    before = describe(params)
    for field in FEATURE_FIELDS if describe is describe_features else SKIN_FIELDS:
        changed = replace_field(params, field.path, choose_other(field, read_field(params, field.path)))
        if field.path not in PLACES:
            assert is_equal(before, describe(changed)) != field.applies(params), field.path


@pytest.mark.parametrize("path", PLACES)
def test_a_place_on_the_face_moves_the_features(path: str) -> None:
    params = CHARACTERS["elf"]
    changed = replace_field(params, path, read_field(params, path) + 0.001)
    assert not is_equal(describe_geometry(params), describe_geometry(changed))


@pytest.mark.parametrize("accessories", [(), ("hair_ribbon",), ("beanie",)])
def test_a_field_of_accessories_changes_them_where_it_applies(accessories: tuple[str, ...]) -> None:
    params = replace(CHARACTERS["elf"], accessories=accessories)
    params = replace(params, hair=replace(params.hair, back="short_neat"))

    def describe(params: CharacterParams) -> list[np.ndarray]:
        character, _ = build_character(params, np.random.default_rng(2), "test")
        parts, texture = character.meshes.get("Accessories", []), character.textures.get("accessory")
        if texture is None:
            return []
        uv = np.concatenate([part.uv for part in parts])
        pixel = (uv * texture.shape[0]).astype(int)
        return [*(part.xyz_head_m for part in parts), texture[pixel[:, 1], pixel[:, 0]]]

    before = describe(params)
    for field in ACCESSORY_FIELDS:
        changed = replace_field(params, field.path, choose_other(field, read_field(params, field.path)))
        assert is_equal(before, describe(changed)) != field.applies(params), field.path


@pytest.mark.parametrize("family", ["train", "heldout", "train2", "heldout2"])
def test_drawn_faces_lie_in_the_ranges_of_their_fields(family: str) -> None:
    for index in range(100):
        params = draw_params(make_random_generator(9, index, family), family)
        for field in (*HEAD_FIELDS, *FACE_FIELDS, *ACCESSORY_FIELDS):
            value = read_field(params, field.path)
            if value is None:
                assert not field.applies(params), field.path
            elif isinstance(field, CategoricalField):
                assert value in field.values, field.path
            elif isinstance(field, ContinuousField):
                assert field.low <= value <= field.high, field.path
            elif isinstance(field, SetField):
                assert set(value) <= set(field.values), field.path
            else:
                assert all(0 <= channel <= 1 for channel in value), field.path


def test_new_values_are_drawn_for_their_families_alone() -> None:
    drawn = {
        family: [draw_params(make_random_generator(10, index, family), family) for index in range(150)]
        for family in ("train2", "heldout2")
    }
    for path in ("face.eyes.style", "face.eyes.details.pupil", "face.mouth.style", "face.details.nose"):
        values = {family: {read_field(params, path) for params in drawn[family]} for family in drawn}
        assert len(values["heldout2"] - values["train2"]) >= 3, path
    worn = {name for params in drawn["train2"] for name in params.accessories}
    assert len(worn) > 40
    assert {ACCESSORIES[name].family for name in worn} == {"train", "train2"}
