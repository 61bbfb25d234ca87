"""The table of avatar formats: a format is recognised by its first bytes, else by its suffix."""

from pathlib import Path

import numpy as np
import pytest

from helpers.avatars.small_glb import make_square, write_glb
from panic3d.datagen.avatars import readers
from panic3d.datagen.avatars.character.posed import PosedCharacter
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.resources import CompanionFiles, FolderFiles
from panic3d.datagen.avatars.options import AvatarOptions


def read(path: Path) -> PosedCharacter:
    return readers.read_character(path.read_bytes(), path.name, FolderFiles(path.parent), AvatarOptions(), True)


def test_the_first_bytes_decide_before_the_suffix(tmp_path: Path) -> None:
    path = write_glb(tmp_path / "misnamed.pmx", [{"corners": make_square(0.2)}])
    assert read(path).kind == "gltf"


def test_a_new_format_is_one_entry_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = read(write_glb(tmp_path / "known.glb", [{"corners": make_square(0.2)}]))

    def read_new(
        data: bytes, name: str, companions: CompanionFiles, options: AvatarOptions, lower_arms: bool
    ) -> PosedCharacter:
        assert (data, name, lower_arms) == (b"new", "a.new", True)
        return known

    new_format = readers.AvatarFormat((".new",), b"", lambda: read_new)
    monkeypatch.setattr(readers, "AVATAR_FORMATS", (*readers.AVATAR_FORMATS, new_format))
    (tmp_path / "a.new").write_bytes(b"new")
    assert np.array_equal(read(tmp_path / "a.new").surfaces[0].xyz_head_m, known.surfaces[0].xyz_head_m)


def test_formats_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.fbx").write_bytes(b"Kaydara FBX Binary")
    with pytest.raises(AvatarError, match="an FBX model: export it as GLB or VRM"):
        read(tmp_path / "a.fbx")
