"""Errors that a command reports as one sentence, without a traceback, and the exit code of each."""

from panic3d.runtime import interrupts
from panic3d.runtime.sentences import escape_control_characters


class UserError(Exception):
    """Nothing could be done (exit code 1). The message says what was expected, what was found and what to do.

    Control characters in it, which come from files and names, are escaped.
    """

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(escape_control_characters(message))


class WrongUsage(UserError):
    """An option has a value that is none of its choices (exit code 2, as click's own errors have)."""

    exit_code = 2


class ItemsFailed(UserError):
    """The work is finished, but some items failed (exit code 3). The message lists them."""

    exit_code = 3


class Interrupted(UserError):
    """The command was stopped by Ctrl-C or SIGTERM (exit code 130 or 143, as shells have it)."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or f"{interrupts.describe_stop()}; the same command goes on from here")
        self.exit_code = interrupts.compute_exit_code()
