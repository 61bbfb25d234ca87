"""The pose of PMX characters, compared with quaternions, and their heads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from helpers.avatars import small_pmx as mmd
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.avatars.pmx.model import BDEF4, QDEF, SDEF
from panic3d.datagen.avatars.pmx.pose import deform_vertices

UNIT_M = 0.08


def test_arms_hang_60_degrees_below_the_horizon(tmp_path: Path) -> None:
    model = mmd.make_small_character()
    model.bones = [replace(bone, xyz=(bone.xyz[0], bone.xyz[1] + 3, 0)) for bone in model.bones]
    for vertex in model.vertices:
        vertex.xyz = (vertex.xyz[0], vertex.xyz[1] + 3, vertex.xyz[2])
    model.bones[mmd.HEAD] = replace(model.bones[mmd.HEAD], xyz=(0, 18, 0))  # the whole arm lies in the box
    avatar = load_avatar(mmd.save_character(tmp_path, model=model), AvatarOptions(fit=False))
    arms = [part for part in avatar.surfaces if part.material.name.startswith("肌")]
    for arm, side in zip(arms, (1, -1), strict=True):
        shoulder = np.array([1.2 * side, 18.5, 0]) * UNIT_M - [0, 18 * UNIT_M + 0.1, 0]
        far = arm.xyz_head_m[np.linalg.norm(arm.xyz_head_m - shoulder, axis=1) > 0.2]
        along = far.mean(axis=0) - shoulder
        assert np.degrees(np.arctan2(-along[1], side * along[0])) == pytest.approx(60, abs=1.5)


def rotation(matrix: np.ndarray) -> Rotation:
    return Rotation.from_matrix(matrix[:3, :3])


def dual_quaternion(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y, z, w = rotation(matrix).as_quat()
    real, shift = np.array([w, x, y, z]), np.array([0, *matrix[:3, 3]])
    return real, 0.5 * product(shift, real)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    cross = np.cross(a[1:], b[1:])
    return np.array([a[0] * b[0] - a[1:] @ b[1:], *(a[0] * b[1:] + b[0] * a[1:] + cross)])


@pytest.mark.parametrize("seed", range(5))
def test_deformation_as_quaternions_have_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    angle = random.uniform(-1.2, 1.2, 4)
    matrices = np.tile(np.eye(4), (4, 1, 1))
    matrices[:, :3, :3] = Rotation.from_euler("z", angle[:, None]).as_matrix()
    matrices[:, :2, 3] = random.normal(0, 0.2, (4, 2))
    weights, point, sdef = random.dirichlet(np.ones(4)), random.normal(0, 0.3, 3), random.normal(0, 0.3, (3, 3))

    def ours(kind: int, weights: np.ndarray) -> np.ndarray:
        bones = np.arange(4)[None].astype(np.int32)
        return deform_vertices(point[None], np.array([kind]), bones, weights[None], sdef[None], matrices, angle)[0]

    linear = sum(w * (m @ [*point, 1])[:3] for w, m in zip(weights, matrices, strict=True))
    assert np.allclose(ours(BDEF4, weights), linear)

    quaternions = [dual_quaternion(matrix) for matrix in matrices]
    real = sum(w * q[0] for w, q in zip(weights, quaternions, strict=True))
    dual = sum(w * q[1] for w, q in zip(weights, quaternions, strict=True)) / np.linalg.norm(real)
    real /= np.linalg.norm(real)
    conjugate = real * [1, -1, -1, -1]
    moved = Rotation.from_quat([*real[1:], real[0]]).apply(point) + 2 * product(dual, conjugate)[1:]
    assert np.allclose(ours(QDEF, weights), moved)

    w0 = weights[0] / weights[:2].sum()
    centre, r0, r1 = sdef
    mean = w0 * r0 + (1 - w0) * r1
    between = Slerp([0, 1], Rotation.concatenate([rotation(matrices[0]), rotation(matrices[1])]))(1 - w0)
    carried = w0 * (matrices[0] @ [*(centre + centre + r0 - mean) / 2, 1])[:3]
    carried += (1 - w0) * (matrices[1] @ [*(centre + centre + r1 - mean) / 2, 1])[:3]
    assert np.allclose(ours(SDEF, np.array([w0, 1 - w0, 0, 0])), between.apply(point - centre) + carried)


def test_a_helper_takes_its_share_of_the_turn(tmp_path: Path) -> None:
    """左腕W takes half of what 左腕 turns; SDEF, BDEF4 and QDEF vertices on one bone go with it whole."""
    model = mmd.make_small_character()
    point = (2.2, 16.5, 0.0)
    arm, others = mmd.LEFT_ARM, (mmd.LEFT_ARM, 0, 0, 0)
    kinds = [
        mmd.Vertex(point, bones=(mmd.HELPER,)),
        mmd.Vertex(point, bones=(arm,)),
        mmd.Vertex(point, bones=(arm, mmd.UPPER), weights=(1.0,), sdef=(1.2, 15.5, 0, *point, *point)),
        mmd.Vertex(point, bones=others, weights=(2.0, 0, 0, 0)),
        mmd.Vertex(point, bones=others, weights=(1.0, 0, 0, 0), dual=True),
        mmd.Vertex((0.0, 18.0, 0.0), bones=(mmd.HEAD,)),
        mmd.Vertex((0.5, 18.0, 0.0), bones=(-1,)),
    ]
    model.add(mmd.Material("点", flags=mmd.BOTH_SIDES), kinds, [0, 5, 6, 1, 5, 6, 2, 5, 6, 3, 5, 6, 4, 5, 6])
    avatar = load_avatar(mmd.save_character(tmp_path, model=model))
    (points,) = (part for part in avatar.surfaces if part.material.name == "点")
    moved = points.xyz_head_m[points.triangles[:, 2]]  # reversed winding: the first corner comes last
    shoulder = np.array([1.2, 15.5, 0]) * UNIT_M - [0, 1.46, 0]
    turn = -(60 - np.degrees(np.arctan2(15.5 - 13.8, 3.2 - 1.2)))
    at_rest = (np.array(point) - [1.2, 15.5, 0]) * UNIT_M
    for share, found in zip((0.5, 1, 1, 1, 1), moved, strict=True):
        expected = shoulder + Rotation.from_euler("z", share * turn, degrees=True).apply(at_rest)
        assert np.allclose(found, expected, atol=1e-6), share
    (fixed,) = {tuple(np.round(p, 6)) for p in points.xyz_head_m[points.triangles[:, 0]]}
    assert np.allclose(fixed, [0.5 * UNIT_M, 18 * UNIT_M - 1.46, 0], atol=1e-6), "on no bone: it stays"


def test_the_head_by_english_name_and_by_option(tmp_path: Path) -> None:
    model = mmd.make_small_character()
    model.bones[mmd.HEAD] = replace(model.bones[mmd.HEAD], name="Kopf")
    model.bones[1] = replace(model.bones[1], name="")
    path = mmd.save_character(tmp_path, model=model)
    assert load_avatar(path).head_from_file[1, 3] == pytest.approx(-1.46), "head"
    model.bones[mmd.HEAD] = replace(model.bones[mmd.HEAD], english_name="")
    path = mmd.save_character(tmp_path, model=model)
    assert load_avatar(path).head_from_file[1, 3] != pytest.approx(-1.46, abs=1e-4)
    assert load_avatar(path, AvatarOptions(head_bone="kopf")).head_from_file[1, 3] == pytest.approx(-1.46)
    with pytest.raises(AvatarError, match=r"no bone is called 'Kop' .*'Kopf'"):
        load_avatar(path, AvatarOptions(head_bone="Kop"))
