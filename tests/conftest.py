"""Shapes in signatures are checked in every test run. Tests run in several processes: numpy takes one thread each."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy reads it when it is first imported

from jaxtyping import install_import_hook

install_import_hook("panic3d", "beartype.beartype")
