"""Parameters of characters become numbers and come back; weights that predict unknown values are refused."""

from dataclasses import replace

import numpy as np
import pytest

from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.fields.catalogue import FIELDS
from panic3d.datagen.synth.fields.field import CategoricalField, ContinuousField, SetField, read_field
from panic3d.datagen.synth.records import describe_params, restore_params
from panic3d.models.character.codes import UNKNOWN, FieldCodes, FieldOutputs
from panic3d.runtime.errors import UserError


@pytest.fixture(scope="module")
def codes() -> FieldCodes:
    return FieldCodes(FieldOutputs.from_fields(FIELDS), FIELDS)


@pytest.mark.parametrize("index", range(4))
def test_a_character_comes_back_from_its_code(codes: FieldCodes, index: int) -> None:
    params = draw_params(make_random_generator(3, index, "train2"), "train2")
    base = draw_params(make_random_generator(3, index + 100, "train2"), "train2")
    code = codes.encode(params)
    found = codes.decode(
        base, code.categories, code.numbers, {field.path: read_field(params, field.path) for field, _ in codes.sets}
    )
    for field in FIELDS:
        expected, value = read_field(params, field.path), read_field(found, field.path)
        if not field.applies(params):
            continue
        if isinstance(field, CategoricalField | SetField):
            assert value == expected, field.path
        elif isinstance(field, ContinuousField):
            assert value == pytest.approx(expected, abs=1e-5 * (field.high - field.low)), field.path
            assert field.low <= expected <= field.high, field.path


def test_fields_that_do_not_apply_are_unknown() -> None:
    params = draw_params(make_random_generator(3, 0, "train2"), "train2")
    never = CategoricalField("hair.back", 1.0, lambda params: False, values=("bob",))
    number = ContinuousField("head.scale", 1.0, lambda params: False, low=0.0, high=2.0)
    code = FieldCodes(FieldOutputs.from_fields([never, number]), [never, number]).encode(params)
    assert code.categories.tolist() == [UNKNOWN]
    assert np.isnan(code.numbers).all()


@pytest.mark.parametrize(
    "outputs",
    [
        FieldOutputs(categories=("hair.back=nothing_of_the_kind",)),
        FieldOutputs(categories=("hair.nothing=bob",)),
        FieldOutputs(numbers=("hair.back:0:1",)),
        FieldOutputs(members=("accessories=a_cake",)),
    ],
)
def test_weights_of_another_generator_are_refused(outputs: FieldOutputs) -> None:
    with pytest.raises(UserError, match="train them again"):
        FieldCodes(outputs, FIELDS)


def test_parameters_come_back_from_their_record() -> None:
    params = draw_params(make_random_generator(3, 1, "heldout"), "heldout")
    record = describe_params(params, 3)
    assert restore_params(record) == params
    record["hair"]["length"] = "long"
    with pytest.raises(ValueError, match="length"):
        restore_params(record)
    assert describe_params(replace(params, names={}), 3)["names"] == {}
