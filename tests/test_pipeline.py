"""The library: a path, an image or an array becomes a head, its views and files; every stage can be called alone."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from helpers.heads.sphere_shards import make_sphere_views
from panic3d.cameras.camera import Camera
from panic3d.geometry.glb import decode_glb
from panic3d.models.engine.checkpoint import save_weights
from panic3d.models.portrait.alignment.similarity import transform_points
from panic3d.models.portrait.canonical import CropSquare
from panic3d.models.portrait.faces.face import Face
from panic3d.models.portrait.matting.matting import Matte
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.config import load_config
from panic3d.pipeline import HeadPipeline, PipelineConfig, PortraitFailure, PortraitPipeline
from panic3d.runtime.errors import UserError, WrongUsage

AS_FRAMED = PipelineConfig(align="never")


class FindsNoFace:
    def faces(self, rgb: np.ndarray) -> list[Face]:
        return []


@pytest.fixture(autouse=True)
def _fast_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures show balls: searching them for faces would take most of the time."""
    monkeypatch.setattr("panic3d.pipeline.load_face_detector", FindsNoFace)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "ball.png"
    path.write_bytes(make_sphere_views(0.2, 0.05, 256, painted=True)["front.rgba.png"])
    return path


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> HeadPipeline:
    torch.manual_seed(0)
    config = load_config("small")
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_weights(path, Reconstructor(config.model).state_dict(), config, {"steps": 0})
    return HeadPipeline.from_weights(path, method="panic3d", config=AS_FRAMED)


def test_a_path_becomes_a_head_with_mesh_views_and_files(pipeline: HeadPipeline, picture: Path, tmp_path: Path) -> None:
    head = pipeline(str(picture))
    mesh = head.mesh()
    assert np.ptp(mesh.vertices_head_m[:, 0]) == pytest.approx(0.4, abs=0.01)
    by_name, by_camera = head.render(["spin030", Camera("persp", 30.0, 0.0, fov_deg=30.0)], size=64)
    assert by_name.rgb.shape == (64, 64, 3)
    assert np.array_equal(by_name.rgb, by_camera.rgb)
    assert head.render("front")[0].alpha.shape == (512, 512)
    assert np.array_equal(np.asarray(by_name.to_image()), np.round(255 * by_name.rgb).astype(np.uint8))
    saved = decode_glb(head.save(tmp_path / "me.glb").read_bytes())
    assert np.array_equal(saved.vertices_head_m, mesh.vertices_head_m)
    for suffix in ("obj", "ply"):
        other = trimesh.load(head.save(tmp_path / f"me.{suffix}"), force="mesh", process=False)
        assert len(other.faces) == len(mesh.triangles)
        assert other.visual.kind == "vertex"
    with pytest.raises(UserError, match=r"ends in \.glb, \.obj, \.ply"):
        head.save(tmp_path / "me.fbx")
    with pytest.raises(UserError, match="there is no folder"):
        head.save(tmp_path / "nowhere" / "me.glb")
    with pytest.raises(UserError, match="no view 'frnt'"):
        head.render(["frnt"])


def test_a_path_an_image_and_an_array_are_the_same_picture(picture: Path) -> None:
    pipeline = PortraitPipeline(AS_FRAMED)
    image = Image.open(picture)
    array = np.asarray(image)
    portraits = [pipeline.prepare(source) for source in (picture, str(picture), image, array)]
    for prepared in portraits[1:]:
        assert np.array_equal(prepared.portrait.line_free, portraits[0].portrait.line_free)
    assert not np.array_equal(portraits[0].portrait.original, portraits[0].portrait.line_free), "lines were removed"
    assert pipeline.read(array[..., :3]).rgba[..., 3].min() == 255
    for wrong in (array[..., 0], array.astype(np.float32), array[:8]):
        with pytest.raises(UserError, match="expected"):
            pipeline.read(wrong)


def test_every_stage_can_be_called_alone(picture: Path) -> None:
    whole = PortraitPipeline(PipelineConfig(align="never", line_removal="inpainting"))
    prepared = whole.prepare(picture)
    read = whole.read(picture)
    faces = whole.detect_faces(read)
    aligned = whole.align(read, faces)
    assert not aligned.aligned
    matte = whole.matte(aligned)
    assert np.array_equal(matte.alpha, prepared.stages.matte.alpha)
    line_free = whole.remove_lines(prepared.stages.portrait, aligned.landmarks_px)
    assert np.array_equal(line_free, prepared.portrait.line_free)
    kept = PortraitPipeline(PipelineConfig(align="never", line_removal=None)).prepare(picture)
    assert kept.line_free is None
    assert kept.portrait.line_free is kept.portrait.original


def test_a_square_of_the_picture_becomes_the_frame(picture: Path) -> None:
    square = CropSquare(left_px=-64.0, top_px=32.0, side_px=384.0)
    pipeline = PortraitPipeline(PipelineConfig(crop=square, line_removal=None))
    read = pipeline.read(picture)
    aligned = pipeline.align(read, [])
    corners = np.array([[-64.0, 32.0], [320.0, 416.0]])
    assert np.allclose(transform_points(corners, aligned.canonical_from_picture), [[0, 0], [512, 512]])
    wide = Image.new("RGBA", (384, 384))
    wide.paste(Image.open(picture), (64, -32))
    pasted = PortraitPipeline(PipelineConfig(align="never", line_removal=None)).prepare(wide)
    assert np.abs(pipeline.prepare(picture).portrait.original.astype(int) - pasted.portrait.original).mean() < 0.5
    with pytest.raises(ValueError, match="positive side"):
        PortraitPipeline(PipelineConfig(crop=CropSquare(0.0, 0.0, 0.0))).align(read, [])


def test_a_portrait_is_cut_out_by_any_matte(picture: Path) -> None:
    pipeline = PortraitPipeline(PipelineConfig(align="never", line_removal=None))
    read = pipeline.read(picture)
    aligned = pipeline.align(read, [])
    alpha = np.zeros((512, 512))
    alpha[200:300, 220:330] = 1
    stages = pipeline.cut_out(aligned, Matte(alpha, "by hand"))
    assert np.array_equal(stages.portrait[..., 3], alpha * 255)
    assert pipeline.complete(read, stages).stages.matte.by == "by hand"
    with pytest.raises(UserError, match="nothing is left"):
        pipeline.cut_out(aligned, Matte(np.zeros((512, 512)), "by hand"))


def test_another_configuration_shares_the_loaded_networks(pipeline: HeadPipeline, picture: Path) -> None:
    pipeline.load_networks()
    other = pipeline.reconfigure(PipelineConfig(align="never", styles=(("fringe", "blunt"),)))
    assert other.method is pipeline.method
    assert other._remover is pipeline._remover
    assert other.prepare(picture).portrait.styles == (("fringe", "blunt"),)
    assert pipeline.prepare(picture).portrait.styles == ()


def test_a_message_calls_a_file_by_its_given_name(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"^me\.png is not a picture"):
        PortraitPipeline().read(path, "me.png")


def test_what_cannot_be_done_is_one_sentence(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(PortraitFailure, match=r"ball.png: no face was found") as caught:
        PortraitPipeline(PipelineConfig(align="always")).prepare(picture)
    assert caught.value.faces == []
    with pytest.raises(UserError, match="there is no file"):
        PortraitPipeline().prepare(tmp_path / "absent.png")
    with pytest.raises(WrongUsage, match="did you mean 'panic3d-unet'"):
        HeadPipeline.from_weights(method="panic3d-une")
    with pytest.raises(UserError, match="found no file"):
        HeadPipeline.from_weights(tmp_path / "weights.safetensors")
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="no CUDA device"):
            HeadPipeline.from_weights(device="cuda")
    with pytest.raises(WrongUsage, match="oracle method"):
        HeadPipeline.from_weights(method="visual-hull")
    monkeypatch.setattr(logging.getLogger("panic3d"), "propagate", True)
    frames = [Image.open(picture).convert("RGB"), Image.new("RGB", (256, 256), "green")]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])
    PortraitPipeline(PipelineConfig(align="never", line_removal=None)).prepare(tmp_path / "two.gif")
    assert "two.gif has several pictures" in caplog.text
