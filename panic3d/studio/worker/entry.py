"""The worker process, `python -m panic3d.studio.worker.entry DEVICE PARENT`. It ends when its parent does."""

import logging
import os
import sys

from panic3d.runtime.errors import DEBUG_VARIABLE
from panic3d.runtime.logging import PACKAGE, configure_logging
from panic3d.runtime.worker_processes import set_up_worker


def main(device: str, parent_id: int) -> None:
    """Work for the server whose process started this one, with orders on standard input and events on standard output.

    Libraries' output goes to standard error, which is the server's.
    """
    set_up_worker(parent_id)
    if os.environ.get(DEBUG_VARIABLE):
        configure_logging(logging.DEBUG)
    logging.getLogger(PACKAGE).propagate = False  # warnings go into the records
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    from panic3d.studio.worker.loop import Worker  # seconds of imports, in which the parent may end already

    Worker(device, sys.stdin.buffer, events).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
