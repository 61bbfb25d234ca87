"""Every command that writes, on a disk that is full at several moments and in a folder that it may not write to.

One sentence, nothing cut, and a good rerun. A temporary folder of the system that is full or forbidden disturbs no
command.
"""

import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from helpers.disks.small_disk import OBEY_PERMISSIONS, PAGE, SmallDisk, mount_small_disk
from helpers.disks.whole_files import list_faults
from helpers.disks.writing_commands import Ground, Invocation, list_commands

FAST = ("synth", "data animerecon", "dataset split")
SHARES = 2
"""Seeded moments of each command, besides an entirely full disk and one with a page left."""
MAX_CHARS = 300


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
        return invocation.describe(disk.folder), free - disk.count_free_bytes()


class Hindrance(NamedTuple):
    """What keeps a command from writing, and the words that its error must hold."""

    name: str
    begin: Callable[[SmallDisk], None]
    end: Callable[[SmallDisk], None]
    said: str
    prefix: Sequence[str] = ()


def fill(free_bytes: int) -> Hindrance:
    said = r"cannot write to {root}/.*\(No space left on device\): free some space"
    return Hindrance(f"{free_bytes} bytes free", lambda disk: disk.fill(free_bytes), SmallDisk.empty, said)


DENY = Hindrance(
    "a folder without permission", SmallDisk.deny, SmallDisk.permit,
    r"no access to {root}/.*\(Permission denied\): choose another place", OBEY_PERMISSIONS,
)  # fmt: skip


def check_hindered(invocation: Invocation, root: Path, hindrance: Hindrance, expected: dict[str, str]) -> list[str]:
    """Run while something keeps the command from writing, and again without it. Returns the faults."""
    with mount_small_disk(root, invocation.megabytes) as disk:
        prepare(invocation, disk)
        hindrance.begin(disk)
        done = invocation.run(prefix=hindrance.prefix)
        faults = list_faults(disk.folder)
        if done.returncode:
            faults += check_words(done.returncode, done.stderr, hindrance.said.format(root=re.escape(str(root))))
        hindrance.end(disk)
        resume = invocation.resume is not None and (disk.folder / invocation.resume).exists()
        again = invocation.run(resume)
        if again.returncode:
            return [*faults, f"the rerun ended with {again.returncode}: {again.stderr[-1500:]}"]
        return [*faults, *compare(invocation, disk, expected)]


def compare(invocation: Invocation, disk: SmallDisk, expected: dict[str, str]) -> list[str]:
    """Return how the files differ from those of an undisturbed run."""
    found = invocation.describe(disk.folder)
    different = [name for name in sorted({*found, *expected}) if found.get(name) != expected.get(name)]
    return [*list_faults(disk.folder), *(f"another {name}" for name in different)]


def check_words(code: int, text: str, said: str) -> list[str]:
    """Return what is wrong with the exit code and the last line of a command that could not write."""
    last = (text.strip().splitlines() or [""])[-1]
    told = f"exit code {code}: {text[-3000:]}"
    faults = [] if code == 1 else [f"ended with {code}, expected 1: {told}"]
    if "Traceback" in text or text.count("panic3d: ") != 1 or not last.startswith("panic3d: "):
        faults.append(f"not one sentence: {told}")
    elif not re.search(said, last):
        faults.append(f"the sentence says too little: {last}")
    elif len(last) > MAX_CHARS + len("panic3d: "):
        faults.append(f"the sentence has {len(last)} characters: {last}")
    return faults


def check_temporary_folder(
    invocation: Invocation, root: Path, hindrance: Hindrance, expected: dict[str, str]
) -> list[str]:
    """Run while something is in the way in the temporary folder of the system, which is no reason to end.

    Returns the faults.
    """
    temporary = root.with_name("temporary")
    with mount_small_disk(root, invocation.megabytes) as disk, mount_small_disk(temporary, 1) as hindered:
        prepare(invocation, disk)
        hindrance.begin(hindered)
        done = invocation.run(prefix=hindrance.prefix, environment={"TMPDIR": str(hindered.folder)})
        if done.returncode:
            return [f"ended with {done.returncode}: {done.stderr[-3000:]}"]
        return compare(invocation, disk, expected)


def join_faults(faults: Mapping[str, Sequence[str]]) -> str:
    return "\n".join(f"{moment}:\n  " + "\n  ".join(found) for moment, found in faults.items() if found)


@pytest.mark.parametrize("name", FAST)
def test_a_full_disk_under_some_commands(name: str, ground: Ground, tmp_path: Path) -> None:
    root = tmp_path / "disk"
    invocation = list_commands()[name](ground, root / "work")
    expected, _ = run_undisturbed(invocation, root)
    assert not (found := check_hindered(invocation, root, fill(PAGE), expected)), "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", list_commands())
def test_a_full_disk_under_every_command(name: str, ground: Ground, tmp_path: Path) -> None:
    root, draw = tmp_path / "disk", random.Random(f"{name} 1")
    invocation = list_commands()[name](ground, root / "work")
    expected, used_bytes = run_undisturbed(invocation, root)
    moments = [0, PAGE, *sorted(int(draw.random() * used_bytes) for _ in range(SHARES))]
    faults = {str(free): check_hindered(invocation, root, fill(free), expected) for free in moments}
    assert not any(faults.values()), f"bytes free of {used_bytes}:\n{join_faults(faults)}"


@pytest.mark.slow
@pytest.mark.parametrize("name", list_commands())
def test_no_permission_and_temporary_folders(name: str, ground: Ground, tmp_path: Path) -> None:
    root = tmp_path / "disk"
    invocation = list_commands()[name](ground, root / "work")
    expected, _ = run_undisturbed(invocation, root)
    faults = {
        DENY.name: check_hindered(invocation, root, DENY, expected),
        # with a page there is enough for the file with which Python tries whether it may write there
        "a full temporary folder": check_temporary_folder(invocation, root, fill(PAGE), expected),
        "a temporary folder without permission": check_temporary_folder(invocation, root, DENY, expected),
    }
    assert not any(faults.values()), join_faults(faults)
