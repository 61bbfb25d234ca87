"""The families of characters: the generator version that draws them, and the styles that they use."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Family:
    """One family of characters."""

    version: int
    """Increased with every change that alters the family's characters; it is part of the random seed."""
    style_families: tuple[str, ...]
    """The families of styles (`family` of a style in its registry) that the characters choose from."""


FAMILIES = {
    "train": Family(2, ("train",)),
    "heldout": Family(2, ("heldout",)),
    "train2": Family(3, ("train", "train2")),
    "heldout2": Family(3, ("train", "heldout2")),
}
"""Families by name. No other family uses the styles `heldout` and `heldout2`."""


def is_style_of(style_family: str, family: str) -> bool:
    """Return whether characters of a family may have a style of `style_family`."""
    return style_family in FAMILIES[family].style_families


def added_in(version: int, default: Any) -> Any:
    """Return a dataclass field that earlier generator versions do not have: they use its default, and do not record it.

    `default` must leave the characters of the earlier versions as they are.
    """
    return field(default=default, metadata={"version": version})
