"""The queue of heads to make, in the server process, and the worker process as it sees it."""
