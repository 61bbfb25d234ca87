"""Pictures in the graphics memory that passes draw into and read from. OpenGL calls only; needs a current context."""

import numpy as np
from OpenGL import GL

from panic3d.datagen.engines.rectangle import Rectangle

READING = {
    GL.GL_RGBA8: (GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, np.uint8, (4,)),
    GL.GL_R32F: (GL.GL_RED, GL.GL_FLOAT, np.float32, ()),
    GL.GL_R32I: (GL.GL_RED_INTEGER, GL.GL_INT, np.int32, ()),
}
"""How a texture's pixels leave: format, type, numpy's type, channels."""


class Target:
    """A framebuffer of textures, which later passes may read texel by texel."""

    def __init__(self, width: int, height: int, forms: tuple[int, ...], depth: bool) -> None:
        self.width, self.height, self.forms = width, height, forms
        self.colours = [_texture(width, height, form) for form in forms]
        self.depth = _texture(width, height, GL.GL_DEPTH_COMPONENT32F) if depth else None
        self.framebuffer = GL.glGenFramebuffers(1)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        points = [GL.GL_COLOR_ATTACHMENT0 + i for i in range(len(forms))]
        for point, texture in zip(points, self.colours, strict=True):
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, point, GL.GL_TEXTURE_2D, texture, 0)
        if self.depth is not None:
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_TEXTURE_2D, self.depth, 0)
        GL.glDrawBuffers(len(points), np.array(points, np.uint32))
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            raise RuntimeError(f"OpenGL refuses a framebuffer of {width} x {height} pixels")

    def bind(self, part: Rectangle) -> None:
        """All that follows is drawn into this part of the target."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        GL.glViewport(0, 0, self.width, self.height)
        GL.glScissor(part.left, part.bottom, part.width, part.height)

    def clear(self, part: Rectangle, depth: float = 1.0) -> None:
        """Binds the part emptied: colours 0, numbers -1. A large part is emptied with the rest, which is quicker."""
        self.bind(part)
        if part.width * part.height > self.width * self.height / 8:
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
        data = GL.glReadPixels(part.left, part.bottom, part.width, part.height, form, kind, outputType=bytes)
        return np.frombuffer(data, dtype).reshape((part.height, part.width, *channels))[::-1]

    def delete(self) -> None:
        textures = [*self.colours, *([] if self.depth is None else [self.depth])]
        GL.glDeleteTextures(textures)
        GL.glDeleteFramebuffers(1, [self.framebuffer])


def _texture(width: int, height: int, form: int) -> int:
    texture = GL.glGenTextures(1)
    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
    GL.glTexStorage2D(GL.GL_TEXTURE_2D, 1, form, width, height)
    GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MIN_FILTER, GL.GL_NEAREST)
    GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MAG_FILTER, GL.GL_NEAREST)
    return int(texture)
