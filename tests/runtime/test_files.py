"""Files are written whole or not at all, under any name; what prevents it is one sentence."""

import errno
import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from helpers.disks.small_disk import limit_file_sizes
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import (
    MAX_NAME_BYTES,
    append_line,
    convert_to_user_errors,
    copy_atomically,
    make_folder,
    open_atomically,
    write_atomically,
    write_image_atomically,
)


@pytest.fixture
def small_disk() -> Iterator[None]:
    with limit_file_sizes(1000):
        yield


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_atomically(target, b"old")
    with pytest.raises(TypeError):
        write_atomically(target, None)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt), open_atomically(target) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old" and list(tmp_path.iterdir()) == [target]


WRITE_FOR_EVER = """
import sys, time
from pathlib import Path
from panic3d.runtime.files import open_atomically
with open_atomically(Path(sys.argv[1])) as file:
    print("open", flush=True)
    time.sleep(600)
"""


def test_the_next_write_removes_what_killed_processes_left(tmp_path: Path) -> None:
    mine = tmp_path / ".notes.tmp"
    mine.write_bytes(b"not a temporary file of this package")
    words = [sys.executable, "-c", WRITE_FOR_EVER]
    with (
        subprocess.Popen([*words, str(tmp_path / "a.json")], stdout=subprocess.PIPE) as killed,
        subprocess.Popen([*words, str(tmp_path / "a.json")], stdout=subprocess.PIPE) as running,
    ):
        for process in (killed, running):
            assert process.stdout is not None and process.stdout.readline() == b"open\n"
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(list(tmp_path.glob(".a.json.*.tmp"))) == 2
        write_atomically(tmp_path / "b.json", b"new")
        (left,) = tmp_path.glob(".a.json.*.tmp")
        assert f".{running.pid}-" in left.name, "the file of a running process stays"
        running.kill()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([left.name, mine.name, "b.json"])


def test_a_file_that_is_taken_for_a_leftover_is_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = fcntl.flock
    taken: list[Path] = []

    def take_first(file: object, kind: int) -> None:
        if not taken:
            taken.extend(tmp_path.glob(".a.json.*.tmp"))
            taken[0].unlink()
        lock(file, kind)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", take_first)
    write_atomically(tmp_path / "a.json", b"new")
    assert len(taken) == 1 and (tmp_path / "a.json").read_bytes() == b"new"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, small_disk: None) -> None:
    target = tmp_path / "a.png"
    write_atomically(target, b"old")
    with pytest.raises(UserError, match=r"cannot write to .*a\.png \(File too large\): free some space"):  # noqa: SIM117
        with convert_to_user_errors(target):
            write_image_atomically(target, Image.effect_noise((100, 100), 50))
    assert target.read_bytes() == b"old" and list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["x" * MAX_NAME_BYTES, "あ" * (MAX_NAME_BYTES // 3), os.fsdecode(b"\x8f\x89.vrm")])
def test_every_name_that_the_disk_takes_can_be_written(tmp_path: Path, name: str) -> None:
    write_atomically(tmp_path / name, b"new")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_prevents_writing_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for place, sentence in {
        tmp_path / ("x" * 256): f"a file name for {tmp_path} is too long, it begins with {'x' * 40}: rename the source",
        tmp_path / "file" / "a.json": f"expected a folder, found the file {tmp_path / 'file'}: choose another folder",
        tmp_path / "folder": f"expected a file, found the folder {tmp_path / 'folder'}: choose another name",
    }.items():
        with pytest.raises(UserError, match=re.escape(sentence)), convert_to_user_errors(place):
            write_atomically(place, b"new")
    with pytest.raises(UserError, match="expected a folder, found the file"):
        make_folder(tmp_path / "file")
    with pytest.raises(UserError, match=r"\(Read-only file system\): choose another folder and run"):  # noqa: SIM117
        with convert_to_user_errors(tmp_path):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)), convert_to_user_errors(tmp_path):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_line_is_appended_whole_or_not_at_all(tmp_path: Path, small_disk: None) -> None:
    target = tmp_path / "a.jsonl"
    append_line(target, b"first\n")
    with pytest.raises(OSError, match="File too large"):
        append_line(target, b"x" * 2000 + b"\n")
    assert target.read_bytes() == b"first\n"
    target.write_bytes(b"first\ncut by a ki")
    append_line(target, b"second\n")
    assert target.read_bytes() == b"first\ncut by a ki\nsecond\n"


def test_a_copy_is_whole_or_none(tmp_path: Path, small_disk: None) -> None:
    (tmp_path / "small").write_bytes(b"x" * 900)
    copy_atomically(tmp_path / "small", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"x" * 900
    with pytest.raises(OSError, match="File too large"):
        copy_atomically(Path(__file__), tmp_path / "copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "small"]


def test_a_secret_file_is_never_readable_by_others(tmp_path: Path) -> None:
    with open_atomically(tmp_path / "token", 0o600) as file:
        assert os.fstat(file.fileno()).st_mode & 0o777 == 0o600
        file.write(b"secret")
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
