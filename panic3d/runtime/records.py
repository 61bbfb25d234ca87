"""Read JSON of unknown origin as a record of a known kind, so that the code behind the reader meets no other types."""

import json
import sys
import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

MAX_DEPTH = 64
MAX_QUOTED = 40
"""Characters of a wrong value that a message quotes."""


def parse_json(text: bytes | str, kind: Any) -> Any:
    """Parse JSON as a `kind`: a dataclass, a TypedDict, `dict[str, float]` and the like.

    Raises ValueError, one sentence that names the place, for text that is no JSON, is nested more than 64 deep or
    holds half a character, for a value of another type, and for a number that is not finite.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError(f"it is nested more than {MAX_DEPTH} deep") from None
    _check_depth(value)
    _check_characters(value)
    return convert_record(value, kind)


def convert_record(value: Any, kind: Any, where: str = "") -> Any:
    """Return a plain value as a `kind`. Raises ValueError, which names the place, where it is of another type."""
    if kind is Any:
        return value
    origin = get_origin(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        values = _convert_fields(value, kind, {f.name for f in fields(kind) if _is_required(f)}, where)
        if unknown := sorted(values.keys() - {f.name for f in fields(kind)}):
            raise ValueError(f"unknown entry {_join(where, unknown[0])}")
        return kind(**values)
    if is_typeddict(kind):
        return _convert_fields(value, kind, set(kind.__required_keys__), where)
    if origin in (types.UnionType, Union):
        return _convert_union(value, get_args(kind), where)
    if origin is Literal:
        return value if value in get_args(kind) else _refuse(value, " or ".join(map(repr, get_args(kind))), where)
    if origin is dict:
        entries = value if isinstance(value, dict) else _refuse(value, "an object", where)
        if unnamed := [key for key in entries if not isinstance(key, str)]:  # YAML has such keys
            _refuse(unnamed[0], "names", where)
        return {key: convert_record(item, get_args(kind)[1], _join(where, key)) for key, item in entries.items()}
    if origin is list:
        items = value if isinstance(value, list) else _refuse(value, "a list", where)
        return [convert_record(item, get_args(kind)[0], f"{where}[{i}]") for i, item in enumerate(items)]
    if origin is tuple:
        return _convert_tuple(value, get_args(kind), where)
    return _convert_plain(value, kind, where)


def _convert_tuple(value: Any, kinds: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    """Convert a list of JSON, or a tuple, of given types."""
    items = value if isinstance(value, list | tuple) else _refuse(value, "a list", where)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(items)
    if len(items) != len(kinds):
        raise ValueError(f"expected a list of {len(kinds)}{f' as {where[:120]}' if where else ''}, found {len(items)}")
    return tuple(
        convert_record(item, kind, f"{where}[{i}]") for i, (item, kind) in enumerate(zip(items, kinds, strict=True))
    )


def _convert_plain(value: Any, kind: Any, where: str) -> Any:
    if kind is float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            _refuse(value, "a finite number", where)
        return float(value)
    names = {str: "text", int: "a whole number", bool: "true or false", type(None): "null"}
    return value if type(value) is kind else _refuse(value, names[kind], where)


def _convert_union(value: Any, kinds: tuple[Any, ...], where: str) -> Any:
    """Convert to the first kind that is not None, which `value` may be if the union has it."""
    if value is None and type(None) in kinds:
        return None
    (kind,) = (kind for kind in kinds if kind is not type(None))
    return convert_record(value, kind, where)


def _convert_fields(value: Any, kind: Any, required: set[str], where: str) -> dict[str, Any]:
    """Convert the entries that the kind names, and keep others."""
    if not isinstance(value, dict):
        _refuse(value, "an object", where)
    if missing := sorted(required - value.keys()):
        raise ValueError(f"missing entry {_join(where, missing[0])}")
    kinds = get_type_hints(kind)
    return {
        name: convert_record(item, kinds[name], _join(where, name)) if name in kinds else item
        for name, item in value.items()
    }


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _join(where: str, name: str) -> str:
    return f"{where}.{name!r:.60}" if where else f"{name!r:.60}"


def _refuse(value: Any, expected: str, where: str) -> Any:
    found = "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)
    found = found if len(found) <= MAX_QUOTED else f"{found[:MAX_QUOTED]}..."
    raise ValueError(f"expected {expected}{f' as {where[:120]}' if where else ''}, found {found}")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for group in level
            if isinstance(group, dict | list)
            for item in (group.values() if isinstance(group, dict) else group)
        ]
        if not level:
            return
    raise ValueError(f"it is nested more than {MAX_DEPTH} deep")


def _check_characters(value: Any) -> None:
    """Raise ValueError where a text holds a lone surrogate, which no file can be written with."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("a text in it holds half a character (a lone surrogate)") from error
