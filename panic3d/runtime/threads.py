"""Count the cores that this process may use, and share work among threads."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


def count_usable_cores() -> int:
    """Return the number of cores that this process may run on (its CPU affinity where the system has one)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def open_single_threaded_map() -> Iterator[Callable[[Callable, Iterable], Iterator]]:
    """Yield a `map` over as many threads as torch has, in each of which torch's operations use that one thread.

    For work that releases Python's lock: each thread's data then stay in its core's cache.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads) as pool:
            yield pool.map
    finally:
        torch.set_num_threads(threads)
