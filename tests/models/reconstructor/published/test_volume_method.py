"""The published way from a portrait to pictures and a mesh, on small networks: cameras, stitch, mesh, memory."""

import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from torch import Tensor

from helpers.heads.sphere_shards import make_sphere_views
from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.rigs import make_view_camera
from panic3d.models.engine.checkpoint import save_weights
from panic3d.models.method import Portrait, load_method
from panic3d.models.reconstructor.method import PanicMethod
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.inference_config import MarchingConfig
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.layers import Noise, NoiseSource
from panic3d.models.reconstructor.published.reconstruction import VolumeReconstruction
from panic3d.models.reconstructor.training.config import load_config
from panic3d.models.tagging.network import SmallTagger, TaggerConfig
from panic3d.runtime.errors import UserError
from panic3d.runtime.memory import explain_out_of_memory
from panic3d.shards.schema import decode_depth, read_png

RADIUS_M = 0.2
SMALL = (
    "model.backbone.resolution=16", "model.backbone.channel_base=256", "model.backbone.channel_max=16",
    "model.backbone.z_dim=8", "model.backbone.w_dim=16", "model.backbone.semantic_channels=0",
    "model.inference.rays=64", "model.inference.marching.size=64", "model.superresolution.channels=4",
)  # fmt: skip


class Ball(Reconstructor):
    """Planes that hold a green ball; the super-resolution hands its picture through, enlarged."""

    passes = 0

    def __init__(self, *settings: str) -> None:
        super().__init__(load_config("paper", [*SMALL, *settings]).model)
        for parameter in self.parameters():
            parameter.data.zero_()
        first, second = self.decoder.layer(0), self.decoder.layer(2)
        first.weight.data[0, 0] = 1 / first.weight_gain
        first.bias.data[0] = 30.0  # far up, where softplus is a straight line
        second.weight.data[0, 0] = 40000 / second.weight_gain
        second.bias.data[0] = -40000 * 30.0
        second.bias.data[1:4] = torch.tensor([-9.0, 9.0, -9.0])
        self.eval().requires_grad_(False)

    def forward(
        self,
        front_rgb: Tensor,
        front_alpha: Tensor,
        noise: Noise | NoiseSource | None = None,
        semantic: Tensor | None = None,
        z: Tensor | None = None,
    ) -> TriplaneEncoding:
        self.passes += 1
        unit = (torch.arange(64) + 0.5) / 32 - 1
        square = (RADIUS_M / (BOX_SIDE_M / 2)) ** 2 / 3 - (unit[:, None] ** 2 + unit[None] ** 2) / 2
        planes = torch.zeros(1, 3, 16, 3, 64, 64)
        planes[:, :, 0] = square
        return TriplaneEncoding(planes, None, torch.zeros(1, 16))


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return read_png(make_sphere_views(RADIUS_M, 0.0, 512, painted=True)["front.rgba.png"])


def head(picture: np.ndarray, *settings: str) -> VolumeReconstruction:
    made = PanicMethod(Ball("model.inference.jitter=middle", *settings)).reconstruct(Portrait.from_render(picture))
    assert isinstance(made, VolumeReconstruction)
    return made


def test_views_are_where_the_camera_says(picture: np.ndarray) -> None:
    ball = head(picture)
    mask = picture[..., 3] > 127
    front, side = ball.render([make_view_camera("front"), make_view_camera("spin060")], 512)
    assert (mask & (front.alpha > 0.5)).sum() / (mask | (front.alpha > 0.5)).sum() > 0.97
    truth_m = decode_depth(read_png(make_sphere_views(RADIUS_M, 0.0, 512)["front.depth.png"]))
    inner = np.hypot(*(np.indices((512, 512)) - 255.5)) < 0.8 * RADIUS_M / BOX_SIDE_M * 512
    assert np.abs(front.depth_m - truth_m)[inner].mean() < 0.01
    assert side.rgb.shape == (512, 512, 3)
    assert np.isnan(side.depth_m).any()


def test_the_stitch_brings_the_pictures_pixels_to_the_front_alone(picture: np.ndarray) -> None:
    ball = head(picture)
    pasted = ball.head.render_view(make_view_camera("front")).pasted
    assert pasted is not None
    middle = slice(230, 282)
    assert pasted.mask[middle, middle].mean() > 0.9
    given = torch.from_numpy(picture[..., :3].copy()).permute(2, 0, 1).float() / 255
    where = pasted.mask > 0.99
    assert (pasted.rgb - given)[:, where].abs().mean() < 0.02
    behind = ball.head.render_view(make_view_camera("back")).pasted
    assert behind is not None
    assert behind.mask.mean() < 1e-3  # softened at the outline


def test_the_mesh_is_in_metres_and_green(picture: np.ndarray) -> None:
    regular = head(picture, "model.inference.marching.cull_twice=false", "model.inference.marching.grid=regular",
                   "model.inference.marching.spacing=centre", "model.inference.marching.cull=0").mesh()  # fmt: skip
    body = trimesh.Trimesh(regular.vertices_head_m, regular.triangles)
    assert body.is_watertight
    assert body.volume == pytest.approx(4 / 3 * np.pi * RADIUS_M**3, rel=0.05)
    assert np.abs(regular.colours.astype(int) - [0, 255, 0]).max() < 3
    blocky = head(picture).mesh()  # as published: only what is saturated
    smaller = trimesh.Trimesh(blocky.vertices_head_m, blocky.triangles).volume
    assert 0.5 * body.volume < smaller < body.volume


@pytest.mark.parametrize(("noise", "passes"), [("const", 1), ("random", 2)])
def test_sixteen_views_and_a_mesh_take_one_backbone_pass(picture: np.ndarray, noise: str, passes: int) -> None:
    """Two as published, whose meshes have another noise than pictures."""
    ball = head(picture, f"model.inference.noise={noise}", "model.inference.rays=8", "model.inference.coarse=8",
                "model.inference.fine=8", "model.inference.marching.size=16")  # fmt: skip
    ball.render(
        [make_view_camera("front"), make_view_camera("left"), make_view_camera("spin030")] * 5
        + [make_view_camera("back")],
        32,
    )
    ball.mesh()
    assert ball.model.passes == passes


def test_chance_is_the_same_in_every_run(picture: np.ndarray) -> None:
    views = [head(picture, "model.inference.jitter=random").render([make_view_camera("left")], 64)[0] for _ in range(2)]
    assert np.array_equal(views[0].rgb, views[1].rgb)


def test_nothing_gives_an_empty_mesh(picture: np.ndarray) -> None:
    ball = head(picture)
    ball.model.decoder.layer(2).bias.data[0] = -1e7
    assert len(head_of(ball).mesh().triangles) == 0


def head_of(ball: VolumeReconstruction) -> VolumeReconstruction:
    picture = np.zeros((512, 512, 4), np.uint8)
    return VolumeReconstruction(ball.model, Portrait.from_render(picture), None)


def test_weights_of_the_paper_preset_reconstruct(
    tmp_path: Path, picture: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    config = load_config("paper", [*SMALL, "model.backbone.semantic_channels=8", "model.inference.marching.size=16"])
    small = replace(config.model.inference, marching=MarchingConfig(size=16))
    config = replace(config, model=replace(config.model, inference=small))
    save_weights(tmp_path / "w.safetensors", Reconstructor(config.model).state_dict(), config, {})
    made = load_method("panic3d", tmp_path / "w.safetensors").reconstruct(Portrait.from_render(picture))
    assert made.render([make_view_camera("front")], 128)[0].rgb.shape == (128, 128, 3)
    made.mesh()
    assert "tagger weights not found" in caplog.text


@pytest.mark.parametrize("edits", ["{crop_m: 0.1, cull: 0.5}", "{crop_m: 0.0, cull: 0.0}"])
def test_the_quick_way_gives_the_plain_ways_pictures(picture: np.ndarray, edits: str) -> None:
    sizes = ["model.inference.rays=32", "model.inference.coarse=24", "model.inference.fine=24"]
    found = {}
    for quick in ("true", "false"):
        made = head(picture, *sizes, f"model.inference.edits={edits}", f"model.inference.cpu_renderer={quick}")
        found[quick] = made.render([make_view_camera("spin030"), make_view_camera("front")], 64)
    for ours, plain in zip(found["true"], found["false"], strict=True):
        assert np.abs(ours.rgb - plain.rgb).max() < 1e-3
        assert np.abs(ours.alpha - plain.alpha).max() < 1e-3
        both = np.isfinite(ours.depth_m) & np.isfinite(plain.depth_m)
        assert both.any()
        assert np.abs(ours.depth_m - plain.depth_m)[both].max() < 1e-3


def test_the_tagger_sees_the_original_and_the_generator_the_line_free_picture(picture: np.ndarray) -> None:
    torch.manual_seed(0)
    tagger = SmallTagger(TaggerConfig(features=8, tags=("a",))).eval().requires_grad_(False)
    drawn = picture.copy()
    drawn[240:260, :, :3] = 0
    made = VolumeReconstruction(Ball(), Portrait(drawn, picture), tagger)
    assert made.semantic is not None
    assert torch.equal(made.semantic, tagger.features(torch.from_numpy(drawn)[None]))
    assert not torch.equal(made.semantic, tagger.features(torch.from_numpy(picture)[None]))
    rgb = torch.from_numpy(picture[..., :3].copy()).permute(2, 0, 1).float() / 255
    opaque = torch.from_numpy(picture[..., 3] == 255)
    assert (made.front_rgb - rgb)[:, opaque].abs().max() < 1e-6


def test_a_pickle_is_no_weights_file_and_runs_nothing(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / "ran"),)

    (tmp_path / "network-snapshot.pkl").write_bytes(pickle.dumps({"G_ema": Harm()}))
    with pytest.raises(UserError, match="import-official"):
        load_method("panic3d", tmp_path / "network-snapshot.pkl")
    assert not (tmp_path / "ran").exists()


def test_weights_of_another_shape_name_the_tensor(tmp_path: Path) -> None:
    config = load_config("paper", [*SMALL])
    tensors = Reconstructor(config.model).state_dict()
    tensors["decoder.net.2.weight"] = torch.zeros(5, 64)
    save_weights(tmp_path / "w.safetensors", tensors, config, {})
    with pytest.raises(UserError, match=r"tensor decoder\.net\.2\.weight should be .*, found \(5, 64\)"):
        load_method("panic3d", tmp_path / "w.safetensors")


def test_really_out_of_memory() -> None:
    with pytest.raises(UserError, match="out of memory: use --small"), explain_out_of_memory("use --small"):
        torch.empty(1 << 50)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ...")]
)
def test_out_of_memory_says_which_option_helps(error: Exception) -> None:
    with pytest.raises(UserError, match="out of memory: use --small"), explain_out_of_memory("use --small"):
        raise error


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="shape"), explain_out_of_memory("use --small"):
        raise RuntimeError("shape mismatch")
