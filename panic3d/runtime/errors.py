"""Errors that a command reports as one sentence, without a traceback, and the exit code of each."""


class UserError(Exception):
    """Nothing could be done (exit code 1). The message says what was expected, what was found and what to do."""

    exit_code = 1


class WrongUsage(UserError):
    """An option has a value that is none of its choices (exit code 2, as click's own errors have)."""

    exit_code = 2


class ItemsFailed(UserError):
    """The work is finished, but some items failed (exit code 3). The message lists them."""

    exit_code = 3


class Interrupted(UserError):
    """The user stopped the command with Ctrl-C (exit code 130, as shells have it)."""

    exit_code = 130

    def __init__(self, message: str = "stopped by Ctrl-C; the same command goes on from here") -> None:
        super().__init__(message)
