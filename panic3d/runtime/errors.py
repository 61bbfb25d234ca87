"""Errors that a command reports as one sentence, without a traceback, and the exit code of each."""

from collections.abc import Iterator
from contextlib import contextmanager

from panic3d.runtime import interrupts
from panic3d.runtime.sentences import escape_control_characters

DEBUG_VARIABLE = "PANIC3D_DEBUG"
"""The environment variable with which the command prints debug messages, tracebacks of failed items among them."""
STAGE_NOTE = "while "


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


@contextmanager
def name_stage(stage: str) -> Iterator[None]:
    """Note the stage of the work in errors that arise inside; also a decorator. The innermost stage counts."""
    try:
        yield
    except Exception as error:
        error.add_note(f"{STAGE_NOTE}{stage}")
        raise


def explain_unexpected_error(error: Exception) -> str:
    """Explain an error that one item caused and that is no UserError: its stage, and what to do."""
    notes = [note for note in getattr(error, "__notes__", []) if note.startswith(STAGE_NOTE)]
    stage = notes[0].removeprefix(STAGE_NOTE) if notes else "the work on it"
    if isinstance(error, MemoryError):
        return f"{stage} failed: memory ran out; close other programs, or use fewer workers"
    return (
        f"{stage} failed with an error that panic3d does not know ({type(error).__name__}): leave it out, or report it "
        f"with the traceback that {DEBUG_VARIABLE}=1 shows"
    )
