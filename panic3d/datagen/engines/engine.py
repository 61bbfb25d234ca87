"""The engines that draw views: which there are, what each needs, and one call for both."""

import ctypes
import importlib.metadata
import importlib.util
import sys
from collections.abc import Sequence
from typing import Literal, get_args

from panic3d.cameras.camera import Camera
from panic3d.cameras.view import View
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.runtime.errors import UserError

Engine = Literal["cycles", "pyrender"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
EGL_PACKAGES = "sudo apt-get install -y libegl1 libgl1-mesa-dri"
_LIBRARY = {"cycles": "bpy", "pyrender": "pyrender"}


def check_engine(engine: Engine) -> None:
    """UserError where the engine cannot run here, as far as can be told without starting it."""
    if importlib.util.find_spec(_LIBRARY[engine]) is None:
        if engine == "cycles":
            raise UserError(
                "rendering needs Blender's module bpy, which is not installed: pip install 'panic3d[blender]', "
                "or take --engine pyrender"
            )
        raise UserError("--engine pyrender needs the module pyrender, which is not installed: pip install pyrender")
    if engine == "pyrender" and sys.platform == "linux":
        try:
            ctypes.CDLL("libEGL.so.1")
        except OSError as error:
            raise UserError(f"--engine pyrender needs EGL, which is not installed ({error}): {EGL_PACKAGES}") from error


def engine_version(engine: Engine) -> dict[str, str]:
    """The library that draws and its version, for `dataset.json`."""
    return {_LIBRARY[engine]: importlib.metadata.version(_LIBRARY[engine])}


def render_views(
    engine: Engine,
    surfaces: Sequence[MaterialSurface],
    cameras: Sequence[Camera],
    size: int,
    samples: int,
    threads: int,
    normals: bool = False,
    parts: Sequence[int] | None = None,
) -> list[View]:
    """A picture for each camera; `parts` are the part ids of the surfaces. UserError where the engine cannot run."""
    if engine == "pyrender":
        from panic3d.datagen.engines import raster

        return raster.render_views(surfaces, cameras, size, samples, threads, normals, parts)
    from panic3d.datagen.engines import blender

    return blender.render_views(surfaces, cameras, size, samples, threads, normals, parts)
