"""Shapes in signatures are checked in every test run. Tests run in several processes: each takes one thread."""

import importlib
import os
import sys
from contextlib import suppress

# numpy and torch read these when they are first imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

if sys.version_info >= (3, 13):  # Blender 5 cannot be imported after Open3D, which tests import
    with suppress(ImportError):
        importlib.import_module("bpy")

import pytest
from jaxtyping import install_import_hook

import panic3d.models.reconstructor.rendering.cpu.ray_kernels  # noqa: F401 - before the hook: Numba compiles functions alone

install_import_hook("panic3d", "beartype.beartype")
pytest.register_assert_rewrite("helpers")

from helpers.skip_summary import pytest_terminal_summary  # noqa: E402

__all__ = ["pytest_terminal_summary"]
