"""Work shared among threads, one processor each."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch


@contextmanager
def one_each() -> Iterator[Callable[[Callable, Iterable], Iterator]]:
    """A `map` over as many threads as torch has, in each of which torch's operations keep to that one thread.

    For work that releases Python's lock: each thread's data then stay in its processor's cache.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads) as pool:
            yield pool.map
    finally:
        torch.set_num_threads(threads)
