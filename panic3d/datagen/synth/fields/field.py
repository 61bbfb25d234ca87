"""Kinds of parameters that describe a character, so that a network or a search can read and set them."""

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, TypeVar

from panic3d.datagen.synth.params import CharacterParams

Record = TypeVar("Record")
Condition = Callable[[CharacterParams], bool]


def always(params: CharacterParams) -> bool:
    """Return True: the field applies to every character."""
    return True


@dataclass(frozen=True)
class Field:
    """One parameter of a character."""

    path: str
    """Attributes and tuple positions, joined by dots: `hair.back`, `face.eyes.centre_m.0`."""
    front_visibility: float
    """How much of the choice a front view shows: 1 wholly, 0 not at all."""
    applies: Condition = always
    """Whether the parameter changes this character: a sleeve's length means nothing without sleeves."""


@dataclass(frozen=True)
class CategoricalField(Field):
    """One of several values."""

    values: tuple[str | bool | int, ...] = ()


@dataclass(frozen=True)
class ContinuousField(Field):
    """A number."""

    low: float = 0.0
    high: float = 1.0
    """The range in which characters are drawn."""
    unit: str = ""


@dataclass(frozen=True)
class ColourField(Field):
    """Red, green and blue in [0, 1], sRGB."""


@dataclass(frozen=True)
class SetField(Field):
    """Any number of several values."""

    values: tuple[str, ...] = ()


def read_field(params: Any, path: str) -> Any:
    """Return the value of a path; None inside a part that the record lacks.

    Raises AttributeError or IndexError where there is no such path.
    """
    if params is None:
        return None
    name, _, rest = path.partition(".")
    value = params[int(name)] if isinstance(params, tuple) else getattr(params, name)
    return read_field(value, rest) if rest else value


def replace_field(params: Record, path: str, value: Any) -> Record:
    """Return the same record with another value at a path; a part that the record lacks stays away.

    Raises TypeError or IndexError where there is no such path.
    """
    if params is None:
        return params
    name, _, rest = path.partition(".")
    changed: Any
    if isinstance(params, tuple):
        index = int(name)
        new = replace_field(params[index], rest, value) if rest else value
        changed = (*params[:index], new, *params[index + 1 :])
        return changed
    if not is_dataclass(params) or isinstance(params, type):
        raise TypeError(f"expected a dataclass or a tuple before {path!r}, got {type(params).__name__}")
    new = replace_field(getattr(params, name), rest, value) if rest else value
    return replace(params, **{name: new})
