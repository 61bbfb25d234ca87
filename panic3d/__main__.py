"""`panic3d` and `python -m panic3d`: ready for Ctrl-C before anything else is imported."""

import sys

from panic3d import ctrl_c


def main() -> None:
    ctrl_c.listen()
    try:
        from panic3d.cli import main as run
    except KeyboardInterrupt:
        print("panic3d: stopped by Ctrl-C", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
