"""Samples for validation are spread evenly, and none are taken from small datasets."""

import numpy as np
import pytest

from panic3d.models.engine.validation import choose_validation


@pytest.mark.parametrize(("count", "wanted"), [(50, 10), (403, 80), (7, 1)])
def test_places_are_the_middles_of_equal_parts(count: int, wanted: int) -> None:
    edges = np.linspace(0, count, wanted + 1)
    assert choose_validation(count, wanted) == np.floor((edges[1:] + edges[:-1]) / 2 + 1e-9).astype(int).tolist()


def test_small_datasets_give_none() -> None:
    assert choose_validation(49, 10) == []
    assert choose_validation(100, 0) == []
