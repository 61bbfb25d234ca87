"""Worker processes that end with their parent and leave Ctrl-C to it."""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

PR_SET_PDEATHSIG = 1


def end_with_parent(parent_id: int) -> None:
    """Let this process be killed when its parent ends, even by kill -9 (Linux), or end it now if that has happened."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_id:
        os._exit(1)


def set_up_worker(parent_id: int) -> None:
    """Make this process a worker: its parent handles Ctrl-C, and it does not outlive the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(parent_id)


class ProcessPool(ProcessPoolExecutor):
    """A pool of workers that start without a copy of this process's threads and memory."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers, multiprocessing.get_context("spawn"), set_up_worker, (os.getpid(),))

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        with _block_interrupts_in_children():  # this may start a process
            return super().submit(function, *arguments, **named)


@contextmanager
def _block_interrupts_in_children() -> Iterator[None]:
    """Let processes that are started meanwhile inherit a blocked SIGINT, until they are set up as workers."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
