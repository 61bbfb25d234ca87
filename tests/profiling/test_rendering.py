"""The benchmark of rendering from end to end, as small as it goes."""

import subprocess
import sys

import pytest

from helpers.requirements import needs_blender


@pytest.mark.slow
@needs_blender
def test_the_benchmark_prints_ours_beside_the_plain_script() -> None:
    options = ["--avatars", "2", "--size", "64", "--plain", "1", "--reference", "1"]
    result = subprocess.run([sys.executable, "-m", "profiling", "rendering", *options], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    rows = {
        line.split("|")[1].strip(): line.split("|")[2].strip() for line in result.stdout.splitlines() if "|" in line
    }
    for name in ("panic3d, cycles, wall", "panic3d, pyrender, wall", "plain script, 64 samples, wall"):
        assert 0 < float(rows[name]) < 600
    for engine in ("cycles", "pyrender"):
        assert 0.98 < float(rows[f"{engine}, mean"]) <= 1
