"""Silhouette completion, on columns whose round surfaces are known in closed form."""

import numpy as np
import pytest
import torch
import trimesh

from helpers.heads.sphere_reconstructor import RADIUS_M, SphereReconstructor
from panic3d.models.reconstructor.geometry.column_maps import find_longest_runs
from panic3d.models.reconstructor.geometry.completion_columns import find_missing_columns
from panic3d.models.reconstructor.geometry.completion_thickness import (
    PART_HALF_THICKNESS_CELLS,
    solve_squared_half_thickness,
)
from panic3d.models.reconstructor.geometry.density_grid import sample_density_grid
from panic3d.models.reconstructor.geometry.iso_surface import extract_surface
from panic3d.models.reconstructor.geometry.silhouette_completion import complete_silhouette

SIZE = 64
X = np.arange(SIZE) - 31.5
ROW = SIZE // 2


def strip(half_width: float) -> np.ndarray:
    """Signed distance, in cells, to the outline of a strip along y."""
    return np.broadcast_to(half_width - np.abs(X), (SIZE, SIZE)).copy()


def cylinder(radius: float, z_centre: float) -> np.ndarray:
    """The density of a cylinder along y; below 0 everywhere with a negative radius, and greatest at its axis."""
    z = np.arange(SIZE)
    return np.broadcast_to(radius - np.hypot(X[:, None], z - z_centre), (SIZE, SIZE, SIZE)).astype(np.float32).copy()


def rounded(density: np.ndarray, distance_cells: np.ndarray) -> np.ndarray:
    grid = np.minimum(density, distance_cells[..., None]).astype(np.float32)
    complete_silhouette(grid, density, distance_cells, 1.0)
    return grid


RATE = np.sqrt(2) / PART_HALF_THICKNESS_CELLS
"""u'' = 2 u / half^2 - 2 has the solutions half^2 + a exp(RATE x) + b exp(-RATE x)."""


def test_what_the_field_has_nowhere_becomes_a_round_strand_where_it_is_likeliest() -> None:
    grid = rounded(cylinder(-2.0, 20.0), strip(3.3))
    lowest, highest = (ends[ROW] for ends in find_longest_runs(grid, np.ones((SIZE, SIZE), bool)))
    inside = np.abs(X) < 2
    squared = PART_HALF_THICKNESS_CELLS**2 * (1 - np.cosh(RATE * X[inside]) / np.cosh(RATE * 3.3))
    assert (highest - lowest)[inside] == pytest.approx(2 * np.sqrt(squared), rel=0.05)
    assert squared == pytest.approx(3.3**2 - X[inside] ** 2, rel=0.25)  # nearly a circle
    assert (highest + lowest)[inside] / 2 == pytest.approx(20.0)
    assert np.array_equal(np.isfinite(lowest), np.abs(X) < 3.3)


def test_thickness_goes_from_the_field_s_to_nothing_as_the_equation_says() -> None:
    density, distance = cylinder(10.0, 32.0), strip(13.3)
    completion = find_missing_columns(density, distance)
    lowest, highest = find_longest_runs(density, completion.edge)
    squared = solve_squared_half_thickness(completion, ((highest - lowest) / 2) ** 2, distance)[ROW]
    edge, half = X[completion.edge[ROW]].max(), PART_HALF_THICKNESS_CELLS
    shares = np.linalg.solve(np.exp(np.outer([edge, 13.3], [RATE, -RATE])), [100 - edge**2 - half**2, -(half**2)])
    within = (X > 0) & completion.columns[ROW]
    assert within.sum() == 6
    exact = half**2 + np.exp(np.outer(X[within], [RATE, -RATE])) @ shares
    assert squared[within] == pytest.approx(exact, rel=0.03)


def test_a_rim_is_joined_from_as_far_inside_as_it_is_wide_and_no_further_than_its_reach() -> None:
    for missing, depth in ((1, 1), (3, 3), (8, 4)):
        completion = find_missing_columns(cylinder(10.0, 32.0), strip(10.0 + missing))
        own = completion.columns[ROW] & (np.abs(X) < 10)
        assert own.sum() == 2 * depth
        assert (completion.share[ROW][(np.abs(X) > 10) & (np.abs(X) < 10 + missing)] == 1).all()


def test_holes_that_the_field_surrounds_are_no_rim() -> None:
    density, distance = cylinder(10.0, 32.0), strip(9.0)
    density[30:33, 31:34] = -3
    assert not find_missing_columns(density, distance).columns.any()
    assert np.array_equal(rounded(density, distance), np.minimum(density, distance[..., None]))


def test_a_strand_that_runs_steeply_along_z_does_not_fall_apart() -> None:
    y, z = np.arange(SIZE)[:, None, None], np.arange(SIZE)[None, None]
    leaning = (-2.0 - np.hypot(X[None, :, None], z - 3 * (y - 22))).astype(np.float32)
    distance = np.minimum(strip(1.2), (9.5 - np.abs(np.arange(SIZE) - 32))[:, None])
    surface = extract_surface(rounded(leaning, distance))
    mesh = trimesh.Trimesh(surface.vertices_head_m, surface.triangles)
    assert len(mesh.split()) == 1
    assert np.ptp(mesh.vertices[:, 2]) > 40 / SIZE * 0.7


def test_where_the_field_knows_nothing_a_part_stays_near_what_it_grows_from() -> None:
    """Empty columns are densest at the box's far end: a horn would become a pole."""
    density = cylinder(4.0, 32.0)
    density[:, np.abs(X) > 4] = np.linspace(-3, -2, SIZE)
    lowest, highest = find_longest_runs(rounded(density, strip(10.3)), np.ones((SIZE, SIZE), bool))
    beyond = np.nan_to_num(highest[ROW]) - 36
    assert (beyond <= np.maximum(np.abs(X) - 4, 0) + 4)[np.abs(X) < 10.3].all()
    assert np.isfinite(lowest[ROW][np.abs(X) < 10.3]).all()


def test_of_two_stretches_the_longer_counts_and_its_ends_lie_between_cells() -> None:
    column = np.full((1, 1, 12), -1.0, np.float32)
    column[0, 0, 1:3] = 1
    column[0, 0, 5:9] = 3
    lowest, highest = find_longest_runs(column, np.ones((1, 1), bool))
    assert (lowest[0, 0], highest[0, 0]) == (pytest.approx(4.25), pytest.approx(8.75))


def test_a_ball_in_a_wider_outline_is_rounded_to_it_without_a_flange() -> None:
    field = SphereReconstructor().field(torch.zeros(1, 3, 128, 128), torch.zeros(1, 128, 128))
    outline = np.hypot(*(np.indices((512, 512)) - 255.5)) < 0.215 / 0.7 * 512
    alpha = np.where(outline, 255, 0).astype(np.uint8)
    profiles = {}
    for completion in (False, True):
        surface = extract_surface(sample_density_grid(field, alpha, complete_silhouette=completion))
        mesh = trimesh.Trimesh(surface.vertices_head_m, surface.triangles)
        assert mesh.is_watertight
        assert mesh.bounds[:, :2] == pytest.approx(np.array([[-0.215] * 2, [0.215] * 2]), abs=0.002)
        radius = np.hypot(mesh.vertices[:, 0], mesh.vertices[:, 1])
        profiles[completion] = [
            np.ptp(mesh.vertices[np.abs(radius - r) < 0.002, 2]) for r in (0.16, 0.19, 0.2, 0.207, 0.213)
        ]
    assert np.all(np.diff(profiles[True]) < 0)
    assert profiles[True][0] == pytest.approx(2 * np.sqrt(RADIUS_M**2 - 0.16**2), rel=0.05)
    assert profiles[True][3] < 0.9 * profiles[False][3]
    assert profiles[True][4] < 0.6 * profiles[False][4]
