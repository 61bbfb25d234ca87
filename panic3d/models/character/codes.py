"""Parameters of characters as the numbers that a network predicts, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from panic3d.datagen.synth.fields.field import (
    CategoricalField,
    ContinuousField,
    Field,
    SetField,
    read_field,
    replace_field,
)
from panic3d.datagen.synth.params import CharacterParams
from panic3d.runtime.errors import UserError

KnownField = TypeVar("KnownField", bound=Field)
Value = TypeVar("Value", bound=str | bool | int)
UNKNOWN = -1
"""The category of a field that does not apply to a character."""


@dataclass(frozen=True)
class FieldOutputs:
    """Names of a network's outputs, in order; they are stored with its weights."""

    categories: tuple[str, ...] = ()
    """`path=value`; values of one field follow each other."""
    numbers: tuple[str, ...] = ()
    """`path:low:high`; a network predicts the number scaled from this range to [-1, 1]."""
    members: tuple[str, ...] = ()
    """`path=value`, each in the set or not."""

    @classmethod
    def from_fields(cls, fields: Sequence[Field]) -> "FieldOutputs":
        """Name the outputs of categorical, continuous and set fields; colours are measured, not predicted."""
        return cls(
            tuple(f"{f.path}={value}" for f in fields if isinstance(f, CategoricalField) for value in f.values),
            tuple(f"{f.path}:{f.low:g}:{f.high:g}" for f in fields if isinstance(f, ContinuousField)),
            tuple(f"{f.path}={value}" for f in fields if isinstance(f, SetField) for value in f.values),
        )


@dataclass(frozen=True)
class CharacterCode:
    """A character's parameters as numbers."""

    categories: Int[np.ndarray, " C"]
    """Index of each categorical field's value; `UNKNOWN` where the field does not apply."""
    numbers: Float[np.ndarray, " N"]
    """In [-1, 1] over the field's range; NaN where the field does not apply."""
    members: Bool[np.ndarray, " M"]


class FieldCodes:
    """The fields of a network's outputs: converts parameters to numbers and back."""

    def __init__(self, outputs: FieldOutputs, fields: Sequence[Field]) -> None:
        """`fields` are those of the installed generator.

        Raises UserError where an output names a field or value that the generator does not have.
        """
        known = {field.path: field for field in fields}
        self.outputs = outputs
        self.categorical: list[CategoricalField] = []
        self.choices: list[list[str | bool | int]] = []
        for path, words in _group_by_path(outputs.categories).items():
            field = _find_field(known, path, CategoricalField)
            values = {str(value): value for value in field.values}
            self.categorical.append(field)
            self.choices.append([_find_value(values, path, word) for word in words])
        self.continuous: list[ContinuousField] = []
        ranges = []
        for output in outputs.numbers:
            path, low, high = output.split(":")
            self.continuous.append(_find_field(known, path, ContinuousField))
            ranges.append((float(low), float(high)))
        self.low, self.high = np.array(ranges, float).reshape(-1, 2).T
        self.sets: list[tuple[SetField, list[str]]] = []
        for path, words in _group_by_path(outputs.members).items():
            field_of_set = _find_field(known, path, SetField)
            names = {value: value for value in field_of_set.values}
            self.sets.append((field_of_set, [_find_value(names, path, word) for word in words]))

    @property
    def sizes(self) -> list[int]:
        """Numbers of values of the categorical fields."""
        return [len(values) for values in self.choices]

    def encode(self, params: CharacterParams) -> CharacterCode:
        """Convert parameters to numbers; values that the outputs do not have are unknown."""
        categories = np.full(len(self.categorical), UNKNOWN, np.int64)
        for i, (field, values) in enumerate(zip(self.categorical, self.choices, strict=True)):
            value = read_field(params, field.path)
            if field.applies(params) and value in values:
                categories[i] = values.index(value)
        numbers = np.array(
            [read_field(params, f.path) if f.applies(params) else np.nan for f in self.continuous], np.float32
        )
        scaled = 2 * (numbers - self.low) / np.maximum(self.high - self.low, 1e-9) - 1
        members = [value in (read_field(params, field.path) or ()) for field, values in self.sets for value in values]
        return CharacterCode(categories, scaled.astype(np.float32), np.array(members, bool))

    def decode(
        self,
        base: CharacterParams,
        categories: Int[np.ndarray, " C"],
        numbers: Float[np.ndarray, " N"],
        members: Mapping[str, tuple[str, ...]],
    ) -> CharacterParams:
        """Return `base` with these values; numbers are limited to their range, and unknown values are left as they are.

        `members` has the values of each set field by path.
        """
        params = base
        for field, values, index in zip(self.categorical, self.choices, categories, strict=True):
            if index != UNKNOWN:
                params = replace_field(params, field.path, values[index])
        for field_of_set, _ in self.sets:
            params = replace_field(params, field_of_set.path, members[field_of_set.path])
        metric = self.low + (np.clip(numbers, -1, 1) + 1) / 2 * (self.high - self.low)
        for number_field, value in zip(self.continuous, metric, strict=True):
            if np.isfinite(value):
                params = replace_field(params, number_field.path, float(value))
        return params


def _group_by_path(outputs: Sequence[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for output in outputs:
        path, _, word = output.partition("=")
        groups.setdefault(path, []).append(word)
    return groups


def _find_field(known: Mapping[str, Field], path: str, kind: type[KnownField]) -> KnownField:
    field = known.get(path)
    if not isinstance(field, kind):
        raise UserError(f"the weights predict '{path}', which this panic3d's characters do not have: train them again")
    return field


def _find_value(values: Mapping[str, Value], path: str, word: str) -> Value:
    if word not in values:
        raise UserError(
            f"the weights predict {path}={word}, which this panic3d's characters do not have: train them again"
        )
    return values[word]
