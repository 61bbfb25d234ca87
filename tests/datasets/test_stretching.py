"""Stretched views against Open3D's ray casting of the stretched mesh."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers.heads.small_suite import make_head
from panic3d.cameras.rigs import make_view_camera
from panic3d.datasets.multiview import MultiviewBatch
from panic3d.datasets.stretching import StretchConfig, sample_stretch, stretch_batch
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import render_mesh
from panic3d.shards.schema import encode_depth
from panic3d.shards.tensors import decode_depth_tensor, encode_depth_tensor

VIEWS = ("front", "left", "back", "right", "top")
SIZE = 96


def batch_of(*meshes: ColouredMesh) -> MultiviewBatch:
    rgba, depth = [], []
    for mesh in meshes:
        views = render_mesh(mesh, [make_view_camera(view) for view in VIEWS], SIZE)
        rgba.append([np.dstack([view.rgb, view.alpha]) for view in views])
        depth.append([encode_depth(view.depth_m).astype(np.int32) for view in views])
    colours = torch.from_numpy(np.round(np.array(rgba) * 255).astype(np.uint8))
    keys, cameras = tuple(str(i) for i in range(len(meshes))), tuple(map(make_view_camera, VIEWS))
    return MultiviewBatch(keys, VIEWS, colours, torch.from_numpy(np.array(depth)), (cameras,) * len(meshes))


def test_views_are_those_of_the_stretched_mesh() -> None:
    by = torch.tensor([[1.12, 0.9, 1.12], [0.93, 1.08, 0.93]])
    meshes = [make_head(0), make_head(1)]
    found = stretch_batch(batch_of(*meshes), by)
    larger = [
        replace(mesh, vertices_head_m=(mesh.vertices_head_m * factor.numpy()).astype(np.float32))
        for mesh, factor in zip(meshes, by, strict=True)
    ]
    expected = batch_of(*larger)
    for view in VIEWS:
        assert (found.alpha(view) - expected.alpha(view)).abs().mean() < 0.01, view
        assert (found.rgb(view) - expected.rgb(view)).abs().mean() < 0.02, view
        off_m = (found.depth_m(view) - expected.depth_m(view)).abs()
        there = off_m.isfinite() & (found.alpha(view) > 0.9) & (expected.alpha(view) > 0.9)
        assert off_m[there].median() < 0.002, view
        assert there.float().mean() > 0.05, view


def test_no_stretching_changes_nothing() -> None:
    batch = batch_of(make_head(2))
    assert stretch_batch(batch, sample_stretch(StretchConfig(), torch.rand(1, 2))) is batch


def test_factors_keep_their_limits() -> None:
    found = sample_stretch(StretchConfig(across=0.25, up=0.1), torch.tensor([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]))
    np.testing.assert_allclose(found, np.array([[0.8, 1.1, 0.8], [1, 1, 1], [1.25, 1 / 1.1, 1.25]]), atol=1e-6)


def test_quanta_are_the_inverse_of_metres() -> None:
    depth = torch.tensor([0, 1, 2, 40000, 65535])
    assert torch.equal(encode_depth_tensor(decode_depth_tensor(depth)), depth.int())


def test_volume_rendering_refuses() -> None:
    from panic3d.models.reconstructor.training.checks import check_settings
    from panic3d.models.reconstructor.training.config import load_config
    from panic3d.runtime.errors import UserError

    with pytest.raises(UserError, match="stretching"):
        check_settings(load_config("small", ["renderer=volume", "loss.occupancy=0", "stretch.across=0.1"]))
