"""`python -m panic3d`."""

from panic3d.cli import main

main()
