"""The U-Net in the backbone's place."""

from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.models.method import Portrait, load_method
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.unet import UNet, UNetConfig
from panic3d.models.reconstructor.training.config import load_config
from panic3d.models.reconstructor.training.train import train
from panic3d.runtime.errors import UserError
from panic3d.shards.schema import read_png

TINY = (
    "steps=2", "batch=2", "bf16=off", "validation=0", "accelerator=cpu", "loss.lpips=0", "model.picture_size=32",
    "model.unet.widths=[16, 16, 32]", "model.unet.resolution=16", "model.unet.hidden=16",
    "rays.x=16", "rays.y=16", "rays.z=16", "rays.near_surface=32",
)  # fmt: skip


def network() -> tuple[Reconstructor, UNet]:
    torch.manual_seed(0)
    model = Reconstructor(load_config("unet", TINY).model)
    assert isinstance(model.backbone, UNet)
    return model, model.backbone


def test_the_front_plane_lies_under_the_picture() -> None:
    model, unet = network()
    unet.out.weight.data.zero_()
    unet.get_parameter("out.bias").data.zero_()
    rgb = torch.rand(1, 3, 32, 32)
    planes = model(rgb, torch.ones(1, 32, 32)).planes
    shrunk = torch.nn.functional.avg_pool2d(2 * rgb - 1, 2)[0].flip(1)  # rows of planes grow upwards
    assert torch.allclose(planes[0, 0, 0], shrunk, atol=1e-6)
    assert not planes[0, 1:].any()


def test_what_is_seen_reaches_all_planes_and_far_away() -> None:
    model, _ = network()
    rgb = torch.rand(1, 3, 32, 32, requires_grad=True)
    planes = model(rgb, torch.ones(1, 32, 32)).planes
    for plane in range(3):
        (gradient,) = torch.autograd.grad(planes[0, plane, :, :, 12, 12].sum(), rgb, retain_graph=True)
        strength = gradient[0].abs().sum(dim=0)
        assert (strength > 0).all()
    (gradient,) = torch.autograd.grad(planes[0, 0, :, :, 12, 4].sum(), rgb)
    row, column = divmod(int(gradient[0].abs().sum(dim=0).argmax()), 32)
    assert abs(column - 8) <= 4 and abs(31 - row - 24) <= 4, "most of all where it lies"


def test_trained_weights_reconstruct(tmp_path: Path) -> None:
    ball = make_sphere_views(0.2, 0.0, 64, painted=True)
    write_shard(tmp_path / "data" / "shard-000000.tar", {f"{i}-00000000": ball for i in range(2)})
    train(tmp_path / "data", tmp_path / "run", load_config("unet", TINY), resume=False)
    method = load_method("panic3d-unet", tmp_path / "run")
    rgba = read_png(make_sphere_views(0.2, 0.0, 512, painted=True)["front.rgba.png"])
    mesh = method.reconstruct(Portrait.from_render(rgba)).mesh()
    reach_m = np.abs(mesh.vertices_head_m).max(axis=0)
    assert reach_m[0] == pytest.approx(0.2, abs=0.01) and reach_m[1] == pytest.approx(0.2, abs=0.01)


def test_a_picture_of_another_size_is_no_unet_s() -> None:
    with pytest.raises(UserError, match="resolution"):
        UNet(UNetConfig((16, 32), resolution=64), load_config("unet").model.triplane, 64, 0)
