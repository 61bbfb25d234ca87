"""Rendered silhouettes and depth against Open3D ray casting on a path of its own."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.avatars.reference_caster import ReferenceAvatar, make_orthographic_rays
from helpers.requirements import needs_blender, require_real_data
from panic3d.datagen.runner.jobs import JobOptions, find_avatars, render_dataset
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.datagen.synth.generate import write_marked_character

RED, BLUE = (230, 26, 26), (26, 51, 230)  # of the markers
SIDES = {"front": 0.0, "left": 90.0, "back": 180.0, "right": -90.0}
pytestmark = needs_blender


def read_samples(folder: Path) -> dict[str, dict[str, bytes]]:
    samples: dict[str, dict[str, bytes]] = {}
    for shard in sorted(folder.glob("shard-*.tar")):
        with tarfile.open(shard) as tar:
            for member in tar:
                key, _, suffix = member.name.partition(".")
                content = tar.extractfile(member)
                assert content is not None
                samples.setdefault(key, {})[suffix] = content.read()
    return samples


def compare(path: Path, sample: dict[str, bytes]) -> dict[str, tuple[float, float]]:
    """Silhouette IoU and median absolute depth error in mm, view by view."""
    reference = ReferenceAvatar(path, np.array(json.loads(sample["meta.json"])["head_from_file"]))
    scores = {}
    for view, azimuth_deg in SIDES.items():
        alpha = np.asarray(Image.open(io.BytesIO(sample[f"{view}.rgba.png"])))[..., 3] / 255
        code = np.asarray(Image.open(io.BytesIO(sample[f"{view}.depth.png"]))).astype(float)
        truth_m = reference.cast(*make_orthographic_rays(azimuth_deg, len(alpha))).reshape(alpha.shape)
        mask, truth = alpha >= 0.5, np.isfinite(truth_m)
        both = (code > 0) & truth
        depth_m = 0.5 + (code[both] - 1) / 65534
        iou = (mask & truth).sum() / (mask | truth).sum()
        scores[view] = (iou, 1000 * float(np.median(np.abs(depth_m - truth_m[both]))))
    return scores


def check(path: Path, sample: dict[str, bytes]) -> None:
    for view, (iou, error_mm) in compare(path, sample).items():
        assert iou >= 0.995, f"{path.name} {view}: silhouette IoU {iou:.4f}"
        assert error_mm < 0.5, f"{path.name} {view}: median depth error {error_mm:.3f} mm"


@pytest.fixture(scope="module")
def shared_samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, bytes]]]:
    files = find_avatars([require_real_data("avatars")])
    folder = tmp_path_factory.mktemp("shared")
    manifest = render_dataset(files, folder, RenderOptions(rig="ortho4"), JobOptions())
    samples = read_samples(folder)
    return {Path(record.source).name: (Path(record.source), samples[key]) for key, record in manifest.records.items()}


SHARED_NAMES = ("cryptovoxels.vrm", "godette.vrm", "ironcat.vrm", "kaykit_knight.glb", "kaykit_mage.glb",
                "kaykit_rogue.glb", "samplebot.vrm", "sd_misaki_sum.glb", "sd_utc_win.glb", "sd_yuko_sum.glb",
                "unitychan.glb", "yuko_bust.glb")  # fmt: skip


@pytest.mark.parametrize("name", SHARED_NAMES)
def test_real_avatar_matches_ray_casting(name: str, shared_samples: dict[str, tuple[Path, dict[str, bytes]]]) -> None:
    check(*shared_samples[name])


@pytest.mark.parametrize("vrm", ["1.0", "0.x"])
def test_a_generated_character_with_markers_is_seen_from_the_right_sides(vrm: str, tmp_path: Path) -> None:
    """A red cube at the character's left ear, a blue one on the back of its head."""
    path = tmp_path / "marked.vrm"
    write_marked_character(path, seed=5, vrm=vrm)
    manifest = render_dataset([path], tmp_path / "D", RenderOptions(rig="ortho4"))
    (sample,) = read_samples(tmp_path / "D").values()
    assert [record.status for record in manifest.records.values()] == ["ok"]
    check(path, sample)
    pixels = {view: np.asarray(Image.open(io.BytesIO(sample[f"{view}.rgba.png"]))).astype(int) for view in SIDES}
    red, blue = ({view: _pixels_of(pixels[view], colour) for view in SIDES} for colour in (RED, BLUE))
    assert min(len(red[view]) for view in ("front", "left", "back")) > 30 and len(red["right"]) == 0
    assert (
        min(len(blue[view]) for view in ("left", "right")) > 30 and len(blue["front"]) == 0
    )  # a tail may hide its back
    assert red["front"][:, 1].mean() > 256 > red["back"][:, 1].mean(), "its left ear is image-right in front only"
    assert blue["left"][:, 1].mean() > 256 > blue["right"][:, 1].mean(), "from its left, the back is image-right"


def _pixels_of(rgba: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Row and column of the opaque pixels that have this very colour."""
    return np.argwhere((rgba[..., 3] > 250) & (np.abs(rgba[..., :3] - colour).max(axis=-1) <= 3))
