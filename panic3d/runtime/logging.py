"""How the package reports what it does: the standard `logging`, as plain sentences on standard error in the CLI.

Library code logs through `logging.getLogger(__name__)`: `info` for what a user wants to know while a command runs,
`warning` for what may be wrong with the result. Nothing but a command's own result is printed on standard output.
"""

import logging

import click

PACKAGE = "panic3d"


class SentenceHandler(logging.Handler):
    """Writes each message as a line on the current standard error, which tests and progress bars may replace."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            click.echo(self.format(record), err=True)
        except Exception:
            self.handleError(record)


def configure_logging(level: int = logging.INFO) -> None:
    """Show the package's messages from `level` on as plain lines on standard error. Idempotent."""
    logger = logging.getLogger(PACKAGE)
    logger.setLevel(level)
    if not any(isinstance(handler, SentenceHandler) for handler in logger.handlers):
        logger.addHandler(SentenceHandler())
    logger.propagate = False
