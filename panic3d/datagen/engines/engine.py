"""Render views of surfaces with either engine."""

import importlib
from collections.abc import Sequence

from panic3d.cameras.camera import Camera
from panic3d.cameras.view import View
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.datagen.engines.availability import Engine
from panic3d.runtime.errors import name_stage

MODULE_OF_ENGINE = {
    "cycles": "panic3d.datagen.engines.blender",
    "pyrender": "panic3d.datagen.engines.pyrender_engine",
}


def load_engine(engine: Engine) -> None:
    """Import the engine's library. Raises UserError where that fails.

    A process that renders with Blender must do so before it imports Open3D: both bring the library TBB, and bpy does
    not run with Open3D's.
    """
    importlib.import_module(MODULE_OF_ENGINE[engine])


@name_stage("rendering the views")
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
    """Render one view per camera. Raises UserError where the engine cannot run.

    Args:
        engine: the engine.
        surfaces: what to draw, in the head frame.
        cameras: one per view.
        size: width and height of a view in pixels.
        samples: samples per pixel for colour and coverage.
        threads: threads to render with.
        normals: whether the views have normals.
        parts: the part id of each surface, for views with parts.
    """
    load_engine(engine)
    if engine == "pyrender":
        from panic3d.datagen.engines import pyrender_engine

        return pyrender_engine.render_views(surfaces, cameras, size, samples, threads, normals, parts)
    from panic3d.datagen.engines import blender

    return blender.render_views(surfaces, cameras, size, samples, threads, normals, parts)
