"""`panic3d data import-official`: a small tree of balls in the authors' layout."""

import json
import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas
import pytest
from click.testing import CliRunner
from PIL import Image

from helpers.requirements import list_real_files, require_real_data
from helpers.sites.official_tree import (
    CENTRE_VOLUME_M,
    RADIUS_M,
    SIDES_DEG,
    cast_rays_at_ball,
    write_animerecon,
    write_view,
    write_vroid,
)
from panic3d.benchmark.suites.suite import Suite
from panic3d.cli import panic3d
from panic3d.datagen.sources.animerecon.alignment import load_alignments
from panic3d.runtime.errors import UserError
from panic3d.shards.archive import SampleArchive
from panic3d.shards.schema import decode_depth, read_png

SIZE = 96
SPLITS = {"train": ["1000050438984538391", "1000050438984538392"], "val": ["77777770"], "test": ["88888885"]}
IDS = [key for ids in SPLITS.values() for key in ids]
QUANTUM_M = 0.7 / 255


@pytest.fixture(scope="module")
def whole_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lustrous")
    write_vroid(root, SPLITS, SIZE)
    return root


@pytest.fixture
def tree(whole_tree: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(whole_tree, tmp_path / "tree"))


def run(part: str, root: Path, out: Path, *more: str, code: int = 0) -> str:
    arguments = ["data", "import-official", part, str(root), "--out", str(out), "--size", str(SIZE), "--workers", "1"]
    done = CliRunner().invoke(panic3d, [*arguments, *more])
    if done.exception and not isinstance(done.exception, UserError | SystemExit):
        raise done.exception
    words = done.output + str(done.exception or "")
    assert getattr(done.exception, "exit_code", done.exit_code) == code, words
    return words


def depth_errors_m(
    archive: SampleArchive, key: str, view: str, angles_deg: tuple[float, float], perspective: bool
) -> np.ndarray:
    """Of the imported depth from the ball's, where both have one; the silhouettes must be the same."""
    depth_m = decode_depth(read_png(archive.read(key, f"{view}.depth.png")))
    expected = cast_rays_at_ball(*angles_deg, SIZE, perspective)[1]
    assert (np.isfinite(depth_m) == np.isfinite(expected)).all()
    return np.abs(depth_m - expected)[np.isfinite(expected)]


def test_depth_colour_cameras_and_splits(whole_tree: Path, tmp_path: Path) -> None:
    words = run("vroid", whole_tree, tmp_path, "--per-shard", "3")
    archive = SampleArchive(tmp_path)
    assert [key.rpartition("-")[0] for key in archive.keys()] == sorted(IDS)  # noqa: SIM118 (not a dict)
    assert {name: [key.rpartition("-")[0] for key in archive.keys(name)] for name in SPLITS} == SPLITS
    assert "split train: 2 of 2 listed (the paper: 8952)" in words
    table = json.loads((whole_tree / "renders" / "rutileE" / "rutileE_meta.json").read_text())
    key = next(key for key in archive.keys() if key.startswith(IDS[0]))  # noqa: SIM118
    meta = json.loads(archive.read(key, "meta.json"))
    for view, azimuth in {**SIDES_DEG, "top": 0.0}.items():
        elevation = 90.0 if view == "top" else 0.0
        assert depth_errors_m(archive, key, view, (azimuth, elevation), False).max() <= QUANTUM_M / 2 + 3e-5
    for i in range(8):
        params = table[f"rutileE/rgb/{IDS[0][-1]}/{IDS[0]}/{i:04d}"]["render_params"]
        camera = meta["views"][f"persp{i}"]
        assert (camera["azimuth_deg"], camera["elevation_deg"]) == (params["azim"], params["elev"])
        errors = depth_errors_m(archive, key, f"persp{i}", (params["azim"], params["elev"]), True)
        assert errors.max() <= QUANTUM_M * 0.9, "half a quantum along each of three axes"
    left = read_png(archive.read(key, "left.rgba.png"))
    assert (left[left[..., 3] == 255][:, 0] >= left[left[..., 3] == 255][:, 2]).all(), "+x is the character's left: red"
    persp = read_png(archive.read(key, "persp0.rgba.png"))
    assert (persp[persp[..., 3] == 0] == 0).all()
    assert pandas.read_parquet(tmp_path / "index.parquet")["split"].value_counts().to_dict() == {
        "train": 2, "val": 1, "test": 1,
    }  # fmt: skip
    done = CliRunner().invoke(panic3d, ["dataset", "inspect", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "4 avatars" in done.output


def test_cameras_without_their_table(tree: Path, tmp_path: Path) -> None:
    """The position maps tell the cameras, to a fraction of a degree."""
    (tree / "subsets" / "rutileEB_train.csv").write_text(IDS[0])
    path = tree / "renders" / "rutileE" / "rutileE_meta.json"
    table = json.loads(path.read_text())
    path.unlink()
    (tree / "subsets" / "rutileEB_val.csv").unlink()
    words = run("vroid", tree, tmp_path / "out")
    assert "missing: renders/rutileE/rutileE_meta.json: perspective cameras are worked out" in words
    archive = SampleArchive(tmp_path / "out")
    for key in archive.keys():  # noqa: SIM118
        name = key.rpartition("-")[0]
        views = json.loads(archive.read(key, "meta.json"))["views"]
        for i in range(8):
            params = table[f"rutileE/rgb/{name[-1]}/{name}/{i:04d}"]["render_params"]
            turned = (views[f"persp{i}"]["azimuth_deg"] - params["azim"] + 180) % 360 - 180
            assert abs(turned) < 0.6
            assert abs(views[f"persp{i}"]["elevation_deg"] - params["elev"]) < 0.6


def test_says_what_is_missing_by_name(tree: Path, tmp_path: Path) -> None:
    renders = tree / "renders" / "rutileE"
    (renders / "ortho_xyza" / "1" / IDS[0] / "left.png").unlink()
    (renders / "rgb" / "2" / IDS[1] / "0003.png").unlink()
    shutil.rmtree(renders / "ortho" / "0" / IDS[2])
    (tree / "subsets" / "rutileEB_test.csv").unlink()
    words = run("vroid", tree, tmp_path / "out", code=3)
    missing = (tmp_path / "out" / "missing.txt").read_text().splitlines()
    assert f"renders/rutileE/ortho_xyza/1/{IDS[0]}/left.png" in missing
    assert f"renders/rutileE/rgb/2/{IDS[1]}/0003.png" in missing
    assert f"renders/rutileE/ortho/0/{IDS[2]}/front.png" in missing
    assert "subsets/rutileEB_test.csv: no split test" in missing
    assert "1 imported, 1 failed, 1 listed but not in the tree" in words
    archive = SampleArchive(tmp_path / "out")
    (key,) = archive.keys()
    assert key.startswith(IDS[1])
    assert "persp3.rgba.png" not in archive.members(key)
    assert "persp2.rgba.png" in archive.members(key)

    side = renders / "ortho_xyza" / "1" / IDS[0] / "left.png"
    write_view(tmp_path / "colour.png", side, (90.0, 0.0), SIZE, False)
    words = run("vroid", tree, tmp_path / "out", "--retry-failed", code=3)
    assert "2 imported, 0 failed, 1 listed" in words
    assert len(SampleArchive(tmp_path / "out").keys("train")) == 2


def test_pictures_that_do_not_fit_are_told(tree: Path, tmp_path: Path) -> None:
    """A side mirrored, a camera table that is another's, a picture cut short: none gets in unnoticed."""
    renders = tree / "renders" / "rutileE"
    mirrored = renders / "ortho_xyza" / "1" / IDS[0] / "front.png"
    Image.fromarray(np.asarray(Image.open(mirrored))[:, ::-1].copy()).save(mirrored)
    table = json.loads((renders / "rutileE_meta.json").read_text())
    table[f"rutileE/rgb/2/{IDS[1]}/0005"]["render_params"]["azim"] += 30
    (renders / "rutileE_meta.json").write_text(json.dumps(table))
    cut = renders / "ortho" / "0" / IDS[2] / "back.png"
    cut.write_bytes(cut.read_bytes()[:-60])
    small = renders / "ortho" / "5" / IDS[3] / "back.png"
    Image.open(small).resize((32, 32)).save(small)
    words = run("vroid", tree, tmp_path / "out", code=1)
    assert f"ortho_xyza/1/{IDS[0]}/front.png does not fit its camera" in words
    assert f"xyza/2/{IDS[1]}/0005.png does not fit its camera" in words
    assert "back.png is no readable picture" in words
    assert f"has 32x32 pixels, expected {SIZE}x{SIZE}" in words


def test_a_rerun_adds_only_what_is_new(tree: Path, tmp_path: Path) -> None:
    (tree / "subsets" / "rutileEB_test.csv").rename(tmp_path / "later.csv")
    run("vroid", tree, tmp_path / "out")
    before = (tmp_path / "out" / "shard-000000.tar").read_bytes()
    (tmp_path / "later.csv").rename(tree / "subsets" / "rutileEB_test.csv")
    run("vroid", tree, tmp_path / "out", "--workers", "2")
    assert (tmp_path / "out" / "shard-000000.tar").read_bytes() == before
    assert len(SampleArchive(tmp_path / "out").keys("test")) == 1
    assert "no tree" not in run("vroid", tree, tmp_path / "out")
    with pytest.raises(AssertionError, match="expected the authors' tree with renders/rutileE"):
        run("vroid", tmp_path, tmp_path / "out")


@pytest.mark.slow
def test_ctrl_c_and_a_rerun_give_the_same_bytes(tmp_path: Path) -> None:
    write_vroid(tmp_path / "tree", {"train": [str(100 + i) for i in range(12)]}, 256)
    command = [sys.executable, "-m", "panic3d", "data", "import-official", "vroid", str(tmp_path / "tree")]
    options = ["--size", "256", "--per-shard", "4", "--workers", "2", "--out"]
    stopped = subprocess.Popen(
        [*command, *options, str(tmp_path / "out")], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    for _ in range(1200):
        time.sleep(0.1)
        manifest = tmp_path / "out" / "manifest.jsonl"
        if manifest.exists() and len(manifest.read_text().splitlines()) >= 2:
            break
    os.killpg(stopped.pid, signal.SIGINT)  # as a terminal does: to every process of the command
    words = stopped.communicate(timeout=60)[1]
    assert stopped.returncode == 130
    assert "stopped by Ctrl-C" in words
    assert "Traceback" not in words
    subprocess.run([*command, *options, str(tmp_path / "out")], check=True, capture_output=True, timeout=300)
    subprocess.run([*command, *options, str(tmp_path / "whole")], check=True, capture_output=True, timeout=300)
    shards = sorted((tmp_path / "whole").glob("shard-*.tar"))
    assert len(shards) == 3
    assert all((tmp_path / "out" / shard.name).read_bytes() == shard.read_bytes() for shard in shards)


def test_a_full_disk_is_one_sentence_and_nothing_is_lost(whole_tree: Path, tmp_path: Path) -> None:
    """The limit lets single pictures through and stops the shard."""

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    command = [sys.executable, "-m", "panic3d", "data", "import-official", "vroid", str(whole_tree), "--workers", "1"]
    command += ["--size", str(SIZE), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, preexec_fn=small_files)
    assert done.returncode == 1
    assert f"cannot write to {tmp_path / 'out'} (File too large)" in done.stderr
    assert "Traceback" not in done.stderr
    run("vroid", whole_tree, tmp_path / "out")
    assert len(SampleArchive(tmp_path / "out").keys()) == 4


def test_animerecon_becomes_a_suite(tmp_path: Path) -> None:
    require_real_data("avatars")
    model = min(list_real_files("avatars", "*.vrm"), key=lambda path: path.stat().st_size)
    pairs, roi = ["genshin/amber", "hololive/gawr_gura"], ((np.int64(10), 12), (30.5, 40))
    write_animerecon(tmp_path / "tree", pairs, model, roi, SIZE)
    run("animerecon", tmp_path / "tree", tmp_path / "suite")
    suite = Suite(tmp_path / "suite")
    assert [key.rpartition("-")[0] for key in suite.keys] == ["amber", "gawr_gura"]
    key = suite.keys[0]
    pair = json.loads(suite.archive.read(key, "pair.json"))
    assert (pair["roi"], pair["franchise"]) == ([10.0, 12.0, 30.5, 40.0], "genshin")
    assert depth_errors_m(suite.archive, key, "spin090", (90.0, 0.0), True).max() <= QUANTUM_M * 0.9
    assert depth_errors_m(suite.archive, key, "spin210", (210.0, 0.0), True).max() <= QUANTUM_M * 0.9
    portrait = read_png(suite.archive.read(key, "portrait.png"))
    assert portrait[: SIZE // 4, :, 3].max() == 0
    assert len(suite.truth(key).surface.triangles) > 1000

    (tmp_path / "tree" / "raw" / "dssc" / "genshin" / "amber.vrm").unlink()
    words = run("animerecon", tmp_path / "tree", tmp_path / "again", code=3)
    assert "missing: raw/dssc/genshin/amber.vrm" in words
    assert len(Suite(tmp_path / "again").keys) == 1


class Bomb:
    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("/tmp/panic3d-bomb"),))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"a/b/front": Bomb()}, "a call of pathlib"),
        ({"a/b/front": {"transformation": np.zeros((3, 3))}}, "expected an invertible 3x3 transformation"),
        ({"a/b/front": {"transformation": np.eye(3), "area_of_interest": ((1, 2), (3, 0))}}, "area of interest"),
        ([1], "expected a dict of alignments"),
        ({"a/b/front": {}}, "expected a record with a transformation"),
    ],
)
def test_pickles_run_no_code(tmp_path: Path, content: object, words: str) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(UserError, match=words):
        load_alignments(tmp_path / "a.pkl")
    assert not Path("/tmp/panic3d-bomb").exists()


def test_the_helper_casts_rays_at_its_ball() -> None:
    """The twin that the pictures come from: a hand-computed ray."""
    xyz, along = cast_rays_at_ball(0.0, 0.0, 7, False)
    x, y, z = CENTRE_VOLUME_M
    row, column = 3, 4  # the pixel centre (0.1, 0)
    there = np.sqrt(RADIUS_M**2 - (0.1 - x) ** 2 - y**2)
    assert np.isclose(along[row, column], 1 - z - there)
    assert np.allclose(xyz[row, column], [0.1, 0.0, z + there])
