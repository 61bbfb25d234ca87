"""Portraits of turned heads: the pose is estimated, and the head that is made of them faces the front."""

import logging
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from jaxtyping import Float

from panic3d.cameras.axes import MASK_ALPHA
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.datagen.synth.head_pose import FRONTAL, HeadPose
from panic3d.datagen.synth.params import CharacterParams
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.candidate import build_candidate, recognise_pose
from panic3d.models.character.fitting.completion import complete_character
from panic3d.models.character.fitting.evidence import collect_evidence
from panic3d.models.character.fitting.head_turn import MAX_YAW_DEG, HeadTurn, estimate_head_pose
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.character.fitting.surface import make_textured_mesh
from panic3d.models.method import Portrait

FRONT = make_view_camera("front")
POSE = HeadPose(25.0, 0.0, 0.0)
EMPTY = np.zeros((512, 512, 4), np.uint8)


def draw(index: int) -> CharacterParams:
    return draw_params(make_random_generator(6, index, "train2"), "train2")


@cache
def get_landmarks(index: int) -> Float[np.ndarray, "28 3"]:
    return build_character(draw(index), np.random.Generator(np.random.PCG64(0)), "", draft=True)[1]


@pytest.mark.parametrize("yaw_deg", [-33.0, -15.0, 20.0, 30.0])
def test_the_pose_is_estimated_at_any_scale_and_place(yaw_deg: float) -> None:
    for index in range(4):
        pose = HeadPose(yaw_deg, 0.0, 4.0)
        seen = 1.1 * pose.apply(get_landmarks(index))[:, :2] + [0.02, -0.05]
        found = estimate_head_pose(get_landmarks(index), seen)
        assert abs(found.yaw_deg - yaw_deg) < 4
        assert abs(found.pitch_deg) < 4
        assert abs(found.roll_deg - 4) < 4


def test_the_pose_is_estimated_by_another_characters_face() -> None:
    for index in range(1, 5):
        seen = HeadPose(25.0, 0.0, 0.0).apply(get_landmarks(index))[:, :2]
        assert abs(estimate_head_pose(get_landmarks(0), seen).yaw_deg - 25) < 8


def test_heads_that_are_hardly_turned_count_as_frontal() -> None:
    for index in range(1, 5):
        assert estimate_head_pose(get_landmarks(0), get_landmarks(index)[:, :2]) == FRONTAL
        assert estimate_head_pose(get_landmarks(0), HeadPose(3.0).apply(get_landmarks(index))[:, :2]) == FRONTAL


def test_too_large_angles_are_limited_with_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = estimate_head_pose(get_landmarks(0), HeadPose(52.0).apply(get_landmarks(0))[:, :2])
    assert found.yaw_deg == MAX_YAW_DEG
    assert "turned by about" in caplog.text


def test_there_and_back() -> None:
    turn = HeadTurn(POSE, 1.1, (0.02, -0.01), (-0.03, 0.0))
    points = np.random.default_rng(0).normal(0, 0.1, (500, 3))
    assert np.abs(turn.turn_back(turn.turn(points)) - points).max() < 1e-5


@cache
def reconstruct_turned() -> CharacterReconstruction:
    """Return the head made of the render of a turned character, whose parameters are known."""
    params = replace(draw(1), accessories=())
    character, landmarks = build_character(params, np.random.Generator(np.random.PCG64(0)), "")
    mesh = make_textured_mesh(character)
    turned = mesh.with_vertices(POSE.apply(mesh.vertices_head_m).astype(np.float32))
    view = TexturedScene(turned).render([FRONT], 512)[0]
    straight = np.clip((view.rgb - 1 + view.alpha[..., None]) / np.maximum(view.alpha[..., None], 1e-3), 0, 1)
    rgba = np.round(255 * np.concatenate([straight, view.alpha[..., None]], axis=2)).astype(np.uint8)
    portrait = Portrait(rgba, rgba, FRONT.project(POSE.apply(landmarks), 512)[:, :2])
    assert collect_evidence(replace(portrait, head_pose="front")).pose == FRONTAL
    evidence = collect_evidence(portrait)
    evidence = recognise_pose(build_candidate(params, 0, evidence, draft=True), evidence)
    return complete_character(build_candidate(params, 0, evidence), portrait, evidence)


def test_the_head_of_a_turned_portrait_faces_the_front() -> None:
    head = reconstruct_turned()
    assert abs(head.turn.pose.yaw_deg - POSE.yaw_deg) < 4
    truth = build_candidate(replace(draw(1), accessories=()), 0, collect_evidence(Portrait(EMPTY, EMPTY)))
    expected = TexturedScene(truth.mesh).render([FRONT], 256)[0]
    made = head.render([FRONT], 256)[0]
    head_rows = slice(0, 150)
    inside, wanted = (view.alpha[head_rows] >= MASK_ALPHA for view in (made, expected))
    columns = [np.flatnonzero(mask.any(axis=0)).mean() for mask in (inside, wanted)]
    shifted = np.roll(inside, round(columns[1] - columns[0]), axis=1)
    assert (shifted & wanted).sum() / (shifted | wanted).sum() > 0.88


def test_the_mesh_is_that_of_the_views() -> None:
    head = reconstruct_turned()
    mesh = head.mesh()
    front_landmarks = head.fitted.face_front().landmarks_head_m if head.fitted else np.zeros((28, 3))
    away = np.linalg.norm(mesh.vertices_head_m[:, None] - front_landmarks[None, 11:23], axis=2).min(axis=0)
    assert away.max() < 0.008
    jaw = front_landmarks[[0, 4]]
    assert abs(jaw[0, 2] - jaw[1, 2]) < 0.012, "both sides of the jaw lie at one depth"
