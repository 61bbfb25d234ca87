"""Handle Ctrl-C wherever it arrives: in an import, a click callback, a destructor or an outer handler of exceptions."""

import signal
import sys
import threading
from _thread import interrupt_main
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

RAISE_AGAIN_AFTER_S = 0.05
_interrupted = threading.Event()


def install_handler() -> None:
    """Make the first Ctrl-C raise KeyboardInterrupt and a second one end the process at once."""
    with suppress(ValueError):  # not in the main thread: the program that runs this one has handlers of its own
        signal.signal(signal.SIGINT, _raise_once)
        sys.unraisablehook = _raise_again


def was_interrupted() -> bool:
    """Return whether Ctrl-C was pressed, even if some `except` has caught the KeyboardInterrupt."""
    return _interrupted.is_set()


def _raise_once(sign: int, frame: FrameType | None) -> None:
    _interrupted.set()
    signal.signal(sign, signal.SIG_DFL)
    raise KeyboardInterrupt


def _raise_again(ignored: "UnraisableHookArgs") -> None:
    """Repeat a KeyboardInterrupt that was raised in a destructor or a weak reference's callback, where it is lost."""
    if not issubclass(ignored.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(ignored)
        return
    signal.signal(signal.SIGINT, _raise_once)
    timer = threading.Timer(RAISE_AGAIN_AFTER_S, interrupt_main)
    timer.daemon = True
    timer.start()
