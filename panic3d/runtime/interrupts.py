"""Handle Ctrl-C and SIGTERM wherever they arrive: in an import, a click callback, a destructor, an outer `except`."""

import signal
import sys
import threading
from _thread import interrupt_main
from contextlib import suppress
from types import FrameType, TracebackType
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
        sys.unraisablehook = _handle_unraisable
        sys.excepthook = _handle_printed


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


def _handle_unraisable(ignored: "UnraisableHookArgs") -> None:
    """Repeat a KeyboardInterrupt that was raised in a destructor or a weak reference's callback, where it is lost."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        _raise_again()
    else:
        sys.__unraisablehook__(ignored)


def _handle_printed(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Repeat a KeyboardInterrupt that a library's C code would only print (PyErr_Print), where it is lost."""
    if issubclass(kind, KeyboardInterrupt):
        _raise_again()
    else:
        sys.__excepthook__(kind, error, traceback)


def _raise_again() -> None:
    number = _choose_signal(None)
    signal.signal(number, _raise_once)
    timer = threading.Timer(RAISE_AGAIN_AFTER_S, interrupt_main, [number])
    timer.daemon = True
    timer.start()
