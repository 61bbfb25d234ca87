"""Pictures in the graphics memory that passes draw into and read from. OpenGL calls only; needs a current context."""

from dataclasses import dataclass

import numpy as np
from OpenGL import GL

READING = {
    GL.GL_RGBA8: (GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, np.uint8, (4,)),
    GL.GL_R32F: (GL.GL_RED, GL.GL_FLOAT, np.float32, ()),
    GL.GL_R32I: (GL.GL_RED_INTEGER, GL.GL_INT, np.int32, ()),
}
"""How a texture's pixels leave: format, type, numpy's type, channels."""


@dataclass(frozen=True)
class Rectangle:
    """Pixels of a square picture, half open; rows count upwards, as OpenGL's do."""

    left: int
    bottom: int
    right: int
    top: int

    @property
    def empty(self) -> bool:
        return self.area == 0

    def within(self, left: int, bottom: int, size: int) -> "Rectangle":
        """What lies in a square, seen from its corner."""
        across, up = (
            (low - corner, high - corner)
            for low, high, corner in ((self.left, self.right, left), (self.bottom, self.top, bottom))
        )
        return Rectangle(*(min(max(edge, 0), size) for edge in (across[0], up[0], across[1], up[1])))

    @property
    def area(self) -> int:
        return max(0, self.right - self.left) * max(0, self.top - self.bottom)


class Target:
    """A framebuffer of square textures, which later passes may read texel by texel."""

    def __init__(self, size: int, forms: tuple[int, ...], depth: bool) -> None:
        self.size, self.forms = size, forms
        self.colours = [_texture(size, form) for form in forms]
        self.depth = _texture(size, GL.GL_DEPTH_COMPONENT32F) if depth else None
        self.framebuffer = GL.glGenFramebuffers(1)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        points = [GL.GL_COLOR_ATTACHMENT0 + i for i in range(len(forms))]
        for point, texture in zip(points, self.colours, strict=True):
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, point, GL.GL_TEXTURE_2D, texture, 0)
        if self.depth is not None:
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_TEXTURE_2D, self.depth, 0)
        GL.glDrawBuffers(len(points), np.array(points, np.uint32))
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            raise RuntimeError(f"OpenGL refuses a framebuffer of {size} x {size} pixels")

    def bind(self, part: Rectangle) -> None:
        """All that follows is drawn into this part of the target."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        GL.glViewport(0, 0, self.size, self.size)
        GL.glScissor(part.left, part.bottom, part.right - part.left, part.top - part.bottom)

    def clear(self, part: Rectangle, depth: float = 1.0) -> None:
        """Binds the part emptied: colours 0, numbers -1. A large part is emptied with the rest, which is quicker."""
        self.bind(part)
        if part.area > self.size**2 / 8:
            GL.glDisable(GL.GL_SCISSOR_TEST)
        for index, form in enumerate(self.forms):
            if form == GL.GL_R32I:
                GL.glClearBufferiv(GL.GL_COLOR, index, np.full(4, -1, np.int32))
            else:
                GL.glClearBufferfv(GL.GL_COLOR, index, np.zeros(4, np.float32))
        if self.depth is not None:
            GL.glDepthMask(GL.GL_TRUE)
            GL.glClearBufferfv(GL.GL_DEPTH, 0, np.array([depth], np.float32))
        GL.glEnable(GL.GL_SCISSOR_TEST)

    def read(self, part: Rectangle, index: int) -> np.ndarray:
        """The pixels of a part of a colour texture, (H, W) or (H, W, 4), row 0 on top."""
        form, kind, dtype, channels = READING[self.forms[index]]
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        GL.glReadBuffer(GL.GL_COLOR_ATTACHMENT0 + index)
        width, height = part.right - part.left, part.top - part.bottom
        data = GL.glReadPixels(part.left, part.bottom, width, height, form, kind, outputType=bytes)
        return np.frombuffer(data, dtype).reshape((height, width, *channels))[::-1]

    def delete(self) -> None:
        textures = [*self.colours, *([] if self.depth is None else [self.depth])]
        GL.glDeleteTextures(textures)
        GL.glDeleteFramebuffers(1, [self.framebuffer])


def _texture(size: int, form: int) -> int:
    texture = GL.glGenTextures(1)
    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
    GL.glTexStorage2D(GL.GL_TEXTURE_2D, 1, form, size, size)
    GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MIN_FILTER, GL.GL_NEAREST)
    GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MAG_FILTER, GL.GL_NEAREST)
    return int(texture)
