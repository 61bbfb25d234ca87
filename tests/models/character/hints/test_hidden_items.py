"""A backpack that is only likely is not put on; other clothes keep their proportions."""

import numpy as np
import pytest

from panic3d.datagen.synth.fields.catalogue import FIELDS
from panic3d.models.character.beliefs import Beliefs
from panic3d.models.character.codes import FieldCodes, FieldOutputs
from panic3d.models.character.hints.hidden_items import HIDDEN_ITEMS, drop_doubtful_items

CODES = FieldCodes(FieldOutputs.from_fields(FIELDS), FIELDS)


def make_beliefs(chance: float) -> tuple[Beliefs, int, int]:
    """Return beliefs in a backpack, and the places of clothes and backpack; all else is equally likely."""
    chances = [np.full(size, 1 / size) for size in CODES.sizes]
    field = [f.path for f in CODES.categorical].index("clothes.kind")
    place = [str(value) for value in CODES.choices[field]].index("backpack")
    chances[field][:] = (1 - chance) / (len(chances[field]) - 1)
    chances[field][place] = chance
    return Beliefs(tuple(chances), np.zeros(0), np.zeros(0), np.zeros(0)), field, place


@pytest.mark.parametrize(("chance", "kept"), [(0.7, 0.0), (0.95, 0.95)])
def test_only_a_nearly_certain_backpack_is_believed(chance: float, kept: float) -> None:
    beliefs, field, place = make_beliefs(chance)
    found = drop_doubtful_items(beliefs, CODES)
    assert found.chances[field][place] == pytest.approx(kept)
    assert found.chances[field].sum() == pytest.approx(1)
    others = np.delete(found.chances[field], place)
    np.testing.assert_allclose(others, others[0])
    for index, (before, after) in enumerate(zip(beliefs.chances, found.chances, strict=True)):
        if index != field:
            np.testing.assert_array_equal(before, after)


def test_the_values_exist() -> None:
    names = {
        field.path: {str(v) for v in values} for field, values in zip(CODES.categorical, CODES.choices, strict=True)
    }
    for path, values in HIDDEN_ITEMS.items():
        assert values <= names[path]
