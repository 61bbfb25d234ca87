"""One thread: for torch, for linear algebra and for slices, and as before afterwards."""

import contextlib
import threading

import pytest
import torch
from threadpoolctl import threadpool_info

from panic3d.runtime import threads
from panic3d.runtime.threads import map_slices, use_one_thread


def find_threads_of_slices() -> set[int]:
    started = threading.Barrier(2, timeout=0.2)

    def wait(part: slice) -> int:
        with contextlib.suppress(threading.BrokenBarrierError):
            started.wait()
        return threading.get_ident()

    return set(map_slices(wait, 4, 1))


def test_one_thread_does_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "count_usable_cores", lambda: 2)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert len(find_threads_of_slices()) == 2
        with use_one_thread():
            assert torch.get_num_threads() == 1
            assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
            with use_one_thread():
                pass
            assert find_threads_of_slices() == {threading.get_ident()}
        assert torch.get_num_threads() == 3 and len(find_threads_of_slices()) == 2
    finally:
        torch.set_num_threads(before)
