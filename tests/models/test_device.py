"""The device of a method: its network is moved there, and what callers get stays on the CPU."""

import numpy as np
import pytest
import torch

from helpers.heads.drawn_shards import draw_character
from panic3d.models.device import choose_device
from panic3d.models.method import MovableMethod, Portrait, load_method
from panic3d.models.reconstructor.fields.device_field import DeviceField
from panic3d.runtime.errors import UserError


@pytest.mark.parametrize("name", ["panic3d", "panic3d-unet", "pixelnerf", "pifu"])
def test_networks_can_be_moved(name: str) -> None:
    assert isinstance(load_method(name), MovableMethod)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(
    not torch.cuda.is_available(), reason="this machine has no CUDA device"))])  # fmt: skip
@pytest.mark.parametrize("name", ["panic3d-unet", "pifu"])
def test_a_moved_method_makes_the_same_head(name: str, device: str) -> None:
    portrait = Portrait.from_render(draw_character(0)[0])
    method, moved = load_method(name), load_method(name)
    assert isinstance(moved, MovableMethod)
    moved.to(device)
    meshes = [m.reconstruct(portrait).mesh() for m in (method, moved)]
    reconstruction = moved.reconstruct(portrait)
    assert isinstance(reconstruction.field, DeviceField)  # type: ignore[attr-defined]
    boxes = [np.concatenate([m.vertices_head_m.min(axis=0), m.vertices_head_m.max(axis=0)]) for m in meshes]
    np.testing.assert_allclose(boxes[1], boxes[0], atol=2e-3)
    if device == "cpu":
        assert np.array_equal(meshes[0].vertices_head_m, meshes[1].vertices_head_m)
        assert np.array_equal(meshes[0].colours, meshes[1].colours)


def test_auto_is_a_cuda_device_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for available, expected in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda found=available: found)
        assert choose_device("auto") == expected
    assert choose_device("cpu") == "cpu"
    for device in ("cuda", "mps"):
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
        with pytest.raises(UserError, match=f"no {device.upper()} device"):
            choose_device(device)
