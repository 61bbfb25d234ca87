"""The memory of this process: its peak, and what to say when it runs out, in place of a traceback."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from panic3d.runtime.errors import UserError

OUT_OF_MEMORY_TEXTS = ("out of memory", "can't allocate memory", "not enough memory", "DefaultCPUAllocator")
"""Parts of the messages of PyTorch's and CUDA's RuntimeErrors for a failed allocation."""
RESET_PEAK_MEMORY = "5"
"""Written to /proc/self/clear_refs, resets the peak of the resident memory (proc(5))."""


@contextmanager
def explain_out_of_memory(advice: str) -> Iterator[None]:
    """Turn a failed allocation of Python, PyTorch or CUDA into a UserError that gives the advice."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or any(text in str(error) for text in OUT_OF_MEMORY_TEXTS):
            raise UserError(f"out of memory: {advice}") from error
        raise


def reset_peak_memory() -> None:
    """Reset the peak of this process's resident memory. Works on Linux only; elsewhere the peak is that of the run."""
    with suppress(OSError):  # not Linux, or a container that forbids it
        Path("/proc/self/clear_refs").write_text(RESET_PEAK_MEMORY)


def measure_peak_memory_mb() -> float:
    """Return the peak resident memory of this process since the last reset, in MB; where no peak is kept, what it has.

    `resource.getrusage` is no alternative: its `ru_maxrss` counts what the parent had taken before the start.
    """
    with suppress(OSError):
        if peak := re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text()):
            return round(int(peak[1]) / 1024, 1)
    return round(psutil.Process().memory_info().rss / 2**20, 1)
