"""Ctrl-C during a run: the current step is finished, so that the saved state is whole."""

import signal
from types import FrameType

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it."""


class StopRequest:
    """Whether Ctrl-C or a scheduler's SIGTERM has arrived since the `with` block was entered."""

    def __init__(self) -> None:
        self.received = False

    def __enter__(self) -> "StopRequest":
        self.previous = {number: signal.signal(number, self._receive) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.received = True
