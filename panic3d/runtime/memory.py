"""What to do when memory runs out, said instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from panic3d.runtime.errors import UserError

WORDS = ("out of memory", "can't allocate memory", "not enough memory", "DefaultCPUAllocator")


@contextmanager
def advising(advice: str) -> Iterator[None]:
    """Turns Python's, PyTorch's and CUDA's ways to be out of memory into one UserError with the advice."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or any(word in str(error) for word in WORDS):
            raise UserError(f"out of memory: {advice}") from error
        raise
