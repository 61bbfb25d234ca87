"""`panic3d` and `python -m panic3d`: ready for Ctrl-C before anything else is imported."""

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
        print("panic3d: stopped by Ctrl-C", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
