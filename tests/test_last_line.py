"""The last line of a command that fails: one sentence of at most 300 characters, without control characters."""

from pathlib import Path

import pytest

from helpers.panic3d_command import run_panic3d


@pytest.mark.parametrize("command", ["render", "portraits", "reconstruct"])
def test_many_long_names_are_one_line_of_300_characters(tmp_path: Path, command: str) -> None:
    names = [f"\x1b[31m{number}{'x' * 90}" for number in range(20)]
    done = run_panic3d(command, *(str(tmp_path / name) for name in names), "--out", str(tmp_path / "out"))
    lines = done.stderr.strip().split("\n")
    assert done.returncode == 1 and lines[-1].startswith("panic3d: ")
    assert all(line.removeprefix("\r").isprintable() and len(line) <= 320 for line in lines), lines


def test_usage_errors_escape_what_was_given(tmp_path: Path) -> None:
    done = run_panic3d("render", "a.vrm", "--out", str(tmp_path / "out"), "--engine", "\x1b[2Jno\x07ne")
    assert done.returncode == 2
    assert all(line.isprintable() for line in done.stderr.split("\n")), done.stderr
