"""Bringing files into the head frame, and the errors of files that cannot be read."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from helpers.avatars.small_glb import make_square, write_glb
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.options import AvatarOptions


def test_facing_minus_z_is_turned_about_y(tmp_path: Path) -> None:
    path = write_glb(tmp_path / "a.glb", [{"corners": [[0, 0, 0], [0.2, 0, 0.1], [0.2, 0.1, 0.1], [0, 0.1, 0]]}])
    plain, turned = (load_avatar(path, AvatarOptions(facing=facing)).surfaces[0] for facing in ("+z", "-z"))
    assert np.allclose(plain.xyz_head_m * [-1, 1, -1], turned.xyz_head_m, atol=1e-6)


def test_a_head_too_large_is_scaled_to_fit_with_2_cm_to_spare(tmp_path: Path) -> None:
    path = write_glb(tmp_path / "a.glb", [{"corners": make_square(0.66)}])
    avatar = load_avatar(path)
    assert avatar.scale == pytest.approx(0.33 / 0.66)
    assert np.abs(avatar.surfaces[0].xyz_head_m[:, 0]).max() == pytest.approx(0.33)
    assert load_avatar(path, AvatarOptions(fit=False)).scale == 1.0


def broken_files(folder: Path) -> dict[str, bytes]:
    good = write_glb(
        folder / "good.glb", [{"corners": make_square(0.2), "rgba": np.zeros((2, 2, 4), np.uint8)}]
    ).read_bytes()
    length = struct.unpack_from("<I", good, 12)[0]
    document = json.loads(good[20 : 20 + length])

    def with_document(change: dict) -> bytes:
        text = json.dumps({**document, **change}).encode()
        text += b" " * (-len(text) % 4)
        rest = good[20 + length :]
        return struct.pack("<IIIII", 0x46546C67, 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest

    accessors = document["accessors"]
    return {
        "text.vrm": b"this is not an avatar",
        "zip.vrm": b"PK\x03\x04" + bytes(100),
        "empty.vrm": b"",
        "cut.glb": good[: len(good) // 2],
        "old.glb": with_document({"asset": {"version": "1.0"}}),
        "huge.glb": with_document({"accessors": [{**accessors[0], "count": 100_000_000}, *accessors[1:]]}),
        "no_triangles.glb": with_document({"meshes": []}),
        "outside.glb": with_document({"images": [{"uri": "../../secret.png"}]}),
        "missing.glb": with_document({"images": [{"uri": "gone.png"}]}),
        "cycle.glb": with_document({"nodes": [{"children": [1], "mesh": 0}, {"children": [0]}]}),
        "draco.glb": with_document({"extensionsRequired": ["KHR_draco_mesh_compression"]}),
        "nan.glb": with_document({"nodes": [{"mesh": 0, "translation": [1e400, 0, 0]}]}),
        "headless.vrm": with_document({"extensions": {"VRM": {"humanoid": {"humanBones": []}}}}),
        "list.gltf": b"[]",
    }


def test_broken_files_give_one_sentence(tmp_path: Path) -> None:
    for name, data in broken_files(tmp_path).items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(AvatarError) as caught:
            load_avatar(tmp_path / name)
        assert "\n" not in str(caught.value) and len(str(caught.value)) > 15, name


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_never_do_worse_than_a_reason(tmp_path: Path, seed: int) -> None:
    good = bytearray(write_glb(tmp_path / "a.glb", [{"corners": make_square(0.2)}]).read_bytes())
    random = np.random.default_rng(seed)
    for place in random.integers(0, len(good), 6):
        good[place] = random.integers(256)
    (tmp_path / "b.glb").write_bytes(good)
    try:
        avatar = load_avatar(tmp_path / "b.glb")
    except AvatarError:
        return
    assert avatar.surfaces
    assert all(np.isfinite(part.xyz_head_m).all() for part in avatar.surfaces)
