"""Main colours of pixels, also where there are fewer colours than clusters."""

import warnings

import numpy as np
import pytest

from panic3d.models.character.fitting.palette import cluster_colours, find_main_colours


def test_colours_with_noise_are_found_with_their_pixels() -> None:
    random = np.random.default_rng(0)
    wanted = np.array([[0.1, 0.2, 0.8], [0.9, 0.3, 0.2], [0.5, 0.9, 0.5]])
    label = random.choice(3, 600, p=[0.6, 0.3, 0.1])
    colours = wanted[label] + random.normal(0, 0.02, (600, 3))
    centres, found = cluster_colours(colours, 3)
    nearest = np.linalg.norm(centres[:, None] - wanted, axis=2).argmin(1)
    assert sorted(nearest.tolist()) == [0, 1, 2]
    np.testing.assert_allclose(centres, wanted[nearest], atol=0.02)
    assert (nearest[found] == label).mean() > 0.99
    assert len(find_main_colours(colours, 3, 100.0)) == 2


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_colours_give_few_clusters_and_no_warning(count: int) -> None:
    colours = np.repeat(np.linspace(0, 1, count)[:, None], 3, axis=1).repeat(40, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        centres, label = cluster_colours(colours, 6)
    assert len(centres) == count and len(label) == 40 * count
    np.testing.assert_allclose(centres[label].reshape(-1, 3), colours, atol=1e-9)
