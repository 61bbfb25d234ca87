"""The engines that render views: which there are, what each needs, and which one is the default here."""

import ctypes
import functools
import importlib.metadata
import logging
import platform
import sys
from typing import Literal, get_args

from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import format_install_command, is_installed, require_library

logger = logging.getLogger(__name__)

Engine = Literal["cycles", "pyrender"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
EGL_INSTALL_COMMAND = "sudo apt-get install -y libegl1 libgl1-mesa-dri"
LIBRARY_OF_ENGINE = {"cycles": "bpy", "pyrender": "pyrender"}
BLENDER_PYTHONS = ((3, 11), (3, 13))
"""Python versions with a wheel of bpy: Blender 4.5 LTS has one for 3.11, Blender 5 for 3.13."""


def has_blender_wheel() -> bool:
    """Return whether the extra `blender` installs bpy for this Python and this processor."""
    return sys.version_info[:2] in BLENDER_PYTHONS and platform.machine() != "aarch64"


@functools.cache
def choose_default_engine() -> Engine:
    """Return the engine to render with where none is chosen: Cycles, or pyrender where bpy has no wheel.

    The second is logged once, as a warning.
    """
    if is_installed("bpy") or has_blender_wheel():
        return "cycles"
    python = f"Python {sys.version_info.major}.{sys.version_info.minor} on {platform.machine()}"
    logger.warning("rendering with pyrender, because Blender's module bpy has no wheel for %s", python)
    return "pyrender"


def check_engine(engine: Engine) -> None:
    """Raise UserError where the engine cannot run here, as far as can be told without starting it."""
    if engine == "cycles":
        if not is_installed("bpy"):
            remedy = (
                f"{format_install_command('blender')}, or" if has_blender_wheel() else "use Python 3.11 or 3.13, or"
            )
            raise UserError(
                f"rendering with Cycles needs bpy, which is not installed: {remedy} choose --engine pyrender"
            )
        return
    require_library("pyrender", "--engine pyrender")
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libEGL.so.1")
        except OSError as error:
            message = f"--engine pyrender needs EGL, which is not installed ({error}): {EGL_INSTALL_COMMAND}"
            raise UserError(message) from error


def get_engine_version(engine: Engine) -> dict[str, str]:
    """Return the name and version of the engine's library, for `dataset.json`."""
    library = LIBRARY_OF_ENGINE[engine]
    return {library: importlib.metadata.version(library)}
