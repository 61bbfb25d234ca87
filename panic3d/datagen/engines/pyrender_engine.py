"""Render the same views as `blender.py` with pyrender, on a GPU or on the processor: fast, and an independent check.

Needs EGL, but no display. Without a GPU, Mesa's llvmpipe draws, with as many threads as the engine is given.
"""

import functools
import importlib
import math
import os
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.camera import Camera
from panic3d.cameras.view import View, turn_towards_camera
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.datagen.engines.availability import EGL_INSTALL_COMMAND
from panic3d.datagen.engines.pixel_rectangle import bound_points
from panic3d.datagen.engines.sampling import PixelLattice, find_pixel_lattice
from panic3d.runtime.errors import UserError

os.environ["PYOPENGL_PLATFORM"] = "egl"  # before the first import of OpenGL
try:
    import pyrender
    from OpenGL.arrays.arraydatatype import ArrayDatatype
    from OpenGL.arrays.ctypesparameters import CtypesParameterHandler, ParamaterType
    from pyrender.platforms import egl

    from panic3d.datagen.engines.pyrender_lattice import SampleGrid
    from panic3d.datagen.engines.pyrender_passes import (
        TILE_SAMPLES,
        SurfacePrimitive,
        SurfaceTexture,
        Tile,
        ViewRenderer,
    )
except (ImportError, AttributeError) as error:  # PyOpenGL: AttributeError where the library is not there
    raise UserError(
        f"the engine pyrender needs EGL, which cannot be loaded ({error}): {EGL_INSTALL_COMMAND}"
    ) from error

with suppress(ImportError):
    # PyTorch's CUDA builds import triton when first needed, and that crashes once Mesa has loaded its own LLVM.
    importlib.import_module("triton")
# PyOpenGL 3.1.0, which pyrender requires, finds no handler for this type from Python 3.12 on.
ArrayDatatype.getRegistry().register(CtypesParameterHandler(), [ParamaterType])

GL_AXES = np.diag([1.0, -1.0, -1.0, 1.0])
"""From OpenGL's camera axes (view along -z, y up) to ours."""


def render_views(
    surfaces: Sequence[MaterialSurface],
    cameras: Sequence[Camera],
    size: int,
    samples: int,
    threads: int = 1,
    normals: bool = False,
    parts: Sequence[int] | None = None,
) -> list[View]:
    """Render one view per camera, with parts where `parts` gives the part id of each surface.

    `threads` counts at the first call of a process, which makes the OpenGL context. Raises UserError without EGL.
    """
    renderer, lattice = _make_renderer(threads), find_pixel_lattice(samples)
    textures = {
        id(surface.material.texture): SurfaceTexture(surface.material.texture)
        for surface in surfaces
        if surface.material.texture is not None
    }
    scene, first_triangle = pyrender.Scene(), 0
    primitives = []
    for surface in surfaces:
        primitives.append(SurfacePrimitive(surface, first_triangle, textures.get(id(surface.material.texture))))
        scene.add(pyrender.Mesh([primitives[-1]]))
        first_triangle += len(surface.triangles)
    vertices = np.concatenate([surface.xyz_head_m for surface in surfaces])
    transparent = np.concatenate([np.zeros((0, 3)), *(p.positions for p in primitives if p.layered)])
    attributes = _TriangleAttributes(surfaces, normals, parts)
    views = []
    for camera in cameras:
        if scene.main_camera_node is not None:
            scene.remove_node(scene.main_camera_node)
        scene.main_camera_node = scene.add(_make_camera(camera), pose=camera.head_from_camera() @ GL_AXES)
        views.append(_render_view(renderer, scene, camera, size, lattice, (vertices, transparent), attributes))
    return views


class _TriangleAttributes:
    """The normal and part of each triangle by its index; the last entry, index -1, stands for no triangle."""

    def __init__(self, surfaces: Sequence[MaterialSurface], normals: bool, parts: Sequence[int] | None) -> None:
        self.normal_head: Float[np.ndarray, "entries 3"] | None = None
        self.part: UInt8[np.ndarray, " entries"] | None = None
        if normals:
            corners = [surface.xyz_head_m[surface.triangles].astype(np.float64) for surface in surfaces]
            a, b, c = np.concatenate([*corners, np.zeros((1, 3, 3))]).transpose(1, 0, 2)
            self.normal_head = np.cross(b - a, c - a)
        if parts is not None:
            counts = [len(surface.triangles) for surface in surfaces]
            self.part = np.append(np.repeat(np.array(parts, np.uint8), counts), np.uint8(0))


def _render_view(
    renderer: ViewRenderer,
    scene: pyrender.Scene,
    camera: Camera,
    size: int,
    lattice: PixelLattice,
    points: tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "M 3"]],
    attributes: _TriangleAttributes,
) -> View:
    """Render one view, tile by tile. `points`: all vertices, and those of transparent surfaces."""
    rgba, depth_m = np.zeros((size, size, 4), np.uint8), np.full((size, size), np.nan, np.float32)
    triangle = np.full((size, size), -1, np.int32)
    covered, transparent = (bound_points(xyz_head_m, camera, size) for xyz_head_m in points)
    tile = min(size, math.isqrt(TILE_SAMPLES // lattice.samples))
    for bottom in range(0, size, tile):
        for left in range(0, size, tile):
            grid = SampleGrid(lattice, tile)
            part = Tile(
                grid, covered.clip_to_square(left, bottom, tile), transparent.clip_to_square(left, bottom, tile)
            )
            if part.covered.is_empty:
                continue
            half = size / 2
            tile_from_clip = np.array([[half, 0, 0, half - left], [0, half, 0, half - bottom], [0, 0, 0, 1.0]])
            drawn = renderer.render_tile(scene, tile_from_clip, part)
            rows = slice(size - bottom - part.covered.top, size - bottom - part.covered.bottom)
            columns = slice(left + part.covered.left, left + part.covered.right)
            rgba[rows, columns], depth_m[rows, columns], triangle[rows, columns] = drawn
    depth_m[triangle < 0] = np.nan
    return View(
        rgba,
        depth_m,
        None if attributes.normal_head is None else turn_towards_camera(attributes.normal_head[triangle], camera),
        None if attributes.part is None else attributes.part[triangle],
    )


def _make_camera(camera: Camera) -> pyrender.Camera:
    if camera.fov_deg is None:
        return pyrender.OrthographicCamera(BOX_SIDE_M / 2, BOX_SIDE_M / 2, camera.near_m, camera.far_m)
    return pyrender.PerspectiveCamera(np.radians(camera.fov_deg), camera.near_m, camera.far_m)


@functools.cache
def _make_renderer(threads: int) -> ViewRenderer:
    """Make the process's OpenGL context and its renderer. Raises UserError where no driver gives a context."""
    os.environ["LP_NUM_THREADS"] = str(threads if threads > 1 else 0)  # llvmpipe: 0 means the calling thread
    try:
        platform = egl.EGLPlatform(1, 1)
        platform.init_context()
        platform.make_current()
    except Exception as error:
        raise UserError(
            f"the engine pyrender got no OpenGL context from EGL ({error!r}): {EGL_INSTALL_COMMAND}"
        ) from error
    return ViewRenderer(platform)
