"""What `make bench` measures: one file a bench, each beside a named peer in the same run (see `table.py`)."""
