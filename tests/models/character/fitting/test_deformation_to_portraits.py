"""Characters moved, scaled and bent away from their own portrait, and brought back."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import jaccard
from skimage.transform import SimilarityTransform

from helpers.heads.textured_characters import FRONT, make_character, make_portrait
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.colours import transfer_colours
from panic3d.models.character.fitting.evidence import collect_evidence
from panic3d.models.character.fitting.objective import compare_front
from panic3d.models.character.fitting.shape.alignment import align_by_landmarks, fit_scale_and_shift
from panic3d.models.character.fitting.shape.deform import deform_to_portrait


def test_the_own_portrait_is_matched_perfectly_and_its_intersection_is_that_of_scipy() -> None:
    mesh, landmarks = make_character()
    evidence = collect_evidence(make_portrait(mesh, landmarks))
    own = compare_front(evidence, TexturedScene(mesh).render_parts(FRONT, 128), landmarks)
    assert own.iou > 0.98 and own.distance < 0.02
    assert own.landmarks == pytest.approx(0, abs=1e-6)
    other, other_landmarks = make_character(4)
    part = TexturedScene(other).render_parts(FRONT, 128)
    found = compare_front(evidence, part, other_landmarks)
    assert found.iou == pytest.approx(1 - jaccard((part > 0).ravel(), evidence.mask.ravel()), abs=1e-6)
    assert found.cost() > own.cost() + 0.1


def test_scale_and_shift_are_those_of_scikit_image() -> None:
    random = np.random.default_rng(0)
    points = random.normal(size=(28, 2))
    targets = 1.1 * points + [0.3, -0.2]
    scale, shift = fit_scale_and_shift(points, targets)
    theirs = SimilarityTransform()
    theirs.estimate(points, targets)
    assert scale == pytest.approx(float(theirs.scale))
    assert shift == pytest.approx(theirs.translation)


def test_a_bent_character_comes_back() -> None:
    mesh, landmarks = make_character()
    portrait = make_portrait(mesh, landmarks)
    evidence = collect_evidence(portrait)

    def bend(xyz: np.ndarray) -> np.ndarray:
        bent = 0.92 * xyz + [0.012, -0.01, 0.0]
        bent[:, 0] += 0.02 * np.sin(8 * xyz[:, 1])
        return bent

    wrong = mesh.with_vertices(bend(mesh.vertices_head_m.astype(float)).astype(np.float32))
    aligned, aligned_landmarks, _ = align_by_landmarks(wrong, bend(landmarks), evidence)
    found, found_landmarks = deform_to_portrait(aligned, aligned_landmarks, evidence)
    before, after = (
        compare_front(evidence, TexturedScene(m).render_parts(FRONT, 128), points)
        for m, points in ((wrong, bend(landmarks)), (found, found_landmarks))
    )
    assert after.iou > 0.95 > before.iou + 0.04
    assert after.landmarks < 0.2 * before.landmarks
    near = np.abs(mesh.vertices_head_m).max(1) < 0.25
    left = np.linalg.norm(found.vertices_head_m - mesh.vertices_head_m, axis=1)[near]
    moved = np.linalg.norm(wrong.vertices_head_m - mesh.vertices_head_m, axis=1)[near]
    assert left.mean() < 0.4 * moved.mean()


def test_colours_of_a_portrait_come_into_the_textures() -> None:
    mesh, landmarks = make_character()
    other = mesh.with_materials(
        tuple(
            type(m)(
                m.name, np.concatenate([m.texture[..., [2, 0, 1]], m.texture[..., 3:]], 2), *list(vars(m).values())[2:]
            )
            for m in mesh.materials
        )
    )
    portrait = make_portrait(mesh, landmarks)
    coloured = transfer_colours(other, TexturedScene(other), portrait.line_free)
    back = make_view_camera("back")
    wanted, before, after = (TexturedScene(m).render([back], 128)[0].rgb for m in (mesh, other, coloured))
    assert np.abs(after - wanted).mean() < 0.25 * np.abs(before - wanted).mean()


def test_hair_takes_the_colour_of_the_tips_on_the_back_too() -> None:
    mesh, landmarks = make_character()
    hair = [m.name for m in mesh.materials].index("Hair")
    low = np.clip((0.05 - mesh.vertices_head_m[:, 1]) / 0.2, 0, 1)[:, None]
    tinted = replace(mesh, tint=(low * [-0.5, 0.1, 0.4]).astype(np.float32))
    portrait = make_portrait(tinted, landmarks)
    found = transfer_colours(mesh, TexturedScene(mesh), portrait.line_free)
    assert found.tint is not None
    others = np.setdiff1d(np.arange(len(mesh.vertices_head_m)), mesh.triangles[mesh.material == hair])
    assert not found.tint[others].any()
    back = make_view_camera("back")
    is_hair = TexturedScene(mesh).find_materials(back, 128) == hair
    wanted, before, after = (TexturedScene(m).render([back], 128)[0].rgb[is_hair] for m in (tinted, mesh, found))
    assert np.abs(after - wanted).mean() < 0.5 * np.abs(before - wanted).mean()


def test_something_blue_that_begins_with_an_edge_before_the_hair_does_not_tint_it() -> None:
    mesh, landmarks = make_character()
    hair = [m.name for m in mesh.materials].index("Hair")
    scene = TexturedScene(mesh)
    portrait = make_portrait(mesh, landmarks).line_free.copy()
    is_hair = scene.find_materials(FRONT, 512) == hair
    low = np.flatnonzero(is_hair.any(1)).max() - 60
    assert is_hair[low:].sum() > 500
    portrait[low:][is_hair[low:], :3] = [30, 80, 250]
    found = transfer_colours(mesh, scene, portrait)
    back = make_view_camera("back")
    before, after = (TexturedScene(m).render([back], 128)[0].rgb for m in (mesh, found))
    shown = scene.find_materials(back, 128) == hair
    shown[:64] = False
    assert (after - before)[shown][:, 2].mean() < 0.08
