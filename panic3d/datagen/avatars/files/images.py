"""Decoding of the images that avatars contain, within limits."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.runtime.pictures import MAX_PIXELS, TooManyPixels, open_picture

MAX_TOTAL_PIXELS = 4 * MAX_PIXELS
IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "DDS", "GIF")
"""The formats that glTF and MMD files use. Pillow opens more, some of them by starting other programs."""


class ImageDecoder:
    """Decodes the images of one avatar, which together may have at most 4 times 8192 x 8192 pixels."""

    def __init__(self) -> None:
        self._remaining_pixels = MAX_TOTAL_PIXELS

    def decode(self, data: bytes, name: str) -> UInt8[np.ndarray, "H W 4"]:
        """Decode an image as RGBA.

        Raises AvatarError, which names it, where it is broken, of unknown format or too large.

        The size is checked before anything is decoded, since a few bytes may claim gigabytes.
        """
        try:
            with open_picture(data, IMAGE_FORMATS) as picture:
                pixels = picture.width * picture.height
                if pixels > self._remaining_pixels:
                    size = f"{picture.width} x {picture.height}"
                    raise AvatarError(f"{name} of {size} pixels, all pictures taken together, is too large")
                self._remaining_pixels -= pixels
                return np.array(picture.convert("RGBA"))
        except Image.UnidentifiedImageError as error:
            raise AvatarError(f"{name} cannot be decoded: none of {', '.join(IMAGE_FORMATS)}") from error
        except AvatarError:
            raise
        except TooManyPixels as error:
            raise AvatarError(f"{name}: {error}") from error
        except Exception as error:  # broken bytes cause exceptions of any type in Pillow's readers
            raise AvatarError(f"{name} cannot be decoded: {type(error).__name__}: {error}") from error
