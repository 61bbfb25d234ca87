"""Where the samples of a pixel lie, and that the grid of the pyrender engine has its pixels there."""

import numpy as np
import pytest
from scipy.stats import qmc

from helpers.requirements import require_engine
from panic3d.datagen.engines.sampling import find_pixel_lattice

SAMPLES = (1, 2, 3, 5, 8, 9, 12, 13, 16, 64)


@pytest.mark.parametrize("samples", SAMPLES)
def test_no_two_samples_share_a_row_or_a_column(samples: int) -> None:
    offsets_px = find_pixel_lattice(samples).offsets_px()
    assert np.abs(offsets_px).max(initial=0) < 0.5
    levels = (np.arange(samples) + 0.5) / samples - 0.5
    assert np.allclose(np.sort(offsets_px, axis=0), levels[:, None]), "each axis has every level once"
    at_centre = (np.abs(offsets_px) < 1e-12).all(axis=1).any()
    assert at_centre == (samples % 2 == 1), "an odd number looks at the centre, where depth is taken"


@pytest.mark.parametrize("samples", SAMPLES)
def test_the_matrix_takes_the_lattice_to_whole_numbers(samples: int) -> None:
    lattice = find_pixel_lattice(samples)
    matrix, offsets_px = lattice.samples_from_pixels(), lattice.offsets_px()
    assert round(np.linalg.det(matrix)) == samples
    moved = (offsets_px - offsets_px[0]) @ matrix.T
    assert np.allclose(moved, np.round(moved))
    assert len(np.unique(np.round(moved) @ [1, 1_000_003])) == samples


def test_the_lattice_is_more_even_than_a_sobol_sequence() -> None:
    for samples in (8, 16):
        ours = qmc.discrepancy(find_pixel_lattice(samples).offsets_px() + 0.5, method="WD")
        random = [qmc.discrepancy(qmc.Sobol(2, seed=seed).random(samples), method="WD") for seed in range(20)]
        assert ours < np.min(random)


@pytest.mark.parametrize("samples", (1, 5, 8, 13))
def test_grid_pixels_are_the_samples(samples: int) -> None:
    require_engine("pyrender")
    from panic3d.datagen.engines.pixel_rectangle import PixelRectangle
    from panic3d.datagen.engines.pyrender_lattice import SampleGrid

    lattice, size = find_pixel_lattice(samples), 7
    grid = SampleGrid(lattice, size)
    pixels = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).reshape(-1, 1, 2)
    expected = pixels + 0.5 + lattice.offsets_px()
    places = grid.sample_positions() + pixels @ lattice.samples_from_pixels().T
    assert len(np.unique(places.reshape(-1, 2), axis=0)) == size * size * samples, "every sample has a grid pixel"
    assert places.min() >= 0
    assert (places.reshape(-1, 2).max(axis=0) < grid.width_height()).all()
    grid_from_pixel = grid.grid_from_pixel()
    found = (places + 0.5 - grid_from_pixel[:2, 2]) @ np.linalg.inv(grid_from_pixel[:2, :2]).T
    assert np.allclose(found, expected), "and its centre is that very sample"
    part = PixelRectangle(2, 1, 5, 3)
    inside = places[((pixels[:, 0] >= (2, 1)) & (pixels[:, 0] < (5, 3))).all(axis=1)].reshape(-1, 2)
    bounds = grid.bound(part)
    assert (inside >= (bounds.left, bounds.bottom)).all()
    assert (inside < (bounds.right, bounds.top)).all()
