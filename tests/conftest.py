"""Shapes in signatures are checked in every test run."""

from pathlib import Path

import pytest
from jaxtyping import install_import_hook
from shared_folder import SHARED

install_import_hook("panic3d", "beartype.beartype")


@pytest.fixture
def shared_avatars() -> Path:
    """The real avatars beside the project; tests that need them skip where they are absent."""
    folder = SHARED / "avatars"
    if not folder.is_dir():
        pytest.skip(f"no real avatars at {folder}")
    return folder
