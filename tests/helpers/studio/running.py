"""`panic3d studio` as its user starts it, in a process of its own."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil

from helpers.panic3d_command import build_command

START_LIMIT_S, HEAD_LIMIT_S = 60.0, 400.0
ENDED = ("done", "failed", "cancelled")


class RunningStudio:
    """The server's process, and a client of its API."""

    def __init__(self, out: Path, *words: str) -> None:
        """Start the server and wait for its address."""
        self.started_s = time.monotonic()
        self.log = out.with_name(f"{out.name}.{time.monotonic_ns()}.log")
        with self.log.open("wb") as errors:
            self.process = subprocess.Popen(
                build_command("studio", "--port", "0", "--no-browser", "--device", "cpu", "--out", out, *words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                text=True,
            )
        assert self.process.stdout is not None
        watchdog = threading.Timer(START_LIMIT_S, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        found = re.search(r"http://[\w.\[\]:]+/(\?token=\S+)?", line)
        assert found, f"{line}{self.read_log()}"
        self.url = found[0]
        self.client = httpx2.Client(base_url=self.url.partition("?")[0], timeout=60)

    def upload(self, picture: bytes, name: str = "picture.png", **settings: Any) -> str:
        """Upload a picture and return the id of its head."""
        answer = self.client.post(
            "/api/heads", files={"picture": (name, picture)}, data={"settings": json.dumps(settings)}
        )
        assert answer.status_code == 202, answer.text
        found: str = answer.json()["id"]
        return found

    def get(self, head_id: str) -> dict[str, Any]:
        """Return the record of a head."""
        answer = self.client.get(f"/api/heads/{head_id}")
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()
        return record

    def wait_for(self, head_id: str, *statuses: str) -> dict[str, Any]:
        """Wait until the head has one of some states, by default an end, and return its record."""
        limit_s = time.monotonic() + HEAD_LIMIT_S
        while time.monotonic() < limit_s:
            record = self.get(head_id)
            if record["status"] in (statuses or ENDED):
                return record
            time.sleep(0.1)
        raise AssertionError(f"{record}\n{self.read_log()}")

    def wait_for_worker(self) -> psutil.Process:
        """Wait for the worker process and return it."""
        limit_s = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit_s:
            if found := psutil.Process(self.process.pid).children(recursive=True):
                return found[0]
            time.sleep(0.05)
        raise AssertionError("there is no worker process")

    def read_log(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float, list[psutil.Process]]:
        """Send a signal to the server alone; return its exit code, the seconds until then, and what is left of it."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        sent_s = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        seconds = time.monotonic() - sent_s
        _, left = psutil.wait_procs(family, timeout=5)
        for process in left:
            process.kill()
        self.client.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code, seconds, left


@contextmanager
def run_studio(out: Path, *words: str) -> Iterator[RunningStudio]:
    """Run a studio, and end it afterwards if that has not been done."""
    running = RunningStudio(out, *words)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()
