"""Shapes in signatures are checked in every test run."""

import os
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

install_import_hook("panic3d", "beartype.beartype")

SHARED = Path(os.environ.get("PANIC3D_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture
def shared_avatars() -> Path:
    """The real avatars beside the project; tests that need them skip where they are absent."""
    folder = SHARED / "avatars"
    if not folder.is_dir():
        pytest.skip(f"no real avatars at {folder}")
    return folder
