"""`panic3d` and `python -m panic3d`: ready for Ctrl-C and SIGTERM before anything else is imported."""

import os
import sys

from panic3d.runtime import interrupts


def main() -> None:
    interrupts.install_handler()
    # torch's large arrays in large pages, where the user has not said otherwise: a fifth of the backbone's time
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    try:
        from panic3d.cli import main as run
    except KeyboardInterrupt:
        print(f"panic3d: {interrupts.describe_stop()}", file=sys.stderr)
        sys.exit(interrupts.compute_exit_code())
    run()


if __name__ == "__main__":
    main()
