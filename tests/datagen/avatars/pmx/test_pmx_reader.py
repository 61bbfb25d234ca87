"""Reading of PMX files, compared with assimp."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.avatars import small_pmx as mmd
from helpers.requirements import require_package
from panic3d.datagen.avatars.avatar import Avatar, load_avatar
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.pmx.reader import read_pmx


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
