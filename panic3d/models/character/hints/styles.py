"""What a user says about a character: values of any of its fields, which the search then leaves as they are."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from panic3d.datagen.synth.fields.catalogue import FIELDS
from panic3d.datagen.synth.fields.field import CategoricalField, ContinuousField, Field, SetField, replace_field
from panic3d.datagen.synth.params import CharacterParams
from panic3d.runtime.errors import WrongUsage

SHORT_NAMES = {
    "back": "hair.back", "fringe": "hair.fringe", "sides": "hair.side", "outfit": "clothes.kind",
    "eyes": "face.eyes.style", "mouth": "face.mouth.style", "brows": "face.eyes.details.brow",
    "beard": "facial_hair.beard", "moustache": "facial_hair.moustache", "ears": "ears",
}  # fmt: skip
"""Names of the fields that are set most often."""


def read_styles(styles: Mapping[str, str]) -> dict[str, Any]:
    """Return values by path of the field. Raises WrongUsage for an unknown field or value, with the most similar one.

    Values of a set, such as accessories, are joined by `+`; an empty text is the empty set.
    """
    known = {field.path: field for field in FIELDS}
    found = {}
    for name, text in styles.items():
        path = SHORT_NAMES.get(name, name)
        if path not in known or not isinstance(known[path], CategoricalField | ContinuousField | SetField):
            raise WrongUsage(
                f"a character has no style '{name}'{_suggest(name, [*known] if '.' in name else [*SHORT_NAMES])}"
            )
        found[path] = _read_value(name, text, known[path])
    return found


def apply_styles(params: CharacterParams, values: Mapping[str, Any]) -> CharacterParams:
    """Return a character with other values at some paths."""
    for path, value in values.items():
        params = replace_field(params, path, value)
    return params


def _read_value(name: str, text: str, field: Field) -> Any:
    if isinstance(field, ContinuousField):
        try:
            number = float(text)
        except ValueError as error:
            raise WrongUsage(
                f"style {name}: expected a number from {field.low:g} to {field.high:g}, got '{text}'"
            ) from error
        if not field.low <= number <= field.high:
            raise WrongUsage(f"style {name}: expected a number from {field.low:g} to {field.high:g}, got {number:g}")
        return number
    if isinstance(field, SetField):
        members = tuple(word for word in text.split("+") if word)
        for word in members:
            _find(name, word, field.values)
        return members
    assert isinstance(field, CategoricalField)
    return _find(name, text, field.values)


def _find(name: str, text: str, values: Sequence[str | bool | int]) -> str | bool | int:
    by_text = {str(value).lower(): value for value in values}
    if text.lower() not in by_text:
        raise WrongUsage(f"style {name}: there is no '{text}'{_suggest(text, list(by_text))}")
    return by_text[text.lower()]


def _suggest(text: str, known: Sequence[str]) -> str:
    close = get_close_matches(text, known, n=3, cutoff=0.5)
    return f": did you mean {', '.join(close)}?" if close else f": choose from {', '.join(known)}"
