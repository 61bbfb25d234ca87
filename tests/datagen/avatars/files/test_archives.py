"""Models inside zip archives."""

import struct
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.avatars import small_pmx as mmd
from helpers.avatars.small_glb import make_square, write_glb
from helpers.avatars.small_zip import encode_zip, read_folder
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.files import archives
from panic3d.datagen.avatars.files.errors import AvatarError, AvatarSkipped
from panic3d.datagen.avatars.options import AvatarOptions


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """A character in folders with Japanese names, as it lies on disk."""
    folder = tmp_path / "disk"
    mmd.save_character(folder)
    return read_folder(folder, "試験ソ/モデル/")


def colours(path: Path, **options: Any) -> list[Any]:
    surfaces = load_avatar(path, AvatarOptions(**options)).surfaces
    return [
        part.material.texture and part.material.texture.rgba[32 % len(part.material.texture.rgba), 0]
        for part in surfaces
    ]


@pytest.mark.parametrize("alphabet", ["cp932", "gb18030", "utf-8"])
def test_names_in_any_alphabet_are_read(tmp_path: Path, files: dict[str, bytes], alphabet: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(encode_zip(files, alphabet))
    avatar = load_avatar(path)
    assert (avatar.kind, len(avatar.surfaces)) == ("pmx", 6)
    assert avatar.member is not None and avatar.member.endswith("small.pmx")
    face, hair, mark, shirt = colours(path)[:4]
    assert face[:3].tolist() == list(mmd.BLUE) and hair[:3].tolist() == list(mmd.HAIR)
    assert shirt[:3].tolist() == list(mmd.SHIRT) and np.abs(mark[:3].astype(int) - mmd.RED).max() <= 1


def test_names_as_macos_and_windows_write_them(tmp_path: Path, files: dict[str, bytes]) -> None:
    taken_apart = {unicodedata.normalize("NFD", name): data for name, data in files.items()}
    junk = {"__MACOSX/試験ソ/モデル/._small.pmx": b"\0" * 100, "試験ソ/モデル/._small.pmx": b"\0"}
    (tmp_path / "mac.zip").write_bytes(encode_zip({**taken_apart, **junk}, "utf-8"))
    assert len(load_avatar(tmp_path / "mac.zip").surfaces) == 6
    with zipfile.ZipFile(tmp_path / "marked.zip", "w") as archive:  # zipfile marks its names as UTF-8
        for name, data in files.items():
            archive.writestr(name, data)
    assert len(load_avatar(tmp_path / "marked.zip").surfaces) == 6
    (tmp_path / "windows.zip").write_bytes(encode_zip({name.replace("/", "\\"): data for name, data in files.items()}))
    assert len(load_avatar(tmp_path / "windows.zip").surfaces) == 6


def test_winrar_s_unicode_field(tmp_path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for index, (name, data) in enumerate(files.items()):
            info = zipfile.ZipInfo(f"lost{index}")
            real = name.encode()
            info.extra = struct.pack("<HHBI", 0x7075, 5 + len(real), 1, 0) + real
            archive.writestr(info, data)
    assert len(load_avatar(tmp_path / "a.zip").surfaces) == 6


def test_textures_above_the_model(tmp_path: Path, files: dict[str, bytes]) -> None:
    model = mmd.make_small_character()
    model.textures = [f"..\\{name}" for name in model.textures]
    moved = {name.replace("モデル/", ""): data for name, data in files.items()} | {
        "試験ソ/モデル/small.pmx": mmd.encode_pmx(model)
    }
    del moved["試験ソ/small.pmx"]
    (tmp_path / "a.zip").write_bytes(encode_zip(moved))
    assert len(load_avatar(tmp_path / "a.zip").surfaces) == 6
    model.textures[0] = "..\\..\\..\\secret.png"
    moved["試験ソ/モデル/small.pmx"] = mmd.encode_pmx(model)
    (tmp_path / "a.zip").write_bytes(encode_zip(moved))
    with pytest.raises(AvatarError, match="points outside the avatar's folder"):
        load_avatar(tmp_path / "a.zip")


def test_the_model_of_an_archive_is_chosen_by_name(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = tmp_path / "a.zip"
    second = {"試験ソ/モデル/翼.pmx": files["試験ソ/モデル/small.pmx"]}
    path.write_bytes(encode_zip({**files, **second}))
    with pytest.raises(AvatarError, match=r"holds 2 models \(.*small\.pmx.*翼\.pmx.*--member NAME"):
        load_avatar(path)
    assert load_avatar(path, AvatarOptions(member="翼.pmx")).member == "試験ソ/モデル/翼.pmx"
    assert load_avatar(path, AvatarOptions(member="SMALL*")).member == "試験ソ/モデル/small.pmx"
    with pytest.raises(AvatarError, match=r"no model in a\.zip fits --member 'x': it holds '試験ソ"):
        load_avatar(path, AvatarOptions(member="x"))
    path.write_bytes(encode_zip({"readme.txt": b"hello"}))
    with pytest.raises(AvatarSkipped, match=r"a\.zip holds no model"):
        load_avatar(path)
    glb = write_glb(tmp_path / "a.glb", [{"corners": make_square(0.1)}]).read_bytes()
    path.write_bytes(encode_zip({"inside/Avatar.GLB": glb}))
    assert load_avatar(path).kind == "gltf"


def test_archives_that_are_none_or_shut(tmp_path: Path, files: dict[str, bytes]) -> None:
    data = encode_zip(files)
    locked = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            locked[at + offset] |= 1
    cases = {
        "cut.zip": (data[: len(data) // 2], "not a whole zip archive"),
        "text.zip": (b"hello", "not a whole zip archive"),
        "locked.zip": (bytes(locked), "encrypted"),
        "zip.vrm": (data, "zip archive: name it .zip"),
        "rar.zip": (b"Rar!\x1a\x07", "not a whole zip archive"),
        "rar.pmx": (b"Rar!\x1a\x07", "RAR archive"),
    }
    for name, (content, words) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(AvatarError, match=words):
            load_avatar(tmp_path / name)


def test_bombs_end_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 1 << 20)
    zeros = bytes(3 << 20)
    (tmp_path / "a.zip").write_bytes(encode_zip({"a.pmx": zeros}))
    with pytest.raises(AvatarError, match="unpacks to more than 1,048,576 bytes"):
        load_avatar(tmp_path / "a.zip")
    (tmp_path / "b.zip").write_bytes(encode_zip({**files, "試験ソ/モデル/服.bmp": zeros[: 1 << 20]}))
    with pytest.raises(AvatarError, match=r"'服\.bmp'\): not read"):
        load_avatar(tmp_path / "b.zip")
    lying = bytearray(encode_zip({"a.pmx": zeros}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", lying, lying.find(signature) + offset, 1000)
    (tmp_path / "c.zip").write_bytes(lying)
    with pytest.raises(AvatarError):
        load_avatar(tmp_path / "c.zip")
