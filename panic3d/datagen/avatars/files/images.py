"""Decoding the pictures that avatars bring along, within limits."""

import io

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from panic3d.datagen.avatars.files.errors import AvatarError

MAX_PIXELS = 8192 * 8192
MAX_PIXELS_TOGETHER = 4 * MAX_PIXELS
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "DDS", "GIF")
"""What glTF and MMD files really use. Pillow would open more, some of it by starting other programs."""


class PictureReader:
    """The pictures of one avatar, which together may have no more than 4 times 8192 x 8192 pixels."""

    def __init__(self) -> None:
        self._left = MAX_PIXELS_TOGETHER

    def decode(self, data: bytes, name: str) -> UInt8[np.ndarray, "H W 4"]:
        """A picture as RGBA. AvatarError, naming it, where it is broken, unknown or too large.

        The size is looked at before anything is unpacked: a few bytes may claim gigabytes.
        """
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                pixels = picture.width * picture.height
                if pixels > min(MAX_PIXELS, self._left):
                    more = "" if pixels > MAX_PIXELS else ", all pictures taken together,"
                    raise AvatarError(f"{name} of {picture.width} x {picture.height} pixels{more} is too large")
                self._left -= pixels
                return np.array(picture.convert("RGBA"))
        except Image.UnidentifiedImageError as error:
            raise AvatarError(f"{name} cannot be decoded: none of {', '.join(FORMATS)}") from error
        except AvatarError:
            raise
        except Exception as error:  # Pillow's readers raise whatever broken bytes lead them to
            raise AvatarError(f"{name} cannot be decoded: {type(error).__name__}: {error}") from error
