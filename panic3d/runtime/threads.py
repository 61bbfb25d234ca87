"""Count the cores that this process may use, and share work among threads."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")
_one_thread = False
"""Whether `use_one_thread` holds in this process."""


def count_usable_cores() -> int:
    """Return the number of cores that this process may run on (its CPU affinity where the system has one)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_slices(function: Callable[[slice], Result], count: int, size: int) -> list[Result]:
    """Return what a function gives for each slice of at most `size` of `count` items, in order.

    Slices are shared among one thread per core; the function should release Python's lock, as numpy does on large
    arrays.
    """
    slices = [slice(start, min(start + size, count)) for start in range(0, count, size)]
    threads = min(count_usable_cores(), len(slices))
    if threads <= 1 or _one_thread:
        return [function(part) for part in slices]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, slices))


@contextmanager
def limit_blas_threads() -> Iterator[None]:
    """Let the linear algebra of numpy and scipy use one thread.

    For code with many products of small matrices: OpenBLAS wakes a thread per core for each, which takes several times
    as long where other programs use the cores, too.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield


@contextmanager
def use_one_thread() -> Iterator[None]:
    """Let `map_slices` and the operations of torch, numpy and scipy in this process use the thread that calls them.

    Sums of torch's operations differ in their last digits with the number of threads; with one, they are the same
    wherever the work is done.
    """
    import torch

    global _one_thread
    threads, before = torch.get_num_threads(), _one_thread
    torch.set_num_threads(1)
    _one_thread = True
    try:
        with limit_blas_threads():
            yield
    finally:
        torch.set_num_threads(threads)
        _one_thread = before


@contextmanager
def open_single_threaded_map(workers: int | None = None) -> Iterator[Callable[[Callable, Iterable], Iterator]]:
    """Yield a `map` over threads (None: as many as torch has), in each of which torch's operations use that one thread.

    For work that releases Python's lock: each thread's data then stay in its core's cache.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(workers or threads) as pool:
            yield pool.map
    finally:
        torch.set_num_threads(threads)
