"""Every kind of input with random damage: a result or one sentence, in time and little memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
KINDS = ("pictures", "shards", "weights", "results", "avatars", "servers")
FAST_CASES, SLOW_CASES = 17, 334
"""Of each kind."""


def check_kind(kind: str, first: int, count: int, folder: Path) -> None:
    """Read `count` fuzzed files in a child process, whose crash or hang names the case."""
    paths = os.pathsep.join((str(TESTS), str(TESTS.parent)))
    child = subprocess.run(
        [sys.executable, "-m", "helpers.fuzzing.child", kind, str(first), str(count), str(folder)],
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    lines = child.stdout.splitlines()
    last = [line for line in lines if line.startswith("case")][-1:]
    ended = f"ended with {child.returncode} after {last}: {child.stderr[-3000:]}"
    assert child.returncode == 0 and "finished" in lines, ended
    assert "FAULT" not in child.stdout, child.stdout[child.stdout.index("FAULT") :][:6000]


@pytest.mark.parametrize("kind", KINDS)
def test_100_files(kind: str, tmp_path: Path) -> None:
    check_kind(kind, 0, FAST_CASES, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_2000_files(kind: str, tmp_path: Path) -> None:
    check_kind(kind, FAST_CASES, SLOW_CASES, tmp_path)
