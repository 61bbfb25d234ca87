"""`panic3d render` as a user meets it: shards that others read, reruns, kills, broken files, clear sentences."""

import io
import json
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import webdataset
from PIL import Image

from helpers.avatars.corruptions import change_glb
from helpers.avatars.small_glb import make_square, write_glb
from helpers.panic3d_command import QUICK, have_same_shards, list_shard_keys, run_panic3d, write_avatars
from helpers.requirements import needs_blender

pytestmark = needs_blender


@pytest.fixture
def avatars(tmp_path: Path) -> Path:
    return write_avatars(tmp_path / "avatars")


def test_plain_webdataset_and_tar_read_the_shards(avatars: Path, tmp_path: Path) -> None:
    result = run_panic3d("render", avatars, "--out", tmp_path / "D", "--mesh", "--per-shard", 4, *QUICK)
    assert result.returncode == 0, result.stderr
    shards = sorted(tmp_path.glob("D/shard-*.tar"))
    assert [shard.name for shard in shards] == ["shard-000000.tar", "shard-000001.tar"]
    samples = list(webdataset.WebDataset([str(path) for path in shards], shardshuffle=False))
    assert len(samples) == 7
    for sample in samples:
        key = sample["__key__"]
        assert key.startswith("square_no_") and "." not in key and len(key.rpartition("-")[2]) == 8
        meta = json.loads(sample["meta.json"])
        assert set(meta["views"]) == {"front", "left", "back", "right"}
        rgba = np.asarray(Image.open(io.BytesIO(sample["front.rgba.png"])))
        depth = np.asarray(Image.open(io.BytesIO(sample["front.depth.png"])))
        assert rgba.shape == (64, 64, 4) and rgba.dtype == np.uint8 and depth.shape == (64, 64)
        assert depth[32, 32] == 1 + round((1.0 - 0.5) * 65534), "the square stands at the origin, 1 m away"
        assert sample["mesh.glb"][:4] == b"glTF"
    listed = subprocess.run(["tar", "tf", shards[0]], capture_output=True, text=True, check=True).stdout.split()
    assert listed == sorted(listed) and len(listed) == 4 * (1 + 8 + 1)


def test_half_a_character_in_a_texture_s_name_costs_one_avatar(avatars: Path, tmp_path: Path) -> None:
    """JSON can name what no file can be called; every run ended with it in the manifest."""
    path = write_glb(avatars / "half.glb", [{"corners": make_square(0.2), "rgba": np.full((2, 2, 4), 255)}])
    path.write_bytes(change_glb(path.read_bytes(), lambda document: document.update(images=[{"uri": "\ud800.png"}])))
    for _ in range(2):
        result = run_panic3d("render", avatars, "--out", tmp_path / "D", "--retry-failed", *QUICK)
        assert result.returncode == 3 and "Traceback" not in result.stderr, result.stderr
    records = [json.loads(line) for line in (tmp_path / "D" / "manifest.jsonl").read_text().splitlines()]
    (failed,) = (record for record in records if record["status"] != "ok")
    assert len(records) == 8 and failed["status"] == "failed" and "\\ud800.png" in failed["reason"]
    assert len(list_shard_keys(tmp_path / "D")) == 7


def test_a_rerun_renders_only_what_is_missing(avatars: Path, tmp_path: Path) -> None:
    assert run_panic3d("render", avatars, "--out", tmp_path / "D", *QUICK).returncode == 0
    first = (tmp_path / "D" / "shard-000000.tar").read_bytes()
    new = write_glb(avatars / "new.glb", [{"corners": make_square(0.2)}])
    start = time.monotonic()
    result = run_panic3d("render", avatars, "--out", tmp_path / "D", *QUICK)
    assert result.returncode == 0 and "render: 1/1" in result.stderr, result.stderr
    assert (tmp_path / "D" / "shard-000000.tar").read_bytes() == first
    assert len(list_shard_keys(tmp_path / "D")) == len(set(list_shard_keys(tmp_path / "D"))) == 8
    assert new.exists() and time.monotonic() - start < 120
    other = run_panic3d("render", avatars, "--out", tmp_path / "D", "--size", "32")
    assert other.returncode == 1 and "give the same options or another --out" in other.stderr


def test_one_broken_avatar_never_stops_the_rest(avatars: Path, tmp_path: Path) -> None:
    (avatars / "text.vrm").write_text("hello")
    (avatars / "zip.vrm").write_bytes(b"PK\x03\x04")
    result = run_panic3d("render", avatars, "--out", tmp_path / "D", *QUICK)
    assert result.returncode == 3 and "zip archive" in result.stderr and "Traceback" not in result.stderr
    records = [json.loads(line) for line in (tmp_path / "D" / "manifest.jsonl").read_text().splitlines()]
    assert sorted(record["status"] for record in records) == ["failed"] * 2 + ["ok"] * 7
    assert all(record["reason"] for record in records if record["status"] == "failed")
    assert len(list_shard_keys(tmp_path / "D")) == 7
    write_glb(avatars / "text.vrm", [{"corners": make_square(0.1)}])  # mended: other bytes, so another key
    assert run_panic3d("render", avatars, "--out", tmp_path / "D", "--retry-failed", *QUICK).returncode == 3
    assert len(list_shard_keys(tmp_path / "D")) == 8


def test_ranks_write_the_shards_of_one_process(avatars: Path, tmp_path: Path) -> None:
    one, three = tmp_path / "one", tmp_path / "three"
    assert run_panic3d("render", avatars, "--out", one, "--per-shard", 2, *QUICK).returncode == 0
    for rank in (2, 0, 1):
        if rank == 1:
            early = run_panic3d("dataset", "merge", three)
            assert early.returncode == 3 and "2 planned avatars have no outcome yet" in early.stderr
        more = ("--rank", rank, "--world-size", 3, "--per-shard", 2)
        assert run_panic3d("render", avatars, "--out", three, *more, *QUICK).returncode == 0
    assert run_panic3d("dataset", "merge", three).returncode == 0
    assert len(list_shard_keys(three)) == 7 and have_same_shards(three, one)
    assert (one / "dataset.json").read_bytes() == (three / "dataset.json").read_bytes()
    index = [pd.read_parquet(folder / "index.parquet").drop(columns=["seconds", "peak_mb"]) for folder in (one, three)]
    assert index[0].equals(index[1]) and len(index[0]) == 7


def test_mistakes_end_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.vrm").write_text("hello")
    (tmp_path / "empty").mkdir()
    cases = {
        (tmp_path / "gone.vrm",): (1, "no such file"),
        (tmp_path / "empty",): (1, "no avatar in"),
        (tmp_path / "text.vrm",): (1, "neither a GLB header nor JSON"),
        (tmp_path / "empty", "--rig", "ortho7"): (2, "unknown rig 'ortho7'"),
        (tmp_path / "empty", "--engine", "pixar"): (2, "pixar"),
    }
    for arguments, (code, words) in cases.items():
        result = run_panic3d("render", *arguments, "--out", tmp_path / "D")
        assert result.returncode == code and words in result.stderr, (arguments, result.stderr)
        assert "Traceback" not in result.stderr


def test_files_of_the_working_directory_hide_no_module_of_blender(tmp_path: Path) -> None:
    (tmp_path / "cycles.py").write_text("raise SystemExit('a file of the user was imported')\n")
    avatar = write_glb(tmp_path / "square.glb", [{"corners": make_square(0.2)}])
    result = run_panic3d("render", avatar, "--out", tmp_path / "D", *QUICK, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
