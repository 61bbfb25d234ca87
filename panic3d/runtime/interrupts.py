"""Ctrl-C is heard whatever it hits: an import, a click callback, a destructor, a room at work."""

import signal
import sys
import threading
from _thread import interrupt_main
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

AGAIN_AFTER_S = 0.05
_pressed = threading.Event()


def listen() -> None:
    """From now on the first Ctrl-C raises KeyboardInterrupt, a second one ends the process at once."""
    with suppress(ValueError):  # not in the main thread: whoever runs us there has signals of their own
        signal.signal(signal.SIGINT, _stop)
        sys.unraisablehook = _lost


def pressed() -> bool:
    """Whether there was one, which somebody's `except` may have eaten."""
    return _pressed.is_set()


def _stop(sign: int, frame: FrameType | None) -> None:
    _pressed.set()
    signal.signal(sign, signal.SIG_DFL)
    raise KeyboardInterrupt


def _lost(ignored: "UnraisableHookArgs") -> None:
    """Destructors and callbacks of weak references, of which imports are full, cannot raise: so once more, outside."""
    if not issubclass(ignored.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(ignored)
        return
    signal.signal(signal.SIGINT, _stop)
    again = threading.Timer(AGAIN_AFTER_S, interrupt_main)
    again.daemon = True
    again.start()
