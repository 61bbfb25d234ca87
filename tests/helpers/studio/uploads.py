"""Pictures to upload: a face, none, and files that are no pictures."""

import io
from functools import cache

import numpy as np
from PIL import Image

from helpers.heads.fitted_head import make_fitted_head
from helpers.heads.sphere_shards import make_sphere_views

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def encode_png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


@cache
def make_face_picture() -> bytes:
    """Return a generated character from the front, cut out."""
    return encode_png(make_fitted_head().prepared.picture.rgba)


def make_faceless_picture() -> bytes:
    """Return a picture in which no face is found; the worker says so after a moment."""
    return encode_png(np.full((160, 160, 3), (90, 140, 200), np.uint8))


def make_ball_picture() -> bytes:
    """Return a ball, cut out."""
    return make_sphere_views(0.2, 0.05, 256)["front.rgba.png"]
