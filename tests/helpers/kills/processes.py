"""A command that is killed or stopped at a moment, and the processes that it leaves."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "PANIC3D_TEST_OF_KILLS"
"""The environment variable by which all processes of a run are found: every child inherits it."""
STOP_LIMIT_S = 60.0
GONE_LIMIT_S = 5.0


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    """The exit code, negative for the number of a signal."""
    errors: str
    seconds: float
    was_sent: bool = False
    """Whether the signal was sent before the run had ended."""
    was_handled: bool = False
    """Whether the process had a handler for the signal: Python has none in its first milliseconds."""
    orphans: Sequence[str] = ()
    """Processes that were still there some seconds later."""


class MarkedRun:
    """A running command whose processes are marked."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], folder: Path, name: str = "run") -> None:
        """`folder` gets what the command says, and is its folder for temporary files of the system."""
        self.mark, self.started_s = f"{folder}/{name}/{time.monotonic_ns()}", time.monotonic()
        self.said = folder / f"{name}.stderr"
        self.temporary = folder / f"{name}.tmp"
        self.temporary.mkdir(exist_ok=True)
        environment = {**environment, MARK: self.mark, "TMPDIR": str(self.temporary)}
        with self.said.open("wb") as errors:
            self.process = subprocess.Popen(
                words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
            )

    def wait(self) -> Ended:
        """Wait until the command ends by itself."""
        code = self.process.wait(timeout=300)
        return Ended(code, self._read_errors(), self._measure_s())

    def end(self, number: signal.Signals, after_s: float) -> Ended:
        """Send a signal to the first process alone, so many seconds after its start, and wait for the end of all."""
        try:
            self.process.wait(timeout=max(0.0, after_s - self._measure_s()))
            return self.wait()
        except subprocess.TimeoutExpired:
            handled = is_handled(self.process.pid, number)
            self.process.send_signal(number)
            code = self.process.wait(timeout=STOP_LIMIT_S)
            sent = code != 0 or number != signal.SIGKILL  # 0: it came while the system took the process down
            return Ended(code, self._read_errors(), self._measure_s(), sent, handled, self._end_orphans())

    def list_processes(self) -> list[psutil.Process]:
        """List the running processes of this command."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue  # ended meanwhile, or another user's
        return found

    def _end_orphans(self) -> list[str]:
        """Wait for the end of all processes, end those that stay, and return their command lines."""
        _, left = psutil.wait_procs(self.list_processes(), timeout=GONE_LIMIT_S)
        lines = []
        for process in left:
            lines.append(" ".join(process.cmdline())[:200])
            process.kill()
        return lines

    def _measure_s(self) -> float:
        return time.monotonic() - self.started_s

    def _read_errors(self) -> str:
        return self.said.read_text(errors="replace")


def is_handled(process_id: int, number: signal.Signals) -> bool:
    """Return whether a process has a handler for a signal (Linux)."""
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    except OSError:
        return False
    (caught,) = [int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:")]
    return bool(caught >> (number - 1) & 1)


def watch_first_file(run: MarkedRun, folder: Path, before: int) -> float:
    """Return the seconds from the start of a run to its first file in a folder with `before` files."""
    while run.process.poll() is None and count_files(folder) <= before:
        time.sleep(0.02)
    return time.monotonic() - run.started_s


def count_files(folder: Path) -> int:
    """Count the files below a folder, which may be missing, and change meanwhile."""
    return sum(len(files) for _, _, files in os.walk(folder))
