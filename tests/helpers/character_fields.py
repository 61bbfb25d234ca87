"""Values of the fields of generated characters."""

from panic3d.datagen.synth.fields.field import CategoricalField, ColourField, ContinuousField, Field, read_field
from panic3d.datagen.synth.params import CharacterParams


def choose_other(field: Field, value: object) -> object:
    """Choose a value of a field that is far from the given one."""
    if isinstance(field, ContinuousField):
        assert isinstance(value, float)
        return field.low if value > (field.low + field.high) / 2 else field.high
    if isinstance(field, CategoricalField):
        return next(other for other in reversed(field.values) if other != value)
    assert isinstance(field, ColourField)
    return (0.15, 0.85, 0.45)


def check_values(fields: tuple[Field, ...], params: CharacterParams) -> None:
    """Check that a character lies in the ranges of fields."""
    for field in fields:
        value = read_field(params, field.path)
        if isinstance(field, CategoricalField):
            assert value in field.values, field.path
        elif isinstance(field, ContinuousField):
            assert field.low <= value <= field.high, field.path
        else:
            assert all(0 <= channel <= 1 for channel in value), field.path
