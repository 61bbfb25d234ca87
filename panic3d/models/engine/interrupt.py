"""Ctrl-C or SIGTERM during a run: the current step is finished, so that the saved state is whole."""

import signal
from types import FrameType

from panic3d.runtime.interrupts import STOP_SIGNALS


class StopRequest:
    """The number of the first signal to stop, Ctrl-C or SIGTERM, since the `with` block was entered, else 0."""

    def __init__(self) -> None:
        self.received = 0

    def __enter__(self) -> "StopRequest":
        self.previous = {number: signal.signal(number, self._receive) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.received = self.received or number
