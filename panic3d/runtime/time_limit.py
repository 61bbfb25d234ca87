"""A limit for the whole time of a transfer: the time limits of sockets count from one received byte to the next."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
SLOWEST_BYTES_PER_S = 20_000
"""A transfer that is slower on average, after its time limit without any bytes, is given up."""
CHECK_INTERVAL_S = 0.5


class Transfer:
    """A transfer whose allowed time grows with the bytes received."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.bytes = 0

    def run(self, function: Callable[[], T]) -> T:
        """Call `function`, which adds to `bytes`, in a thread. Raises its errors, TimeoutError where it is too slow.

        The thread is left behind then; it must not do anything but wait and write where nobody reads.
        """
        start_s, ended = time.monotonic(), threading.Event()
        results: list[T] = []
        errors: list[BaseException] = []

        def call() -> None:
            try:
                results.append(function())
            except BaseException as error:  # raised again in the thread that waits
                errors.append(error)
            finally:
                ended.set()

        threading.Thread(target=call, daemon=True).start()
        while not ended.is_set():
            left_s = start_s + self.limit_s + self.bytes / SLOWEST_BYTES_PER_S - time.monotonic()
            if left_s <= 0:
                raise TimeoutError(f"gave {self.bytes} bytes in {time.monotonic() - start_s:.0f} s, which is too slow")
            ended.wait(min(left_s, CHECK_INTERVAL_S))
        if errors:
            raise errors[0]
        return results[0]
