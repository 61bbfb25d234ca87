"""The worker process as the server sees it: it is started, given one job at a time, and killed to cancel one."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

from pydantic import ValidationError

from panic3d.studio.heads.messages import EVENTS, Event, Job, JobEnded, Stop, encode_line

MAX_LINE_BYTES = 1 << 24


class WorkerDied(Exception):
    """The worker process has ended in the middle of a job."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"signal {-code}" if code is not None and code < 0 else f"exit code {code}")


class WorkerProcess:
    """One worker process at a time; a new one is started when the last has ended."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()

    @property
    def process_id(self) -> int | None:
        """The id of the running process."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    async def start(self) -> None:
        """Start a process if none runs. It loads its networks while nobody waits for it."""
        async with self._starting:
            if self.process_id is None:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-m", "panic3d.studio.worker.entry", self.device, str(os.getpid())),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    limit=MAX_LINE_BYTES,
                    start_new_session=True,  # Ctrl-C is for the server alone
                )

    async def run(self, job: Job) -> AsyncIterator[Event]:
        """Send a job and yield what the worker says of it, the last being JobEnded. Raises WorkerDied."""
        await self.start()
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        with suppress(OSError):
            process.stdin.write(encode_line(job))
            await process.stdin.drain()
        while line := await process.stdout.readline():
            try:
                event = EVENTS.validate_json(line)
            except ValidationError:
                break  # killed in the middle of a line
            yield event
            if isinstance(event, JobEnded):
                return
        raise WorkerDied(await process.wait())

    async def ask_to_stop(self, head_id: str) -> None:
        """Let the worker give up a job after its present stage."""
        process = self._process
        if self.process_id is not None and process is not None and process.stdin is not None:
            with suppress(OSError):
                process.stdin.write(encode_line(Stop(id=head_id)))
                await process.stdin.drain()

    async def kill(self) -> None:
        """End the process at once."""
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
