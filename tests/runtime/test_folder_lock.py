"""Two processes never write to one folder; ranks do; the lock of a killed process is no obstacle."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from panic3d.runtime.errors import UserError
from panic3d.runtime.folder_lock import lock_folder
from panic3d.shards.builder import BuildOptions, DatasetBuilder, DatasetSettings
from panic3d.shards.executors import InProcessExecutor

HOLD = """
import sys, time
from pathlib import Path
from panic3d.runtime.folder_lock import lock_folder
with lock_folder(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def hold_in_another_process(folder: Path, *rank: int) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-c", HOLD, str(folder), *map(str, rank)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process
        if process.poll() is None:
            process.communicate("")


def test_a_second_process_is_told_who_writes(tmp_path: Path) -> None:
    folder = tmp_path / "D"
    with hold_in_another_process(folder) as process:
        for rank in (None, 0):
            sentence = rf"D is in use by process {process.pid} on \S+ .*: wait"
            with pytest.raises(UserError, match=sentence) as refused, lock_folder(folder, rank):
                pass
            assert len(str(refused.value)) < 300
        builder = DatasetBuilder(folder, DatasetSettings("ortho4", 64, "none", {}))
        with pytest.raises(UserError, match=f"process {process.pid}"):
            builder.build({"a": "a"}, lambda count: InProcessExecutor(lambda job: {"meta.json": b"{}"}))
        assert [path.name for path in folder.iterdir()] == [".lock"]
    with lock_folder(folder):
        pass
    assert not list(folder.iterdir())


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with hold_in_another_process(tmp_path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert (tmp_path / ".lock").exists()
        with lock_folder(tmp_path):
            pass
    assert not list(tmp_path.iterdir())


def test_ranks_share_a_folder_and_no_rank_runs_twice(tmp_path: Path) -> None:
    with hold_in_another_process(tmp_path, 1):
        with lock_folder(tmp_path, 0):
            pass
        for rank in (1, None):
            with pytest.raises(UserError, match="is in use by process"), lock_folder(tmp_path, rank):
                pass
    assert not list(tmp_path.iterdir())


def test_a_run_gives_the_lock_back_after_an_error(tmp_path: Path) -> None:
    options = BuildOptions(per_shard=1)
    for size in (64, 32, 64):
        builder = DatasetBuilder(tmp_path, DatasetSettings("ortho4", size, "none", {}), options)
        try:
            builder.build({"a": "a"}, lambda count: InProcessExecutor(lambda job: {"meta.json": b"{}"}))
        except UserError as error:
            assert size == 32 and "was made with size 64" in str(error)
    assert not (tmp_path / ".lock").exists()
