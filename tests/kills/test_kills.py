"""kill -9 and SIGTERM at seeded moments of every command that writes, and two of each at once.

After the rerun the files are those of an undisturbed run, nothing temporary is left, and no process outlives the first.
"""

import os
import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from helpers.disks.whole_files import list_faults
from helpers.disks.writing_commands import Ground, Invocation, list_commands
from helpers.kills.processes import Ended, MarkedRun, count_files, watch_first_file

FAST = ("synth in 2 workers", "data animerecon")
KILLS = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGTERM)
"""Of each command in the slow test: two at any moment, two after the first file was written."""
MAX_DRAWS = 20
SAYS_STOPPED = ("panic3d: stopped by SIGTERM", "stopped by SIGTERM at step")


class Undisturbed(NamedTuple):
    """A run that nobody disturbs."""

    files: dict[str, str]
    first_file_s: float
    seconds: float


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inputs")


@pytest.fixture
def ground(inputs: Path) -> Iterator[Ground]:
    with ExitStack() as stack:
        yield Ground(inputs, stack)


class Campaign:
    """Kills of one command. All its runs write to the same path, which some files hold."""

    def __init__(self, name: str, ground: Ground, folder: Path) -> None:
        self.folder, self.out = folder, folder / "out"
        self.invocation: Invocation = list_commands()[name](ground, self.out)

    def clear(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        if self.invocation.given is not None:
            shutil.copytree(self.invocation.given, self.out)

    def start(self, name: str = "run", resume: bool = False) -> MarkedRun:
        return MarkedRun(self.invocation.make_words(resume), self.invocation.make_environment(), self.folder, name)

    def run_undisturbed(self) -> Undisturbed:
        self.clear()
        run = self.start()
        first_s = watch_first_file(run, self.out, count_files(self.out))
        ended = run.wait()
        assert ended.code == 0, ended.errors
        assert not list_faults(self.out)
        return Undisturbed(self.invocation.describe(self.out), min(first_s, ended.seconds), ended.seconds)

    def kill(self, undisturbed: Undisturbed, number: signal.Signals, draw: random.Random, late: bool) -> list[str]:
        """Send the signal at a drawn moment, run again, and return the faults."""
        start_s, end_s = undisturbed.first_file_s if late else 0.0, undisturbed.seconds
        for _ in range(MAX_DRAWS):
            self.clear()
            after_s = draw.uniform(start_s, end_s)
            ended = self.start().end(number, after_s)
            if ended.was_sent:
                break
            end_s = min(end_s, ended.seconds)  # it was faster than the run that was measured
            start_s = min(start_s, end_s)
        else:
            return [f"ended {MAX_DRAWS} times before {number.name} came"]
        faults = check_end(number, ended)
        if number == signal.SIGTERM and (left := [p for p in (self.folder / "run.tmp").rglob("*") if p.is_file()]):
            faults.append(f"left {[path.name for path in left]} in the temporary folder of the system")
        shutil.rmtree(self.folder / "run.tmp")
        resume = self.invocation.resume is not None and (self.out / self.invocation.resume).exists()
        again = self.start(resume=resume).wait()
        if again.code:
            faults.append(f"the rerun ended with {again.code}: {again.errors[-1500:]}")
        else:
            faults += self.compare(undisturbed)
        return [f"{number.name} after {after_s:.3f} of {end_s:.2f} s: {fault}" for fault in faults]

    def compare(self, undisturbed: Undisturbed) -> list[str]:
        found, expected = self.invocation.describe(self.out), undisturbed.files
        different = [name for name in sorted({*found, *expected}) if found.get(name) != expected.get(name)]
        return [*list_faults(self.out), *(f"another {name}" for name in different)]

    def run_two(self, undisturbed: Undisturbed) -> list[str]:
        """Start the command twice at once, and return the faults."""
        self.clear()
        both = [self.start(name) for name in ("first", "second")]
        ended = [run.wait() for run in both]
        refused = [each for each in ended if each.code]
        faults = [f"ended with {each.code}: {each.errors[-1500:]}" for each in refused if not says_in_use(each)]
        if len(refused) == len(ended):
            faults.append("none of the two was done")
        print(f"two at once: exit codes {[each.code for each in ended]}")
        return [f"two at once: {fault}" for fault in [*faults, *self.compare(undisturbed)]]


def check_end(number: signal.Signals, ended: Ended) -> list[str]:
    """Return what is wrong with the end of a run to which a signal was sent."""
    faults = [f"orphan {line}" for line in ended.orphans]
    last = (ended.errors.strip().splitlines() or [""])[-1]
    if number == signal.SIGKILL:
        return faults if ended.code == -number else [*faults, f"ended with {ended.code}"]
    if "Traceback" in ended.errors or (ended.code == 128 + number and not any(said in last for said in SAYS_STOPPED)):
        faults.append(f"not one sentence: {ended.errors[-3000:]}")
    expected = (128 + number, 0) if ended.was_handled else (-number, 128 + number, 0)  # 0: its work was done
    return faults if ended.code in expected else [*faults, f"ended with {ended.code}: {ended.errors[-1500:]}"]


def says_in_use(ended: Ended) -> bool:
    last = (ended.errors.strip().splitlines() or [""])[-1]
    return ended.code == 1 and "Traceback" not in ended.errors and " is in use by " in last


def check_command(name: str, ground: Ground, folder: Path, kills: tuple[signal.Signals, ...], seed: int) -> None:
    campaign, draw = Campaign(name, ground, folder), random.Random(f"{name} {seed}")
    undisturbed = campaign.run_undisturbed()
    faults = []
    for index, number in enumerate(kills):
        faults += campaign.kill(undisturbed, number, draw, late=index >= len(kills) // 2)
    if len(kills) == len(KILLS):
        faults += campaign.run_two(undisturbed)
    print(f"{name}: {len(kills)} kills, first file after {undisturbed.first_file_s:.2f} of {undisturbed.seconds:.2f} s")
    print("\n".join(faults))
    assert not faults


@pytest.mark.parametrize("name", FAST)
def test_one_kill_of_some_commands(name: str, ground: Ground, tmp_path: Path) -> None:
    check_command(name, ground, tmp_path, (signal.SIGKILL,), seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", list_commands())
def test_kills_of_every_command(name: str, ground: Ground, tmp_path: Path) -> None:
    check_command(name, ground, tmp_path, KILLS, seed=int(os.environ.get("PANIC3D_KILLS_SEED", "1")))
