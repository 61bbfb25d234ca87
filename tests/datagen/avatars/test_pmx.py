"""MMD's PMX: against assimp, against quaternions, and as a picture with known colours."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation, Slerp

from helpers.avatars import small_pmx as mmd
from helpers.requirements import needs_blender, require_package
from panic3d.cameras.rigs import camera_of
from panic3d.datagen.avatars.avatar import Avatar, load_avatar
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.avatars.pmx.model import BDEF4, QDEF, SDEF
from panic3d.datagen.avatars.pmx.pose import deform_vertices
from panic3d.datagen.avatars.pmx.reader import read_pmx
from panic3d.datagen.engines.engine import render_views

UNIT_M = 0.08


def corners_of(avatar: Avatar) -> np.ndarray:
    return np.concatenate([part.xyz_head_m[part.triangles] for part in avatar.surfaces])


def test_geometry_as_assimp_reads_it(tmp_path: Path) -> None:
    require_package("assimp_py")
    import assimp_py as assimp

    model = mmd.make_small_character()
    model.bones = [replace(bone, name=bone.name.replace("腕", "うで")) for bone in model.bones]  # nothing is posed
    avatar = load_avatar(mmd.save_character(tmp_path, model=model))
    scene = assimp.import_file(str(tmp_path / "small.pmx"), assimp.Process_Triangulate)
    from_file = avatar.head_from_file
    assert len(scene.meshes) == len(avatar.surfaces)
    for theirs, ours in zip(scene.meshes, avatar.surfaces, strict=True):
        xyz = np.array(theirs.vertices).reshape(-1, 3) * [1, 1, -1]  # assimp has negated z already
        inside = xyz @ from_file[:3, :3].T + from_file[:3, 3]
        indices = np.array(theirs.indices).reshape(-1, 3)
        if np.abs(inside).max() > 0.35:  # the body and the arms leave the box
            continue
        assert np.allclose(inside[indices], ours.xyz_head_m[ours.triangles], atol=1e-6), "places and winding"
    pictures = [material["TEXTURES"].get(1, [None])[0] for material in scene.materials]
    assert [name is None for name in pictures] == [part.material.texture is None for part in avatar.surfaces]


@pytest.mark.parametrize("utf8", [False, True])
@pytest.mark.parametrize("index_bytes", [1, 2, 4])
@pytest.mark.parametrize("version", [2.0, 2.1])
def test_every_way_of_writing_reads_the_same(tmp_path: Path, utf8: bool, index_bytes: int, version: float) -> None:
    plain = load_avatar(mmd.save_character(tmp_path))
    path = mmd.save_character(tmp_path, "other.pmx", utf8=utf8, index_bytes=index_bytes, version=version)
    other = load_avatar(path)
    assert np.array_equal(corners_of(plain), corners_of(other))
    assert [part.material.name for part in other.surfaces] == ["顔", "髪", "しるし", "服", "肌", "肌2"]
    assert (other.kind, other.title, other.licence) == ("pmx", "試験", "For tests, without rights.")
    assert np.allclose(
        other.head_from_file, np.array([[0.08, 0, 0, 0], [0, 0.08, 0, -1.46], [0, 0, -0.08, 0], [0, 0, 0, 1]])
    )


@needs_blender
def test_colours_upright_and_unmirrored(tmp_path: Path) -> None:
    avatar = load_avatar(mmd.save_character(tmp_path))
    views = ("front", "left", "back", "right")
    pictures = render_views("cycles", avatar.surfaces, [camera_of(view) for view in views], 256, samples=4, threads=1)
    rgba = {view: picture.rgba.astype(int) for view, picture in zip(views, pictures, strict=True)}

    def at(view: str, x_units: float, y_units: float) -> np.ndarray:
        row = 128 - (y_units * UNIT_M - 1.46) / 0.7 * 256
        return rgba[view][int(row), int(128 + x_units * UNIT_M / 0.7 * 256), :3]

    expected = {(-0.5, 18.3): mmd.RED, (0.5, 18.3): mmd.GREEN, (-0.5, 17.3): mmd.BLUE, (0.5, 17.3): mmd.YELLOW,
                (0.5, 19.4): (0, 0, 0), (0.0, 19.8): mmd.HAIR, (0.0, 15.0): mmd.SHIRT,
                (1.25, 18.1): mmd.RED}  # fmt: skip
    for (x, y), colour in expected.items():
        assert np.abs(at("front", x, y) - colour).max() <= 1, (x, y)
    assert np.abs(at("back", -1.25, 18.1) - mmd.RED).max() <= 1, "its left ear is on the left from behind"
    assert np.abs(at("left", 0.0, 18.1) - mmd.RED).max() <= 1 and np.abs(at("right", 0.0, 18.1) - mmd.RED).max() > 50
    assert pictures[0].depth_m[128 - int((18.3 * UNIT_M - 1.46) / 0.7 * 256), 110] == pytest.approx(0.92, abs=1e-5)
    skin = np.argwhere(np.abs(rgba["front"][..., :3] - mmd.SKIN).max(axis=-1) <= 1)
    assert {column < 128 for _, column in skin} == {True, False}, "an untextured arm on either side"


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


def textured(folder: Path, alpha: np.ndarray, diffuse_alpha: float = 1.0, uv: float = 1.0) -> list:
    """The materials of a head whose face texture has this alpha, of which the part up to (uv, uv) is used."""
    model = mmd.make_small_character()
    model.materials[0].diffuse = (1, 1, 1, diffuse_alpha)
    for vertex in model.vertices[:24]:
        vertex.uv = (vertex.uv[0] * uv, vertex.uv[1] * uv)
    path = mmd.save_character(folder, model=model)
    rgb = np.full((*alpha.shape, 3), 200, np.uint8)
    Image.fromarray(np.dstack([rgb, alpha.astype(np.uint8)])).save(folder / "tex" / "顔.png")
    return [part.material for part in load_avatar(path).surfaces]


def test_alpha_modes_are_what_the_used_texels_ask_for(tmp_path: Path) -> None:
    opaque = np.full((64, 64), 255)
    unused = opaque.copy()
    unused[40:, 40:] = 0
    lace = opaque.copy()
    lace[::8] = 0
    veil = np.tile(np.linspace(0, 255, 64), (64, 1))
    assert textured(tmp_path, opaque)[0].alpha_mode == "OPAQUE"
    assert textured(tmp_path, unused, uv=0.5)[0].alpha_mode == "OPAQUE", "what is clear is not used"
    assert textured(tmp_path, unused)[0].alpha_mode == "MASK"
    assert textured(tmp_path, lace)[0].alpha_mode == "MASK"
    assert textured(tmp_path, veil)[0].alpha_mode == "BLEND"
    assert textured(tmp_path, opaque, diffuse_alpha=0.4)[0].alpha_mode == "BLEND"
    hidden = textured(tmp_path, opaque, diffuse_alpha=0.0)
    assert [material.name for material in hidden] == ["髪", "しるし", "服", "肌", "肌2"], "shown by a morph only"


def test_vertex_colours_and_lines(tmp_path: Path) -> None:
    model = mmd.make_small_character()
    for vertex in model.vertices:
        vertex.extra = (0.5, 0.25, 1.0, 1.0)
    model.materials[0].flags = mmd.VERTEX_COLOUR
    model.materials[1].flags = mmd.LINES
    surfaces = load_avatar(mmd.save_character(tmp_path, model=model, version=2.1)).surfaces
    assert [part.material.name for part in surfaces] == ["顔", "しるし", "服", "肌", "肌2"]
    assert np.allclose(surfaces[0].colour_linear[0], [0.21404, 0.05088, 1, 1], atol=1e-4)
    assert (surfaces[1].colour_linear == 1).all()


def broken(data: bytes) -> dict[str, tuple[bytes, str]]:
    vertices_at = data.index(struct.pack("<i", len(mmd.make_small_character().vertices)))
    huge = data[:vertices_at] + struct.pack("<i", 100_000_000) + data[vertices_at + 4 :]
    nan = bytearray(data)
    nan[vertices_at + 4 : vertices_at + 8] = struct.pack("<f", np.nan)
    return {
        "cut in the vertices": (data[: vertices_at + 500], "left: cut short"),
        "cut in the bones": (data[:-300], "PMX model"),
        "100 million vertices": (huge, "claims 100,000,000 items"),
        "not a number": (bytes(nan), "not finite numbers"),
        "version": (data[:4] + struct.pack("<f", 1.0) + data[8:], "expected PMX 2.0 or 2.1, found 1"),
        "sizes": (data[:9] + b"\x07" + data[10:], "impossible sizes"),
        "older": (b"Pmd" + data[3:], "PMD model"),
    }


def test_broken_models_give_one_sentence(tmp_path: Path) -> None:
    path = mmd.save_character(tmp_path)
    for name, (data, words) in broken(path.read_bytes()).items():
        path.write_bytes(data)
        with pytest.raises(AvatarError, match=words):
            load_avatar(path)
            pytest.fail(f"{name} was read")
    model = mmd.make_small_character()
    model.bones[0] = replace(model.bones[0], parent=1)
    with pytest.raises(AvatarError, match="cycle"):
        load_avatar(mmd.save_character(tmp_path, model=model))
    (mmd.save_character(tmp_path).parent / "服.bmp").unlink()
    with pytest.raises(AvatarError, match=r"missing file '服\.bmp' beside the avatar"):
        load_avatar(path)
    model = mmd.make_small_character()
    model.textures[0] = "..\\..\\secret.png"
    with pytest.raises(AvatarError, match="points outside"):
        load_avatar(mmd.save_character(tmp_path, model=model))


def test_what_is_read_is_what_was_written() -> None:
    model = mmd.make_small_character()
    read = read_pmx(mmd.encode_pmx(model))
    assert np.array_equal(read.vertices.positions, np.array([v.xyz for v in model.vertices], np.float32))
    assert [bone.name for bone in read.bones] == [bone.name for bone in mmd.BONES]
    assert [(bone.rotation_source, bone.rotation_share) for bone in read.bones][mmd.HELPER] == (mmd.LEFT_ARM, 0.5)
    assert read.textures == list(mmd.TEXTURES)
