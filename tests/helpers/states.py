"""Comparison of saved states: nested dictionaries and lists of tensors and plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch


def assert_states_equal(one: Any, two: Any, where: str = "state") -> None:
    """Fail unless both states have the same structure, tensors of equal type and bits, and equal plain values.

    The message names the place of the first difference.
    """
    assert type(one) is type(two), f"{where}: {type(one).__name__} and {type(two).__name__}"
    if isinstance(one, torch.Tensor):
        assert one.dtype == two.dtype, f"{where}: {one.dtype} and {two.dtype}"
        assert torch.equal(one, two), f"{where}: tensors differ"
    elif isinstance(one, Mapping):
        assert one.keys() == two.keys(), f"{where}: keys differ by {sorted(map(str, one.keys() ^ two.keys()))}"
        for name in one:
            assert_states_equal(one[name], two[name], f"{where}.{name}")
    elif isinstance(one, Sequence) and not isinstance(one, str | bytes):
        assert len(one) == len(two), f"{where}: {len(one)} and {len(two)} items"
        for i, (a, b) in enumerate(zip(one, two, strict=True)):
            assert_states_equal(a, b, f"{where}[{i}]")
    else:
        assert one == two, f"{where}: {one!r} and {two!r}"
