"""Shapes in signatures are checked in every test run; tests run in several processes, so numpy takes one thread in each."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from jaxtyping import install_import_hook  # noqa: E402  (numpy reads the variable when it is first imported)

install_import_hook("panic3d", "beartype.beartype")
