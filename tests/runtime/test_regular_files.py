"""Files of any name: pipes, devices and large files end in one sentence, at once."""

import os
from pathlib import Path

import pytest

from panic3d.runtime.regular_files import UnsuitableFile, read_file, require_regular_file


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_file(tmp_path / "a", 5) == b"12345"
    require_regular_file(tmp_path / "a", 5)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for reader in (read_file, require_regular_file):
        with pytest.raises(UnsuitableFile, match=r"expected a regular file as .*, found a pipe"):
            reader(tmp_path / "pipe")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero")
def test_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "zeros").symlink_to("/dev/zero")
    with pytest.raises(UnsuitableFile, match="device"):
        read_file(tmp_path / "zeros")


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UnsuitableFile, match="no more than 1,073,741,824 are read"):
        read_file(tmp_path / "a")
    with pytest.raises(UnsuitableFile):
        require_regular_file(tmp_path / "a", 100)


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "a")
