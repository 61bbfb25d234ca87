"""Parameters of a character as values of JSON."""

from dataclasses import fields, is_dataclass
from typing import Any


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
