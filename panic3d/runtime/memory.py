"""Say what to do when memory runs out, in place of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from panic3d.runtime.errors import UserError

OUT_OF_MEMORY_TEXTS = ("out of memory", "can't allocate memory", "not enough memory", "DefaultCPUAllocator")
"""Parts of the messages of PyTorch's and CUDA's RuntimeErrors for a failed allocation."""


@contextmanager
def explain_out_of_memory(advice: str) -> Iterator[None]:
    """Turn a failed allocation of Python, PyTorch or CUDA into a UserError that gives the advice."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or any(text in str(error) for text in OUT_OF_MEMORY_TEXTS):
            raise UserError(f"out of memory: {advice}") from error
        raise
