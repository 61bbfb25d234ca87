"""Every command that writes, on a disk that is full at several moments: one sentence, nothing cut, and a good rerun."""

import random
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from helpers.disks.small_disk import PAGE, SmallDisk, mount_small_disk
from helpers.disks.whole_files import describe_folder, list_faults
from helpers.disks.writing_commands import Ground, Invocation, list_commands

FAST = ("synth", "data animerecon", "dataset split")
SHARES = 2
"""Seeded moments of each command, besides an entirely full disk and one with a page left."""
MAX_CHARS = 300
NO_SPACE = "No space left on device"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inputs")


@pytest.fixture
def ground(inputs: Path) -> Iterator[Ground]:
    with ExitStack() as stack:
        yield Ground(inputs, stack)


def prepare(invocation: Invocation, disk: SmallDisk) -> None:
    if invocation.given is not None:
        shutil.copytree(invocation.given, disk.folder, dirs_exist_ok=True)


def run_undisturbed(invocation: Invocation, root: Path) -> tuple[dict[str, str], int]:
    """Return what the command writes, and how many bytes of the disk it takes."""
    with mount_small_disk(root, invocation.megabytes) as disk:
        prepare(invocation, disk)
        free = disk.count_free_bytes()
        done = invocation.run()
        assert done.returncode == 0, done.stderr
        assert not list_faults(disk.folder)
        return describe_folder(disk.folder), free - disk.count_free_bytes()


def check_full(invocation: Invocation, root: Path, free_bytes: int, expected: dict[str, str]) -> list[str]:
    """Run on a disk that is almost full, then with free space. Returns the faults."""
    with mount_small_disk(root, invocation.megabytes) as disk:
        prepare(invocation, disk)
        disk.fill(free_bytes)
        done = invocation.run()
        faults = list_faults(disk.folder)
        if done.returncode:
            faults += check_words(done.returncode, done.stderr, root)
        disk.empty()
        resume = invocation.resume is not None and (disk.folder / invocation.resume).exists()
        again = invocation.run(resume)
        if again.returncode:
            return [*faults, f"the rerun ended with {again.returncode}: {again.stderr[-1500:]}"]
        found = describe_folder(disk.folder)
        different = [name for name in {*found, *expected} if found.get(name) != expected.get(name)]
        return [*faults, *list_faults(disk.folder), *(f"the rerun wrote another {name}" for name in different)]


def check_words(code: int, text: str, root: Path) -> list[str]:
    """Return what is wrong with the exit code and the last line of a command for which the disk had no space."""
    last = (text.strip().splitlines() or [""])[-1]
    told = f"exit code {code}: {text[-3000:]}"
    faults = [] if code == 1 else [f"ended with {code}, expected 1: {told}"]
    if "Traceback" in text or text.count(NO_SPACE) != 1 or not last.startswith("panic3d: "):
        faults.append(f"not one sentence: {told}")
    elif not (re.search(f"cannot write to {re.escape(str(root))}/", last) and NO_SPACE in last and "free" in last):
        faults.append(f"the sentence says too little: {last}")
    elif len(last) > MAX_CHARS + len("panic3d: "):
        faults.append(f"the sentence has {len(last)} characters: {last}")
    return faults


def check_command(name: str, ground: Ground, root: Path, seed: int, shares: int) -> None:
    invocation = list_commands()[name](ground, root / "work")
    expected, used_bytes = run_undisturbed(invocation, root)
    draw = random.Random(f"{name} {seed}")
    moments = [0, PAGE, *sorted(int(draw.random() * used_bytes) for _ in range(shares))]
    faults = {}
    for free_bytes in moments if shares else moments[1:]:
        if found := check_full(invocation, root, free_bytes, expected):
            faults[f"{free_bytes} bytes free of {used_bytes}"] = found
    assert not faults, "\n".join(f"{moment}:\n  " + "\n  ".join(found) for moment, found in faults.items())


@pytest.mark.parametrize("name", FAST)
def test_a_full_disk_under_some_commands(name: str, ground: Ground, tmp_path: Path) -> None:
    check_command(name, ground, tmp_path / "disk", seed=0, shares=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", list_commands())
def test_a_full_disk_under_every_command(name: str, ground: Ground, tmp_path: Path) -> None:
    check_command(name, ground, tmp_path / "disk", seed=1, shares=SHARES)
