"""What some tests need beyond the core installation; without it they are skipped, each with one of these reasons.

A test is skipped only where something of another party is absent (a package, a program, a folder of data). An error in
a module of this project is never a reason to skip.
"""

import importlib.util
import os
from pathlib import Path

import pytest

from panic3d.datagen.engines.availability import Engine, check_engine
from panic3d.runtime.errors import UserError

REAL_DATA = Path(os.environ.get("PANIC3D_SHARED") or Path(__file__).parents[3] / "shared")
"""A folder of real avatars, drawn portraits and records of sites, which the repository does not hold.

The environment variable PANIC3D_SHARED names it. Its parts: `avatars/`, `portraits/`, `metadata/`, `weights/`,
`parity/`.
"""


def is_installed(module: str) -> bool:
    """Whether a top-level module of another package can be found; nothing is imported."""
    return importlib.util.find_spec(module) is not None


needs_blender = pytest.mark.skipif(not is_installed("bpy"), reason="Blender is not installed (bpy)")
needs_igl = pytest.mark.skipif(not is_installed("igl"), reason="libigl is not installed (igl)")
needs_ray = pytest.mark.skipif(not is_installed("ray"), reason="Ray is not installed (ray)")


def require_package(module: str) -> None:
    """Skip the running test where the package that holds `module` is not installed."""
    if not is_installed(module):
        pytest.skip(f"a package is not installed ({module})")


def require_engine(engine: Engine) -> None:
    """Skip the running test where a library that the engine needs (bpy, pyrender, EGL) is not installed."""
    try:
        check_engine(engine)
    except UserError:
        pytest.skip(f"the engine {engine} lacks its library")


def require_real_data(part: str) -> Path:
    """Return the path of a part of the folder of real data; skip the running test where it is absent."""
    path = REAL_DATA / part
    if not path.exists():
        pytest.skip(f"no {part.split('/')[0]} in a folder of real data (PANIC3D_SHARED)")
    return path


def list_real_files(part: str, *patterns: str) -> list[Path]:
    """Return the files of a part of the folder of real data, sorted by pattern and path; none where it is absent."""
    return [path for pattern in patterns for path in sorted((REAL_DATA / part).rglob(pattern))]
