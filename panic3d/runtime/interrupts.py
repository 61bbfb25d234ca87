"""Handle Ctrl-C and SIGTERM wherever they arrive: in an import, a click callback, a destructor, an outer `except`."""

import signal
import sys
import threading
from _thread import interrupt_main
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and what schedulers, service managers and `kill` send: both let a command save what is finished."""
RAISE_AGAIN_AFTER_S = 0.05
_received: list[int] = []


def install_handler() -> None:
    """Make the first Ctrl-C or SIGTERM raise KeyboardInterrupt, and a second one end the process at once."""
    with suppress(ValueError):  # not in the main thread: the program that runs this one has handlers of its own
        for number in STOP_SIGNALS:
            signal.signal(number, _raise_once)
        sys.unraisablehook = _raise_again


def was_interrupted() -> bool:
    """Return whether Ctrl-C or SIGTERM has arrived, even if some `except` has caught the KeyboardInterrupt."""
    return bool(_received)


def describe_stop(number: int | None = None) -> str:
    """Say what stopped the command: signal `number`, or the one that the handler received."""
    return "stopped by SIGTERM" if _choose_signal(number) == signal.SIGTERM else "stopped by Ctrl-C"


def compute_exit_code(number: int | None = None) -> int:
    """Return the exit code after a signal as shells count it: 130 after Ctrl-C, 143 after SIGTERM."""
    return 128 + _choose_signal(number)


def _choose_signal(number: int | None) -> int:
    """Return `number`, else the signal received; a KeyboardInterrupt without our handler comes from Ctrl-C."""
    return number or (_received[0] if _received else signal.SIGINT)


def _raise_once(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    raise KeyboardInterrupt


def _raise_again(ignored: "UnraisableHookArgs") -> None:
    """Repeat a KeyboardInterrupt that was raised in a destructor or a weak reference's callback, where it is lost."""
    if not issubclass(ignored.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(ignored)
        return
    number = _choose_signal(None)
    signal.signal(number, _raise_once)
    timer = threading.Timer(RAISE_AGAIN_AFTER_S, interrupt_main, [number])
    timer.daemon = True
    timer.start()
