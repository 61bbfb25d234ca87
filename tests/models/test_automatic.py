"""The default method: a fitted character where one looks like the portrait, else the U-Net."""

import logging
from pathlib import Path

import numpy as np
import pytest

from helpers.heads.textured_characters import make_character, make_portrait
from panic3d.models.automatic import AutomaticMethod, load
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.method import Portrait
from panic3d.models.reconstructor.method import PanicMethod
from panic3d.registry import find_entry


def find_shipped(name: str) -> Path:
    path = find_entry(name, "method").weights_path
    assert path is not None
    return path


def test_a_character_is_fitted_and_other_portraits_go_to_the_u_net(caplog: pytest.LogCaptureFixture) -> None:
    method = load(None)
    assert isinstance(method, AutomaticMethod)
    mesh, landmarks = make_character()
    assert isinstance(method.reconstruct(make_portrait(mesh, landmarks)), CharacterReconstruction)
    frame = np.zeros((512, 512, 4), np.uint8)
    frame[20:500, 20:60] = frame[20:60, 20:500] = [40, 160, 90, 255]
    with caplog.at_level(logging.WARNING):
        found = method.reconstruct(Portrait.from_render(frame))
    assert not isinstance(found, CharacterReconstruction)
    assert "panic3d-unet" in caplog.text
    assert len(found.mesh().triangles)


def test_weights_say_which_method_they_are_for() -> None:
    assert isinstance(load(find_shipped("panic3d-unet")), PanicMethod)
    assert isinstance(load(find_shipped("panic3d-character")), AutomaticMethod)
