"""Outlines of masks against circles."""

import numpy as np
import pytest

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.character.fitting.outlines import match_outlines, trace_outline

SIZE = 256


def make_disc(x_m: float, y_m: float, radius_m: float) -> np.ndarray:
    centres = (np.arange(SIZE) + 0.5 - SIZE / 2) * BOX_SIDE_M / SIZE
    return (centres[None] - x_m) ** 2 + (-centres[:, None] - y_m) ** 2 < radius_m**2


def test_the_outline_of_a_disc_is_a_circle_with_normals_outwards() -> None:
    found = trace_outline(make_disc(0.05, -0.1, 0.15))
    away = found.xy_head_m - [0.05, -0.1]
    assert np.linalg.norm(away, axis=1) == pytest.approx(0.15, abs=0.002)
    assert (found.normal * away / 0.15).sum(1).min() > 0.97
    assert len(found.xy_head_m) == pytest.approx(2 * np.pi * 0.15 / 0.003, rel=0.5)


def test_the_border_of_the_picture_is_no_outline() -> None:
    found = trace_outline(make_disc(0.0, -0.35, 0.2))
    assert found.xy_head_m[:, 1].min() > -0.35 + 0.005
    assert not len(trace_outline(np.ones((SIZE, SIZE), bool)).xy_head_m)
    assert not len(trace_outline(np.zeros((SIZE, SIZE), bool)).xy_head_m)


def test_points_are_matched_to_near_outlines_that_face_the_same_way() -> None:
    small, large = (trace_outline(make_disc(0.0, 0.0, radius)) for radius in (0.14, 0.15))
    matched, targets, weight = match_outlines(small, large, 0.03)
    assert matched.tolist() == list(range(len(small.xy_head_m)))
    assert np.linalg.norm(targets - small.xy_head_m, axis=1) == pytest.approx(0.01, abs=0.003)
    assert (weight > 0.5).all()
    # a hole's outline faces the other way
    ring = trace_outline(~make_disc(0.0, 0.0, 0.14) & make_disc(0.0, 0.0, 0.3))
    matched, _, _ = match_outlines(small, ring, 0.03)
    assert not len(matched)
