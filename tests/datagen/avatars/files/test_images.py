"""Decoding of images within limits."""

import io
from pathlib import Path

import pytest

from helpers.avatars import small_pmx as mmd
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.files.errors import AvatarError


def test_a_picture_bomb_is_not_unpacked(tmp_path: Path) -> None:
    from PIL import Image

    path = mmd.save_character(tmp_path)
    buffer = io.BytesIO()
    Image.new("1", (9000, 9000)).save(buffer, "PNG")
    (tmp_path / "tex" / "顔.png").write_bytes(buffer.getvalue())
    with pytest.raises(AvatarError, match="9000 x 9000 pixels is too large"):
        load_avatar(path)
