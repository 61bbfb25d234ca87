"""Parameters of a character as values of JSON."""

from dataclasses import fields, is_dataclass
from typing import Any

from panic3d.datagen.synth.params import CharacterParams
from panic3d.runtime.records import convert_record

REMOVED = frozenset([("body", "form"), ("clothes", "skin_shade")])
"""Entries that the first characters of version 3 have, and that others of their parameters tell."""


def describe_params(value: Any, version: int) -> Any:
    """Convert dataclasses to dictionaries, without fields that were added after a version of the generator."""
    if is_dataclass(value):
        known = (field for field in fields(value) if field.metadata.get("version", 0) <= version)
        return {field.name: describe_params(getattr(value, field.name), version) for field in known}
    if isinstance(value, dict):
        return {key: describe_params(entry, version) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [describe_params(entry, version) for entry in value]
    return value


def restore_params(record: Any) -> CharacterParams:
    """Return the parameters that `describe_params` described. Raises ValueError, which names the place of the fault."""
    if isinstance(record, dict):
        record = {
            key: {name: item for name, item in entry.items() if (key, name) not in REMOVED}
            if isinstance(entry, dict)
            else entry
            for key, entry in record.items()
        }
    params: CharacterParams = convert_record(record, CharacterParams, "params")
    return params
