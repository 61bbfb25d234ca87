"""What `make bench` measures: one file per benchmark, each beside a named peer in the same run (see `table.py`)."""
