"""Pictures of characters are those of the shards, decoded once, and need one size."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.heads.drawn_shards import write_drawn_dataset
from panic3d.models.character.decoded_pictures import DecodedPictures
from panic3d.models.character.portraits import PortraitFolder
from panic3d.runtime.errors import UserError


def test_decoded_pictures_are_those_of_the_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_drawn_dataset(tmp_path / "data", 3)
    folder = PortraitFolder(tmp_path / "data")
    DecodedPictures(folder, tmp_path / "cache")
    expected = {
        (portrait.key, name): np.asarray(Image.open(io.BytesIO(folder.archive.read(portrait.key, name))))
        for portrait in folder.portraits
        for name in portrait.pictures
    }
    monkeypatch.setattr(PortraitFolder, "decode_picture", None)  # a second run decodes nothing
    pictures = DecodedPictures(folder, tmp_path / "cache")
    for portrait in folder.portraits:
        assert len(portrait.pictures) == 2
        for name in portrait.pictures:
            given = expected[portrait.key, name].astype(float) / 255
            given[..., :3] *= given[..., 3:]
            np.testing.assert_allclose(pictures.read(portrait, name), given, atol=1e-6)


def test_pictures_of_several_sizes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_drawn_dataset(tmp_path / "data", 2)
    folder = PortraitFolder(tmp_path / "data")
    sides = iter((16, 16, 16, 24))
    monkeypatch.setattr(PortraitFolder, "decode_picture", lambda *_: np.zeros((side := next(sides), side, 4), np.uint8))
    with pytest.raises(UserError, match="one size"):
        DecodedPictures(folder, tmp_path / "cache")
