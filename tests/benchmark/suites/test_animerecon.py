"""The 68 pairs on a small scale: from a tree laid out as the authors' and from downloads, MMD models as truth."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from helpers.avatars import small_pmx
from helpers.heads.small_suite import make_head
from helpers.requirements import require_package
from helpers.sites.official_tree import write_animerecon
from panic3d.benchmark.metrics.published import Roi
from panic3d.benchmark.suites.registration import register_by_outline
from panic3d.benchmark.suites.suite import VIEWS, Suite, warp_drawing
from panic3d.cameras.rigs import make_view_camera
from panic3d.cli import panic3d
from panic3d.geometry.glb import encode_glb
from panic3d.geometry.raycast import render_mesh
from panic3d.runtime.errors import UserError

SIZE = 512
ROI = ((40, 60), (380, 300))


def invoke(*words: object) -> Result:
    return CliRunner().invoke(panic3d, ["benchmark", *map(str, words)])


def zipped(folder: Path, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return path


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """One pair with its MMD model in an archive."""
    folder = tmp_path_factory.mktemp("official")
    model = small_pmx.save_character(folder / "mmd")
    write_animerecon(folder / "tree", ["hololive/gawr_gura"], model, ROI, SIZE)
    dssc = folder / "tree" / "raw" / "dssc" / "hololive"
    (dssc / "gawr_gura.vrm").unlink()
    zipped(folder / "mmd", dssc / "gawr_gura.zip")
    done = invoke("build", "animerecon", "--from", folder / "tree", "--out", folder / "suite")
    assert done.exit_code == 0, done.output + str(done.exception)
    assert "1 pairs; the paper has 68" in done.output
    return Suite(folder / "suite")


def test_a_tree_like_the_authors_becomes_the_suite(suite: Suite) -> None:
    assert suite.identity["name"] == suite.name == "animerecon"
    (key,) = suite.keys
    assert key.startswith("gawr_gura-")
    truth = suite.truth(key)
    assert truth.roi == Roi(40.0, 60.0, 380.0, 300.0)
    pair = json.loads(suite.archive.read(key, "pair.json"))
    assert pair["franchise"] == "hololive" and pair["align"] == np.eye(3).tolist()
    assert suite.portrait(key, "drawing").original.shape == (SIZE, SIZE, 4)


def test_the_mmd_model_is_the_truth(suite: Suite) -> None:
    """In metres about its head, facing +z; lowered arms in `mesh.glb`, the file's in `bind.glb`."""
    truth = suite.truth(suite.keys[0])
    posed, bind = truth.surface.vertices_m, truth.bind_surface.vertices_m
    assert np.abs(posed).max() <= 0.35 + 1e-6
    half_width = np.abs(bind[:, 0]).max() - np.abs(posed[:, 0]).max()
    assert half_width > 0.01, "arms are lowered by 15 degrees or so"
    assert truth.sha256 and "bind.glb" in suite.archive.members(suite.keys[0])


@pytest.mark.parametrize("protocol", ["standard", "paper"])
def test_the_suite_is_scored_by_either_protocol(
    suite: Suite, tmp_path: Path, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path / "none"))
    if protocol == "paper":
        require_package("igl")
    key = suite.keys[0]
    folder = tmp_path / "mine" / key
    folder.mkdir(parents=True)
    for view in VIEWS:
        (folder / f"{view}.png").write_bytes(suite.archive.read(key, f"{view}.rgba.png"))
    (folder / "mesh.glb").write_bytes(suite.archive.read(key, "mesh.glb"))
    done = invoke(
        "score", tmp_path / "mine", "--suite", suite.folder, "--protocol", protocol, "--out", tmp_path / "results"
    )
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "results" / "animerecon" / protocol / "mine.json").read_text())
    numbers = record["pairs"][key]["numbers"]
    assert numbers["front_psnr"] == 100
    if protocol == "paper":
        assert 0 <= numbers["cd"] < 0.1 and numbers["f1_5mm"] > 99, "only the arms, out of the region, differ"


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    wrong = invoke("build", "animerecon", "--from", tmp_path / "empty", "--out", tmp_path / "suite")
    assert isinstance(wrong.exception, UserError) and "found no pair" in str(wrong.exception)
    wrong = invoke("build", "animerecon", "--out", tmp_path / "suite")
    assert isinstance(wrong.exception, UserError) and "--from FOLDER" in str(wrong.exception)


@pytest.mark.slow
def test_downloads_become_the_suite(tmp_path: Path) -> None:
    """Rendered here: an MMD archive with a drawing beside it, and a model whose drawing nobody has aligned."""
    downloads = tmp_path / "downloads" / "genshin"
    small_pmx.save_character(tmp_path / "mmd")
    zipped(tmp_path / "mmd", downloads / "amber.zip")
    (downloads / "lisa").mkdir()
    (downloads / "lisa" / "lisa.glb").write_bytes(encode_glb(make_head(4)))
    rgba = front_of(4)
    moved = np.zeros((700, 600, 4), np.uint8)
    moved[50:562, 40:552] = rgba
    Image.fromarray(moved).save(downloads / "lisa" / "portrait.png")
    Image.fromarray(rgba).save(downloads / "Character_Amber_Card.png")
    arguments = ("build", "animerecon", "--from", tmp_path / "downloads", "--out", tmp_path / "suite")
    done = invoke(*arguments)
    assert done.exit_code == 0, done.output + str(done.exception)
    built = Suite(tmp_path / "suite")
    lisa = next(key for key in built.keys if "lisa" in key)
    pair = json.loads(built.archive.read(lisa, "pair.json"))
    assert pair["alignment"] == "by outline" and pair["franchise"] == "genshin"
    drawn = built.portrait(lisa, "drawing").original[..., 3] >= 128
    rendered = built.truth(lisa).mask("front")
    assert (drawn & rendered).sum() / (drawn | rendered).sum() > 0.93
    before = (tmp_path / "suite" / "shard-000000.tar").read_bytes()
    assert invoke(*arguments).exit_code == 0
    assert (tmp_path / "suite" / "shard-000000.tar").read_bytes() == before
    shutil.rmtree(tmp_path / "suite" / "pairs")
    assert len(Suite(tmp_path / "suite").keys) == 2, "the suite needs nothing else"


def front_of(seed: int) -> np.ndarray:
    view = render_mesh(make_head(seed), [make_view_camera("front")], SIZE, 1)[0]
    return np.round(255 * np.concatenate([view.rgb, view.alpha[..., None]], axis=2)).astype(np.uint8)


@pytest.mark.parametrize(("scale", "row", "column"), [(1.0, 0, 0), (0.6, 30, 100), (1.3, -20, -60)])
def test_outlines_find_each_other(scale: float, row: float, column: float) -> None:
    rgba = front_of(3)
    canonical_from_drawing = np.array([[scale, 0, row], [0, scale, column], [0, 0, 1]])
    drawing = warp_drawing(np.pad(rgba, ((0, 300), (0, 300), (0, 0))), np.linalg.inv(canonical_from_drawing), 900)
    back = warp_drawing(drawing, register_by_outline(drawing, rgba))
    a, b = back[..., 3] >= 128, rgba[..., 3] >= 128
    assert (a & b).sum() / (a | b).sum() > 0.95
