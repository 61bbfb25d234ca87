"""Styles that the user sets, and characters that are written and read again."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.fields.catalogue import FIELDS
from panic3d.datagen.synth.fields.field import CategoricalField
from panic3d.models.character.beliefs import Beliefs
from panic3d.models.character.codes import FieldCodes, FieldOutputs
from panic3d.models.character.fitting.character_file import encode_character, read_character
from panic3d.models.character.fitting.fitted import FittedCharacter
from panic3d.models.character.hints.likeliest import list_likeliest
from panic3d.models.character.hints.styles import SHORT_NAMES, apply_styles, read_styles
from panic3d.runtime.errors import UserError, WrongUsage

PARAMS = draw_params(make_random_generator(2, 5, "train2"), "train2")


def test_styles_are_read_by_short_name_and_by_path() -> None:
    values = read_styles({"back": "bob", "hair.flip": "True", "accessories": "glasses+beret", "hair.volume_m": "0.01"})
    assert values == {"hair.back": "bob", "hair.flip": True, "accessories": ("glasses", "beret"), "hair.volume_m": 0.01}
    changed = apply_styles(PARAMS, values)
    assert (changed.hair.back, changed.hair.flip, changed.hair.volume_m) == ("bob", True, 0.01)
    assert changed.accessories == ("glasses", "beret") and changed.face == PARAMS.face
    assert read_styles({"accessories": ""}) == {"accessories": ()}


def test_every_short_name_is_a_field_with_values() -> None:
    known = {field.path for field in FIELDS if isinstance(field, CategoricalField)}
    assert set(SHORT_NAMES.values()) <= known


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("fringes", "blunt", "no style 'fringes': did you mean fringe"),
        ("back", "bobb", "did you mean bob"),
        ("hair.flip", "perhaps", "choose from false, true"),
        ("hair.volume_m", "7", "expected a number from"),
        ("hair.volume_m", "much", "expected a number from"),
        ("accessories", "glasses+beretta", "did you mean beret"),
        ("hair.colour.base", "red", "no style 'hair.colour.base'"),
    ],
)
def test_unknown_styles_are_one_sentence_with_a_suggestion(name: str, value: str, said: str) -> None:
    with pytest.raises(WrongUsage, match=said):
        read_styles({name: value})


def test_the_likeliest_values_come_first() -> None:
    field = next(field for field in FIELDS if field.path == "hair.back")
    codes = FieldCodes(FieldOutputs.from_fields([field]), FIELDS)
    chances = np.linspace(0, 1, len(codes.choices[0]))
    nothing = np.zeros(0)
    found = list_likeliest(Beliefs((chances / chances.sum(),), nothing, nothing, nothing), codes)
    assert list(found) == ["back"] and len(found["back"]) == 3
    assert found["back"][0][0] == str(codes.choices[0][-1])
    assert found["back"][0][1] > found["back"][1][1] > found["back"][2][1]


def test_a_character_file_is_read_as_it_was_written_and_may_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "me.character.json"
    fitted = FittedCharacter(PARAMS, 0, np.zeros((1, 3)), np.zeros((28, 3)), None, {"back": [("bob", 0.5)]})
    path.write_text(encode_character(fitted))
    assert read_character(path) == PARAMS
    record = json.loads(path.read_text())
    assert record["likeliest"] == {"back": [["bob", 0.5]]}
    record["params"]["hair"]["back"] = "bob"
    path.write_text(json.dumps(record))
    assert read_character(path) == replace(PARAMS, hair=replace(PARAMS.hair, back="bob"))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": "panic3d-character-1", "params": {"hair": 3}}', "\xff"])
def test_other_files_are_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "me.character.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match="cannot read the character"):
        read_character(path)
    with pytest.raises(UserError, match="cannot read the character"):
        read_character(tmp_path / "none.json")
