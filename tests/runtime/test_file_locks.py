"""Locks of open files, and a system that has none."""

import subprocess
import sys
from pathlib import Path

import pytest

from panic3d.runtime import files
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import is_at, try_to_lock, wait_for_lock, write_atomically
from panic3d.runtime.folder_lock import lock_folder

WITHOUT_LOCKS = "import sys; sys.modules['fcntl'] = None; from panic3d.cli import main; sys.argv[0] = 'panic3d'; main()"


def test_one_of_two_gets_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("wb") as first, path.open("rb") as second:
        assert try_to_lock(first) and not try_to_lock(second) and not try_to_lock(second, shared=True)
        assert try_to_lock(first, shared=True) and try_to_lock(second, shared=True)
        assert is_at(first, path) and not is_at(first, tmp_path / "other")
    with path.open("rb") as third:
        wait_for_lock(third)


def test_a_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "fcntl", None)
    with pytest.raises(UserError, match="Windows Subsystem for Linux"):
        write_atomically(tmp_path / "a", b"")
    with pytest.raises(UserError, match="Windows Subsystem for Linux"), lock_folder(tmp_path):
        pass
    assert not (tmp_path / "a").exists()


def test_a_system_without_locks_gets_a_sentence_from_the_command(tmp_path: Path) -> None:
    """Windows has no module fcntl: what writes nothing works, the rest is one sentence."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", WITHOUT_LOCKS, *words], capture_output=True, text=True)

    assert run("--version").returncode == 0 and run("benchmark", "metrics").returncode == 0
    done = run("synth", "--count", "1", "--out", str(tmp_path / "out"))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("panic3d: panic3d writes files on Linux and macOS only")
