"""Hints about the back hair: every style is of some kind, and beliefs follow the hint."""

from typing import get_args

import click
import numpy as np
import pytest
from click.testing import CliRunner

from panic3d.commands import reconstruct
from panic3d.datagen.synth.fields.field import CategoricalField
from panic3d.datagen.synth.hair.styles import BACKS
from panic3d.models.character.beliefs import Beliefs
from panic3d.models.character.codes import FieldCodes, FieldOutputs
from panic3d.models.character.hints.back_hair import is_back_hair, restrict_back_hair
from panic3d.models.method import BackHair
from panic3d.runtime.errors import WrongUsage

FIELDS = (CategoricalField("hair.back", 0.7, values=tuple(BACKS)),)


def test_every_style_is_of_some_kind_and_loose_hair_of_one() -> None:
    for style in (style for style in BACKS.values() if style.tags):
        kinds = [hint for hint in get_args(BackHair) if is_back_hair(style, hint)]
        assert kinds
        if set(kinds) & {"short", "medium", "long"}:
            assert len(kinds) == 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pony_tail", "ponytail"),
        ("very_long", "long"),
        ("bob", "short"),
        ("medium", "medium"),
        ("twin_braids", "braid"),
        ("double_bun", "bun"),
        ("drills", "twintails"),
        ("bald", "short"),
    ],
)
def test_styles_are_of_the_kind_that_people_call_them(name: str, hint: BackHair) -> None:
    assert is_back_hair(BACKS[name], hint)


def test_beliefs_are_restricted_and_keep_their_proportions() -> None:
    codes = FieldCodes(FieldOutputs.from_fields(FIELDS), FIELDS)
    names = list(BACKS)
    chances = np.full(len(names), 1e-9)
    chances[names.index("bob")], chances[names.index("pony_tail")], chances[names.index("side_pony_tail")] = (
        0.7,
        0.2,
        0.1,
    )
    beliefs = Beliefs((chances,), np.zeros(0), np.zeros(0), np.zeros(0))
    found = restrict_back_hair(beliefs, codes, BACKS, "ponytail").chances[0]
    assert found.sum() == pytest.approx(1)
    assert names[int(found.argmax())] == "pony_tail"
    assert found[names.index("side_pony_tail")] == pytest.approx(1 / 3, abs=1e-6)
    assert found[names.index("bob")] == 0
    unseen = restrict_back_hair(beliefs, codes, BACKS, "bun").chances[0]
    assert unseen[names.index("double_bun")] == pytest.approx(1 / sum(is_back_hair(s, "bun") for s in BACKS.values()))


def test_the_command_offers_every_kind() -> None:
    option = next(param for param in reconstruct.params if param.name == "back_hair")
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == get_args(BackHair)
    refused = CliRunner().invoke(
        reconstruct, ["a.png", "--out", "x", "--method", "panic3d-unet", "--back-hair", "long"]
    )
    assert isinstance(refused.exception, WrongUsage)


def test_a_picture_from_behind_is_of_one_character() -> None:
    words = ["a.png", "b.png", "--out", "x", "--method", "panic3d-character", "--back", "c.png"]
    refused = CliRunner().invoke(reconstruct, words)
    assert isinstance(refused.exception, WrongUsage)
