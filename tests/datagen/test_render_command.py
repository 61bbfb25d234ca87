"""`panic3d render` as a user meets it: shards that others read, reruns, kills, broken files, clear sentences."""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
import webdataset
from PIL import Image
from small_glb import square, write_glb

pytest.importorskip("bpy", reason="Blender's module bpy is not installed")

QUICK = ("--size", "64", "--samples", "1", "--rig", "ortho4")


def panic3d(*arguments: object, **kwargs: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "panic3d", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **kwargs)


@pytest.fixture
def avatars(tmp_path: Path) -> Path:
    folder = tmp_path / "avatars"
    folder.mkdir()
    for index in range(7):
        factor = (index / 7, 0.5, 0.5, 1.0)
        write_glb(folder / f"Square No.{index}.glb", [{"corners": square(0.05 + 0.01 * index), "factor": factor}])
    return folder


def shard_keys(folder: Path) -> list[str]:
    """Every key of every tar under its final name, as often as it stands there; a broken tar raises."""
    keys: list[str] = []
    for path in sorted(folder.glob("shard-*.tar")):
        with tarfile.open(path) as tar:
            names = tar.getnames()
        keys += [name.removesuffix(".meta.json") for name in names if name.endswith(".meta.json")]
    return keys


def test_plain_webdataset_and_tar_read_the_shards(avatars: Path, tmp_path: Path) -> None:
    result = panic3d("render", avatars, "--out", tmp_path / "D", "--mesh", "--per-shard", 4, *QUICK)
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


def test_a_rerun_renders_only_what_is_missing(avatars: Path, tmp_path: Path) -> None:
    assert panic3d("render", avatars, "--out", tmp_path / "D", *QUICK).returncode == 0
    first = (tmp_path / "D" / "shard-000000.tar").read_bytes()
    new = write_glb(avatars / "new.glb", [{"corners": square(0.2)}])
    start = time.monotonic()
    result = panic3d("render", avatars, "--out", tmp_path / "D", *QUICK)
    assert result.returncode == 0 and "render: 1/1" in result.stderr, result.stderr
    assert (tmp_path / "D" / "shard-000000.tar").read_bytes() == first
    assert len(shard_keys(tmp_path / "D")) == len(set(shard_keys(tmp_path / "D"))) == 8
    assert new.exists() and time.monotonic() - start < 120
    other = panic3d("render", avatars, "--out", tmp_path / "D", "--size", "32")
    assert other.returncode == 1 and "give the same options or another --out" in other.stderr


def test_one_broken_avatar_never_stops_the_rest(avatars: Path, tmp_path: Path) -> None:
    (avatars / "text.vrm").write_text("hello")
    (avatars / "zip.vrm").write_bytes(b"PK\x03\x04")
    result = panic3d("render", avatars, "--out", tmp_path / "D", *QUICK)
    assert result.returncode == 3 and "zip archive" in result.stderr and "Traceback" not in result.stderr
    records = [json.loads(line) for line in (tmp_path / "D" / "manifest.jsonl").read_text().splitlines()]
    assert sorted(record["status"] for record in records) == ["failed"] * 2 + ["ok"] * 7
    assert all(record["reason"] for record in records if record["status"] == "failed")
    assert len(shard_keys(tmp_path / "D")) == 7
    write_glb(avatars / "text.vrm", [{"corners": square(0.1)}])  # mended: other bytes, so another key
    assert panic3d("render", avatars, "--out", tmp_path / "D", "--retry-failed", *QUICK).returncode == 3
    assert len(shard_keys(tmp_path / "D")) == 8


@pytest.mark.parametrize("after_s", [1.5, 2.5, 3.5])
def test_kill_9_of_the_render_loses_nothing(avatars: Path, tmp_path: Path, after_s: float) -> None:
    out = tmp_path / "D"
    command = [sys.executable, "-m", "panic3d", "render", avatars, "--out", out, "--per-shard", 3, *QUICK]
    command = [str(word) for word in command]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    shard_keys(out)  # whatever stands under a final name is whole
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    keys = shard_keys(out)
    assert len(keys) == len(set(keys)) == 7
    assert not list((out / ".partial").rglob("*.png")), "nothing waits once all groups are written"
    assert panic3d("render", avatars, "--out", tmp_path / "E", "--per-shard", 3, *QUICK).returncode == 0
    for shard in out.glob("shard-*.tar"):
        assert shard.read_bytes() == (tmp_path / "E" / shard.name).read_bytes()


def test_a_killed_worker_costs_one_try(avatars: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "panic3d", "render", avatars, "--out", tmp_path / "D", "--workers", 1, *QUICK]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(100):
        time.sleep(0.1)
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        if children:
            os.kill(int(children[0]), signal.SIGKILL)
            break
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert len(set(shard_keys(tmp_path / "D"))) == 7


def test_ranks_write_the_shards_of_one_process(avatars: Path, tmp_path: Path) -> None:
    assert panic3d("render", avatars, "--out", tmp_path / "one", "--per-shard", 2, *QUICK).returncode == 0
    for rank in (1, 0):
        more = ("--rank", rank, "--world-size", 2, "--per-shard", 2)
        assert panic3d("render", avatars, "--out", tmp_path / "two", *more, *QUICK).returncode == 0
    assert panic3d("dataset", "merge", tmp_path / "two").returncode == 0
    names = sorted(path.name for path in tmp_path.glob("one/shard-*.tar"))
    assert len(names) == 4
    for name in (*names, "dataset.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_a_full_disk_stops_with_one_sentence_and_goes_on_later(avatars: Path, tmp_path: Path) -> None:
    limited = f"ulimit -f 2; exec {sys.executable} -m panic3d render '{avatars}' --out '{tmp_path / 'D'}' --size 256"
    result = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, timeout=300)
    assert result.returncode == 1 and "Traceback" not in result.stderr, result.stderr
    assert not shard_keys(tmp_path / "D")
    assert panic3d("render", avatars, "--out", tmp_path / "D", "--size", "256").returncode == 0
    assert len(shard_keys(tmp_path / "D")) == 7


def test_clear_sentences(tmp_path: Path) -> None:
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
        result = panic3d("render", *arguments, "--out", tmp_path / "D")
        assert result.returncode == code and words in result.stderr, (arguments, result.stderr)
        assert "Traceback" not in result.stderr


def test_help_is_quick_to_import_nothing_heavy() -> None:
    code = (
        "import sys, panic3d.cli; print([m for m in ('torch', 'numpy', 'bpy', 'open3d', 'pandas') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
    assert panic3d("--help").returncode == 0
