"""The passes of one view, on pyrender's renderer with shaders of our own (`shaders/`).

Colour and coverage are drawn with the samples of a lattice (`raster_lattice`): what is solid with a depth buffer, then
the see-through rest by depth peeling (Everitt 2001), nearest layer first, until a layer is empty; a last pass takes
the mean in linear light. Depth and triangles are drawn once more with one sample at each pixel's centre.
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
from panic3d.datagen.engines.opacity import OPAQUE_FROM, cuts_out, has_vertex_colours
from panic3d.datagen.engines.raster_lattice import FinePicture
from panic3d.datagen.engines.raster_targets import Target
from panic3d.datagen.engines.rectangle import Rectangle

TILE_SAMPLES = 512 * 512 * 16
"""A picture with more samples is drawn in tiles: the memory stays the same."""
MAX_LAYERS = 256
SHADERS = Path(__file__).with_name("shaders")
WRAPS = {"repeat": GL.GL_REPEAT, "clamp": GL.GL_CLAMP_TO_EDGE, "mirror": GL.GL_MIRRORED_REPEAT}
SOLID, LAYER, CENTRE = "SOLID_PASS", "LAYER_PASS", "CENTRE_PASS"


class SurfaceTexture(pyrender.Texture):
    """A base-colour texture, read as Blender does: between the four nearest texels, encoded, without mipmaps."""

    def __init__(self, texture: Texture) -> None:
        form = GL.GL_NEAREST if texture.nearest else GL.GL_LINEAR
        wraps = {"wrapS": WRAPS[texture.wrap_u], "wrapT": WRAPS[texture.wrap_v]}
        sampler = pyrender.Sampler(magFilter=form, minFilter=form, **wraps)
        super().__init__(source=texture.rgba, source_channels="RGBA", sampler=sampler)

    def _add_to_context(self) -> None:
        """As pyrender's, but with 16 bits: Mesa weighs 8-bit texels in 8 bits, which shows where alpha is cut off."""
        self._texid = GL.glGenTextures(1)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._texid)
        height, width = self.source.shape[:2]
        texels = np.ascontiguousarray(self.source[::-1])  # OpenGL's pictures start at the bottom
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
    """A surface in pyrender's terms, and what of it the passes have to draw."""

    def __init__(self, surface: MaterialSurface, first_triangle: int, texture: SurfaceTexture | None) -> None:
        material = surface.material
        self.first_triangle = first_triangle
        self.coloured = has_vertex_colours(surface)
        self.tinted = self.coloured or material.factor_linear[:3] != (1.0, 1.0, 1.0)
        self.cut_out = cuts_out(surface)
        self.holdout = material.holdout
        self.layered = material.alpha_mode == "BLEND" and self.cut_out and not self.holdout
        super().__init__(
            positions=surface.xyz_head_m,
            texcoord_0=surface.uv * [1.0, -1.0] + [0.0, 1.0],  # OpenGL's pictures start at the bottom
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

    def least_opacity(self, kind: str) -> float:
        """Fragments of less opacity are not there in a pass."""
        if self.material.alphaMode == "MASK":
            return float(self.material.alphaCutoff)
        return MIN_SURFACE_OPACITY if kind == CENTRE or self.holdout else OPAQUE_FROM


@dataclass(frozen=True)
class Tile:
    """A square part of a picture, and the pixels of it where anything and where see-through surfaces may lie."""

    fine: FinePicture
    seen: Rectangle
    veiled: Rectangle


class ViewRenderer(pyrender.Renderer):
    """Draws scenes of `SurfacePrimitive`s seen by a square camera. Lives as long as its OpenGL context."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform  # the context ends with it
        super().__init__(1, 1)  # pyrender's viewport: only its aspect is used here
        self._program_cache = ShaderProgramCache(str(SHADERS))
        self._targets: dict[str, Target] = {}
        self._fine: FinePicture | None = None
        self._query = int(np.ravel(GL.glGenQueries(1))[0])
        self._screen = GL.glGenVertexArrays(1)

    def render_tile(
        self, scene: pyrender.Scene, tile_from_clip: Float[np.ndarray, "3 4"], tile: Tile
    ) -> tuple[UInt8[np.ndarray, "h w 4"], Float[np.ndarray, "h w"], Int[np.ndarray, "h w"]]:
        """Straight sRGB, plane depth and triangle (-1: none) of the seen part of a tile.

        `tile_from_clip`: from the camera's clip space to homogeneous pixel coordinates in the tile.
        """
        self._update_context(scene, RenderFlags.NONE)
        self._make_targets(tile.fine)
        view, projection = self._get_camera_matrices(scene)
        self._depth_from_head = -view[2]
        primitives = [primitive for mesh in scene.meshes for primitive in mesh.primitives]
        primitives.sort(key=lambda primitive: primitive.first_triangle)
        GL.glEnable(GL.GL_SCISSOR_TEST)
        fine_from_clip = tile.fine.fine_from_pixel() @ tile_from_clip
        self._clip_from_head = _clip_from(fine_from_clip, *tile.fine.width_height()) @ projection @ view
        solid, picture, centre = (self._targets[name] for name in ("solid", "picture", "centre"))
        solid.clear(tile.fine.bounds(tile.seen))
        self._draw(primitives, SOLID)
        layered = [primitive for primitive in primitives if primitive.layered]
        veiled = tile.fine.bounds(tile.veiled)
        has_layers = bool(layered) and not tile.veiled.empty and self._peel(layered, veiled)
        self._resolve(tile, veiled if has_layers else None)
        rgba = picture.read(tile.seen, 0)
        self._clip_from_head = _clip_from(tile_from_clip, tile.fine.size, tile.fine.size) @ projection @ view
        centre.clear(tile.seen)
        self._draw(primitives, CENTRE)
        return rgba, centre.read(tile.seen, 0), centre.read(tile.seen, 1)

    def delete(self) -> None:
        super().delete()
        for target in self._targets.values():
            target.delete()
        self._targets = {}

    def _make_targets(self, fine: FinePicture) -> None:
        if fine == self._fine:
            return
        for target in self._targets.values():
            target.delete()
        self._fine = fine
        width, height = fine.width_height()
        self._targets = {
            "solid": Target(width, height, (GL.GL_RGBA8,), depth=True),
            "layer even": Target(width, height, (GL.GL_RGBA16F,), depth=True),
            "layer odd": Target(width, height, (GL.GL_RGBA16F,), depth=True),
            "layers": Target(width, height, (GL.GL_RGBA16F,), depth=False),
            "picture": Target(fine.size, fine.size, (GL.GL_RGBA8,), depth=False),
            "centre": Target(fine.size, fine.size, (GL.GL_R32F, GL.GL_R32I), depth=True),
        }

    def _draw(self, primitives: Sequence[SurfacePrimitive], kind: str) -> None:
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_LESS)
        GL.glDisable(GL.GL_BLEND)
        for primitive in primitives:
            material = primitive.material
            program = self._surface_program(primitive, kind)
            program.set_uniform("clip_from_head", self._clip_from_head)
            program.set_uniform("depth_from_head", self._depth_from_head)
            program.set_uniform("factor_linear", np.asarray(material.baseColorFactor, np.float32))
            program.set_uniform("least_opacity", primitive.least_opacity(kind))
            program.set_uniform("opaque_from", OPAQUE_FROM)
            program.set_uniform("first_triangle", primitive.first_triangle)
            if material.baseColorTexture is not None:
                self._bind_texture(material.baseColorTexture, "base_colour", program)
            if kind == LAYER:
                self._bind_picture(self._before, "layer_before", program)
                self._bind_picture(self._targets["solid"].depth, "solid", program)
            if material.doubleSided:
                GL.glDisable(GL.GL_CULL_FACE)
            else:
                GL.glEnable(GL.GL_CULL_FACE)
            primitive._bind()
            GL.glDrawElements(GL.GL_TRIANGLES, primitive.indices.size, GL.GL_UNSIGNED_INT, None)
            primitive._unbind()
            self._reset_active_textures()
        GL.glDisable(GL.GL_CULL_FACE)

    def _surface_program(self, primitive: SurfacePrimitive, kind: str) -> ShaderProgram:
        wanted = {
            kind: True,
            "TEXTURED": primitive.material.baseColorTexture is not None,
            "VERTEX_COLOURS": primitive.coloured,
            "TINTED": primitive.tinted,
            "HOLDOUT": primitive.holdout,
            "CUT_OUT": primitive.cut_out and kind != LAYER,
        }
        return self._program("surface.vert", "surface.frag", {name: 1 for name, on in wanted.items() if on})

    def _peel(self, primitives: Sequence[SurfacePrimitive], part: Rectangle) -> bool:
        """Gathers the see-through layers, nearest first, in `layers`; whether there are any."""
        layers, spare = self._targets["layers"], [self._targets["layer even"], self._targets["layer odd"]]
        layers.clear(part)
        spare[1].clear(part, depth=0.0)
        for index in range(MAX_LAYERS):
            layer = spare[index % 2]
            self._before = spare[1 - index % 2].depth
            layer.clear(part)
            GL.glBeginQuery(GL.GL_ANY_SAMPLES_PASSED, self._query)
            self._draw(primitives, LAYER)
            GL.glEndQuery(GL.GL_ANY_SAMPLES_PASSED)
            if not GL.glGetQueryObjectuiv(self._query, GL.GL_QUERY_RESULT):
                return index > 0
            layers.bind(part)
            GL.glEnable(GL.GL_BLEND)
            GL.glBlendFunc(GL.GL_ONE_MINUS_DST_ALPHA, GL.GL_ONE)
            program = self._program("screen.vert", "under.frag", {})
            self._bind_picture(layer.colours[0], "layer", program)
            self._draw_screen()
        return True

    def _resolve(self, tile: Tile, veiled: Rectangle | None) -> None:
        self._targets["picture"].bind(tile.seen)
        GL.glDisable(GL.GL_BLEND)
        places = tile.fine.places()
        defines = {"SAMPLE_COUNT": len(places), **({} if veiled is None else {"LAYERED": 1})}
        program = self._program("screen.vert", "resolve.frag", defines)
        GL.glUniform2iv(GL.glGetUniformLocation(program._program_id, "places"), len(places), places)
        across, up = tile.fine.lattice.samples_from_pixels().T
        program.set_uniform("across", across)
        program.set_uniform("up", up)
        self._bind_picture(self._targets["solid"].colours[0], "solid", program)
        if veiled is not None:
            self._bind_picture(self._targets["layers"].colours[0], "layers", program)
            program.set_uniform("veiled", np.array([veiled.left, veiled.bottom, veiled.right, veiled.top]))
        self._draw_screen()

    def _draw_screen(self) -> None:
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glBindVertexArray(self._screen)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glBindVertexArray(0)
        self._reset_active_textures()

    def _program(self, vertex: str, fragment: str, defines: dict[str, int]) -> ShaderProgram:
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


def _clip_from(pixel_from_clip: Float[np.ndarray, "3 4"], width: int, height: int) -> Float[np.ndarray, "4 4"]:
    """From one clip space to that of a picture, given by its pixel coordinates; depth stays what it is."""
    clip_from_pixel = np.array([[2 / width, 0, -1], [0, 2 / height, -1], [0, 0, 1]])
    across, up, whole = clip_from_pixel @ pixel_from_clip
    return np.stack([across, up, [0.0, 0.0, 1.0, 0.0], whole])
