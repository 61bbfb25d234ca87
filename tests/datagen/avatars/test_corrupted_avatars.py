"""Corrupted avatars end ok, skipped or failed with a reason, in time and in bounded memory; nothing else is touched."""

import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.avatars.corruptions import CORRUPTIONS, make_good_files, write_corruption
from helpers.requirements import needs_blender
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.files.errors import AvatarError

SECONDS = 10.0
"""Of one core, for reading one file with all types checked: what a corruption asks for must not be done."""
PEAK_MB = 3000


def test_the_good_ones_are_good(tmp_path: Path) -> None:
    good = make_good_files(tmp_path / "good")
    assert set(good) == {"vrm", "glb", "pmx", "zip"}
    for kind, data in good.items():
        path = tmp_path / f"good.{kind}"
        path.write_bytes(data)
        assert load_avatar(path).surfaces


@pytest.mark.parametrize("index", range(2 * len(CORRUPTIONS)))
def test_reading_ends_with_an_avatar_or_a_sentence(tmp_path: Path, index: int) -> None:
    path = write_corruption(tmp_path, index, make_good_files(tmp_path / "good"))
    start_s = time.process_time()
    try:
        surfaces = load_avatar(path).surfaces
    except AvatarError as error:
        assert 15 < len(str(error)) <= 300 and "\n" not in str(error), path.name
        assert "operand" not in str(error) and "object" not in str(error), "what Python says of its own types"
    else:
        assert surfaces
        for part in surfaces:
            assert np.isfinite(part.xyz_head_m).all() and np.abs(part.xyz_head_m).max() <= 0.3501
            assert np.isfinite(part.uv).all() and np.isfinite(part.colour_linear).all()
            assert part.triangles.min() >= 0 and part.triangles.max() < len(part.xyz_head_m)
    assert time.process_time() - start_s < SECONDS


def everything_below(folder: Path) -> Iterator[tuple[str, int]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.stat().st_mtime_ns


@needs_blender
@pytest.mark.slow
def test_300_corrupted_avatars_through_the_command(tmp_path: Path) -> None:
    from panic3d.datagen.synth.generate import write_marked_character

    top = tmp_path / "top"
    avatars, out = top / "in" / "avatars", top / "out"
    avatars.mkdir(parents=True)
    (top / "canary.png").write_bytes(b"not to be read")
    write_marked_character(tmp_path / "good.vrm", seed=3, vrm="1.0")
    good = make_good_files(tmp_path / "good", tmp_path / "good.vrm")
    for index in range(300):
        write_corruption(avatars, index, good)
    before = dict(everything_below(tmp_path))
    command = [sys.executable, "-m", "panic3d", "render", avatars, "--out", out, "--size", 64, "--samples", 1]
    command += ["--rig", "ortho4", "--timeout", 120, "--workers", 2, "--mesh"]
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=3600)
    assert result.returncode == 3 and "Traceback" not in result.stderr, result.stderr[-2000:]
    records = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    sources = {Path(record["source"]).name for record in records}
    assert {record["status"] for record in records} == {"ok", "skipped", "failed"}
    for record in records:
        assert record["status"] == "ok" or len(record["reason"]) > 15, record
        assert record["peak_mb"] < PEAK_MB and record["seconds"] < 120, record
        assert "longer than" not in record["reason"] and "signal" not in record["reason"], record
    assert len(records) == 300 and sources == {path.name for path in avatars.iterdir()}
    after = {name: at for name, at in everything_below(tmp_path) if not name.startswith("top/out/")}
    assert after == before, "no file outside of the output folder"
    assert not Path("/tmp/escaped").exists()
    kept = 0
    for shard in out.glob("shard-*.tar"):
        with tarfile.open(shard) as tar:
            kept += sum(name.endswith(".meta.json") for name in tar.getnames())
    assert kept == sum(record["status"] == "ok" for record in records)
    if os.environ.get("SHOW_CORRUPTED"):
        for record in sorted(records, key=lambda record: Path(record["source"]).name[4:]):
            print(Path(record["source"]).name, record["status"], record["reason"], record["seconds"], record["peak_mb"])
