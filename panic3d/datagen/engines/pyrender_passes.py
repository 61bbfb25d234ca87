"""The passes of one view: pyrender's renderer with shaders of this package (`shaders/`).

Colour and coverage are drawn on a grid of samples (`pyrender_lattice`): opaque surfaces with a depth buffer, then
transparent ones by depth peeling (Everitt 2001), nearest layer first, until a layer is empty. A last pass averages the
samples of each pixel in linear light. Depth and triangles are drawn separately with one sample at each pixel's centre.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyrender
from jaxtyping import Float, Int, UInt8
from OpenGL import GL
from pyrender.constants import RenderFlags
from pyrender.platforms.base import Platform
from pyrender.shader_program import ShaderProgram, ShaderProgramCache

from panic3d.datagen.avatars.character.materials import MIN_SURFACE_OPACITY, Texture
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.datagen.engines.opacity import OPAQUE_FROM, can_be_transparent, has_vertex_colours
from panic3d.datagen.engines.pixel_rectangle import PixelRectangle
from panic3d.datagen.engines.pyrender_lattice import SampleGrid
from panic3d.datagen.engines.pyrender_targets import RenderTarget

TILE_SAMPLES = 512 * 512 * 16
"""A view with more samples is drawn in tiles, which bounds the memory."""
MAX_LAYERS = 256
SHADERS = Path(__file__).with_name("shaders")
WRAPS = {"repeat": GL.GL_REPEAT, "clamp": GL.GL_CLAMP_TO_EDGE, "mirror": GL.GL_MIRRORED_REPEAT}
OPAQUE, LAYER, CENTRE = "OPAQUE_PASS", "LAYER_PASS", "CENTRE_PASS"


class SurfaceTexture(pyrender.Texture):
    """A base-colour texture, sampled as in Blender: bilinear on the encoded values, without mipmaps."""

    def __init__(self, texture: Texture) -> None:
        filter_ = GL.GL_NEAREST if texture.nearest else GL.GL_LINEAR
        wraps = {"wrapS": WRAPS[texture.wrap_u], "wrapT": WRAPS[texture.wrap_v]}
        sampler = pyrender.Sampler(magFilter=filter_, minFilter=filter_, **wraps)
        super().__init__(source=texture.rgba, source_channels="RGBA", sampler=sampler)

    def _add_to_context(self) -> None:
        """Upload with 16 bits, because Mesa interpolates 8-bit texels in 8 bits, which shows at alpha cut-offs."""
        self._texid = GL.glGenTextures(1)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._texid)
        height, width = self.source.shape[:2]
        texels = np.ascontiguousarray(self.source[::-1])  # row 0 of OpenGL's textures is at the bottom
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
        GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, GL.GL_RGBA16, width, height, 0, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, texels)
        for name, value in (
            (GL.GL_TEXTURE_MAG_FILTER, self.sampler.magFilter),
            (GL.GL_TEXTURE_MIN_FILTER, self.sampler.minFilter),
            (GL.GL_TEXTURE_WRAP_S, self.sampler.wrapS),
            (GL.GL_TEXTURE_WRAP_T, self.sampler.wrapT),
        ):
            GL.glTexParameteri(GL.GL_TEXTURE_2D, name, value)


class SurfacePrimitive(pyrender.Primitive):
    """A surface as a pyrender primitive, with what the passes need to draw it."""

    def __init__(self, surface: MaterialSurface, first_triangle: int, texture: SurfaceTexture | None) -> None:
        material = surface.material
        self.first_triangle = first_triangle
        self.coloured = has_vertex_colours(surface)
        self.tinted = self.coloured or material.factor_linear[:3] != (1.0, 1.0, 1.0)
        self.cut_out = can_be_transparent(surface)
        self.holdout = material.holdout
        self.layered = material.alpha_mode == "BLEND" and self.cut_out and not self.holdout
        super().__init__(
            positions=surface.xyz_head_m,
            texcoord_0=surface.uv * [1.0, -1.0] + [0.0, 1.0],  # row 0 is at the bottom
            color_0=surface.colour_linear if self.coloured else None,
            indices=surface.triangles,
            material=pyrender.MetallicRoughnessMaterial(
                name=material.name,
                alphaMode=material.alpha_mode,
                alphaCutoff=material.alpha_cutoff,
                doubleSided=material.double_sided,
                baseColorFactor=np.array(material.factor_linear),
                baseColorTexture=texture,
            ),
        )

    def min_opacity(self, kind: str) -> float:
        """Return the opacity below which a pass discards fragments."""
        if self.material.alphaMode == "MASK":
            return float(self.material.alphaCutoff)
        return MIN_SURFACE_OPACITY if kind == CENTRE or self.holdout else OPAQUE_FROM


@dataclass(frozen=True)
class Tile:
    """A square part of a view, and the regions of it that any surface and that transparent surfaces may cover."""

    grid: SampleGrid
    covered: PixelRectangle
    transparent: PixelRectangle


class ViewRenderer(pyrender.Renderer):
    """Draws scenes of `SurfacePrimitive`s for a square camera. Lives as long as its OpenGL context."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform  # keeps the context alive
        super().__init__(1, 1)  # pyrender's viewport: only its aspect is used here
        self._program_cache = ShaderProgramCache(str(SHADERS))
        self._targets: dict[str, RenderTarget] = {}
        self._grid: SampleGrid | None = None
        self._query = int(np.ravel(GL.glGenQueries(1))[0])
        self._screen = GL.glGenVertexArrays(1)

    def render_tile(
        self, scene: pyrender.Scene, tile_from_clip: Float[np.ndarray, "3 4"], tile: Tile
    ) -> tuple[UInt8[np.ndarray, "h w 4"], Float[np.ndarray, "h w"], Int[np.ndarray, "h w"]]:
        """Return straight sRGB, plane depth and triangle (-1: none) of the covered region of a tile.

        `tile_from_clip`: from the camera's clip space to homogeneous pixel coordinates in the tile.
        """
        self._update_context(scene, RenderFlags.NONE)
        self._make_targets(tile.grid)
        view, projection = self._get_camera_matrices(scene)
        self._depth_from_head = -view[2]
        primitives = [primitive for mesh in scene.meshes for primitive in mesh.primitives]
        primitives.sort(key=lambda primitive: primitive.first_triangle)
        GL.glEnable(GL.GL_SCISSOR_TEST)
        grid_from_clip = tile.grid.grid_from_pixel() @ tile_from_clip
        clip_from_clip = _clip_from_pixel(grid_from_clip, *tile.grid.width_height())
        self._clip_from_head = clip_from_clip @ projection @ view
        opaque, picture, centre = (self._targets[name] for name in ("opaque", "picture", "centre"))
        opaque.clear(tile.grid.bound(tile.covered))
        self._draw(primitives, OPAQUE)
        layered = [primitive for primitive in primitives if primitive.layered]
        transparent = tile.grid.bound(tile.transparent)
        has_layers = bool(layered) and not tile.transparent.is_empty and self._peel(layered, transparent)
        self._resolve(tile, transparent if has_layers else None)
        rgba = picture.read(tile.covered, 0)
        clip_from_clip = _clip_from_pixel(tile_from_clip, tile.grid.size, tile.grid.size)
        self._clip_from_head = clip_from_clip @ projection @ view
        centre.clear(tile.covered)
        self._draw(primitives, CENTRE)
        return rgba, centre.read(tile.covered, 0), centre.read(tile.covered, 1)

    def delete(self) -> None:
        """Free the graphics memory."""
        super().delete()
        for target in self._targets.values():
            target.delete()
        self._targets = {}

    def _make_targets(self, grid: SampleGrid) -> None:
        if grid == self._grid:
            return
        for target in self._targets.values():
            target.delete()
        self._grid = grid
        width, height = grid.width_height()
        self._targets = {
            "opaque": RenderTarget(width, height, (GL.GL_RGBA8,), depth=True),
            "layer even": RenderTarget(width, height, (GL.GL_RGBA16F,), depth=True),
            "layer odd": RenderTarget(width, height, (GL.GL_RGBA16F,), depth=True),
            "layers": RenderTarget(width, height, (GL.GL_RGBA16F,), depth=False),
            "picture": RenderTarget(grid.size, grid.size, (GL.GL_RGBA8,), depth=False),
            "centre": RenderTarget(grid.size, grid.size, (GL.GL_R32F, GL.GL_R32I), depth=True),
        }

    def _draw(self, primitives: Sequence[SurfacePrimitive], kind: str) -> None:
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_LESS)
        GL.glDisable(GL.GL_BLEND)
        for primitive in primitives:
            material = primitive.material
            program = self._load_surface_program(primitive, kind)
            program.set_uniform("clip_from_head", self._clip_from_head)
            program.set_uniform("depth_from_head", self._depth_from_head)
            program.set_uniform("factor_linear", np.asarray(material.baseColorFactor, np.float32))
            program.set_uniform("min_opacity", primitive.min_opacity(kind))
            program.set_uniform("opaque_from", OPAQUE_FROM)
            program.set_uniform("first_triangle", primitive.first_triangle)
            if material.baseColorTexture is not None:
                self._bind_texture(material.baseColorTexture, "base_colour", program)
            if kind == LAYER:
                self._bind_picture(self._before, "layer_before", program)
                self._bind_picture(self._targets["opaque"].depth, "opaque", program)
            if material.doubleSided:
                GL.glDisable(GL.GL_CULL_FACE)
            else:
                GL.glEnable(GL.GL_CULL_FACE)
            primitive._bind()
            GL.glDrawElements(GL.GL_TRIANGLES, primitive.indices.size, GL.GL_UNSIGNED_INT, None)
            primitive._unbind()
            self._reset_active_textures()
        GL.glDisable(GL.GL_CULL_FACE)

    def _load_surface_program(self, primitive: SurfacePrimitive, kind: str) -> ShaderProgram:
        wanted = {
            kind: True,
            "TEXTURED": primitive.material.baseColorTexture is not None,
            "VERTEX_COLOURS": primitive.coloured,
            "TINTED": primitive.tinted,
            "HOLDOUT": primitive.holdout,
            "CUT_OUT": primitive.cut_out and kind != LAYER,
        }
        return self._load_program("surface.vert", "surface.frag", {name: 1 for name, on in wanted.items() if on})

    def _peel(self, primitives: Sequence[SurfacePrimitive], region: PixelRectangle) -> bool:
        """Accumulate the transparent layers, nearest first, in `layers`. Return whether there are any."""
        layers, spare = self._targets["layers"], [self._targets["layer even"], self._targets["layer odd"]]
        layers.clear(region)
        spare[1].clear(region, depth=0.0)
        for index in range(MAX_LAYERS):
            layer = spare[index % 2]
            self._before = spare[1 - index % 2].depth
            layer.clear(region)
            GL.glBeginQuery(GL.GL_ANY_SAMPLES_PASSED, self._query)
            self._draw(primitives, LAYER)
            GL.glEndQuery(GL.GL_ANY_SAMPLES_PASSED)
            if not GL.glGetQueryObjectuiv(self._query, GL.GL_QUERY_RESULT):
                return index > 0
            layers.bind(region)
            GL.glEnable(GL.GL_BLEND)
            GL.glBlendFunc(GL.GL_ONE_MINUS_DST_ALPHA, GL.GL_ONE)
            program = self._load_program("screen.vert", "under.frag", {})
            self._bind_picture(layer.colours[0], "layer", program)
            self._draw_screen()
        return True

    def _resolve(self, tile: Tile, transparent: PixelRectangle | None) -> None:
        """Average the samples of each pixel, transparent layers over opaque surfaces."""
        self._targets["picture"].bind(tile.covered)
        GL.glDisable(GL.GL_BLEND)
        positions = tile.grid.sample_positions()
        defines = {"SAMPLE_COUNT": len(positions), **({} if transparent is None else {"LAYERED": 1})}
        program = self._load_program("screen.vert", "resolve.frag", defines)
        GL.glUniform2iv(GL.glGetUniformLocation(program._program_id, "positions"), len(positions), positions)
        across, up = tile.grid.lattice.samples_from_pixels().T
        program.set_uniform("across", across)
        program.set_uniform("up", up)
        self._bind_picture(self._targets["opaque"].colours[0], "opaque", program)
        if transparent is not None:
            self._bind_picture(self._targets["layers"].colours[0], "layers", program)
            corners = np.array([transparent.left, transparent.bottom, transparent.right, transparent.top])
            program.set_uniform("layer_bounds", corners)
        self._draw_screen()

    def _draw_screen(self) -> None:
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glBindVertexArray(self._screen)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glBindVertexArray(0)
        self._reset_active_textures()

    def _load_program(self, vertex: str, fragment: str, defines: dict[str, int]) -> ShaderProgram:
        program = self._program_cache.get_program(vertex, fragment, defines=defines)
        if not program._in_context():
            program._add_to_context()
        program._bind()
        return program

    def _bind_picture(self, texture: int | None, uniform: str, program: ShaderProgram) -> None:
        unit = self._get_next_active_texture()
        GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
        GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
        program.set_uniform(uniform, unit)


def _clip_from_pixel(pixel_from_clip: Float[np.ndarray, "3 4"], width: int, height: int) -> Float[np.ndarray, "4 4"]:
    """Return the map from a camera's clip space to that of a target with the given pixel coordinates; depth is kept."""
    clip_from_pixel = np.array([[2 / width, 0, -1], [0, 2 / height, -1], [0, 0, 1]])
    x, y, w = clip_from_pixel @ pixel_from_clip
    return np.stack([x, y, [0.0, 0.0, 1.0, 0.0], w])
