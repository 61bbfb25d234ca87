"""Find out which parameters something reads."""

from dataclasses import fields
from typing import Any, TypeVar

Params = TypeVar("Params")


def record_reads(params: Params) -> tuple[Params, set[str]]:
    """Return a copy of a dataclass instance, and the set to which the names of its attributes are added when read."""
    read: set[str] = set()
    kind: Any = type(params)

    class Recording(kind):
        def __getattribute__(self, name: str) -> Any:
            read.add(name)
            return super().__getattribute__(name)

    copy: Any = Recording(**{field.name: getattr(params, field.name) for field in fields(kind)})
    read.clear()
    return copy, read
