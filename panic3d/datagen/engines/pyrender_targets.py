"""OpenGL framebuffers that the passes draw into and read from. All calls need a current OpenGL context."""

import numpy as np
from OpenGL import GL

from panic3d.datagen.engines.pixel_rectangle import PixelRectangle

PIXEL_FORMATS = {
    GL.GL_RGBA8: (GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, np.uint8, (4,)),
    GL.GL_R32F: (GL.GL_RED, GL.GL_FLOAT, np.float32, ()),
    GL.GL_R32I: (GL.GL_RED_INTEGER, GL.GL_INT, np.int32, ()),
}
"""How each texture format is read: OpenGL's format and type, numpy's type, channels."""


class RenderTarget:
    """A framebuffer whose attachments are textures, which later passes can read."""

    def __init__(self, width: int, height: int, formats: tuple[int, ...], depth: bool) -> None:
        self.width, self.height, self.formats = width, height, formats
        self.colours = [_make_texture(width, height, format_) for format_ in formats]
        self.depth = _make_texture(width, height, GL.GL_DEPTH_COMPONENT32F) if depth else None
        self.framebuffer = GL.glGenFramebuffers(1)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        points = [GL.GL_COLOR_ATTACHMENT0 + i for i in range(len(formats))]
        for point, texture in zip(points, self.colours, strict=True):
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, point, GL.GL_TEXTURE_2D, texture, 0)
        if self.depth is not None:
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_TEXTURE_2D, self.depth, 0)
        GL.glDrawBuffers(len(points), np.array(points, np.uint32))
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            raise RuntimeError(f"OpenGL cannot make a framebuffer of {width} x {height} pixels")

    def bind(self, region: PixelRectangle) -> None:
        """Draw what follows into this region of the target."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        GL.glViewport(0, 0, self.width, self.height)
        GL.glScissor(region.left, region.bottom, region.width, region.height)

    def clear(self, region: PixelRectangle, depth: float = 1.0) -> None:
        """Clear a region, colours to 0 and integers to -1, and bind it."""
        self.bind(region)
        # clearing the whole target is quicker than clearing a large region
        if region.width * region.height > self.width * self.height / 8:
            GL.glDisable(GL.GL_SCISSOR_TEST)
        for index, format_ in enumerate(self.formats):
            if format_ == GL.GL_R32I:
                GL.glClearBufferiv(GL.GL_COLOR, index, np.full(4, -1, np.int32))
            else:
                GL.glClearBufferfv(GL.GL_COLOR, index, np.zeros(4, np.float32))
        if self.depth is not None:
            GL.glDepthMask(GL.GL_TRUE)
            GL.glClearBufferfv(GL.GL_DEPTH, 0, np.array([depth], np.float32))
        GL.glEnable(GL.GL_SCISSOR_TEST)

    def read(self, region: PixelRectangle, index: int) -> np.ndarray:
        """Return the pixels of a region of a colour texture, (H, W) or (H, W, 4), row 0 on top."""
        format_, kind, dtype, channels = PIXEL_FORMATS[self.formats[index]]
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        GL.glReadBuffer(GL.GL_COLOR_ATTACHMENT0 + index)
        data = GL.glReadPixels(region.left, region.bottom, region.width, region.height, format_, kind, outputType=bytes)
        return np.frombuffer(data, dtype).reshape((region.height, region.width, *channels))[::-1]

    def delete(self) -> None:
        """Free the graphics memory."""
        textures = [*self.colours, *([] if self.depth is None else [self.depth])]
        GL.glDeleteTextures(textures)
        GL.glDeleteFramebuffers(1, [self.framebuffer])


def _make_texture(width: int, height: int, format_: int) -> int:
    texture = GL.glGenTextures(1)
    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
    GL.glTexStorage2D(GL.GL_TEXTURE_2D, 1, format_, width, height)
    GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MIN_FILTER, GL.GL_NEAREST)
    GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MAG_FILTER, GL.GL_NEAREST)
    return int(texture)
