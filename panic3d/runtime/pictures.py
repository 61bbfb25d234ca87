"""Open pictures within a limit of pixels, which is checked before anything is decoded.

A few bytes may claim gigabytes of pixels.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image

from panic3d.runtime.regular_files import read_file

MAX_PIXELS = 8192 * 8192
MAX_PICTURE_BYTES = 1 << 28
PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "DDS", "GIF", "TIFF")
"""Formats that hold pixels. Pillow opens more, some of them by starting other programs."""


class TooManyPixels(ValueError):
    """A picture claims more pixels than are decoded."""


def check_pixels(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    """Raise TooManyPixels where a picture has more pixels than are decoded."""
    if width * height > max_pixels:
        raise TooManyPixels(f"a picture of {width} x {height} pixels is too large: at most {max_pixels:,} are decoded")


@contextmanager
def open_picture(
    source: Path | bytes, formats: tuple[str, ...] = PICTURE_FORMATS, max_pixels: int = MAX_PIXELS
) -> Iterator[Image.Image]:
    """Open a picture from a file or its bytes; the pixels are decoded when they are used.

    Raises TooManyPixels, UnsuitableFile for what is no regular file, and Pillow's own exceptions for broken bytes.
    """
    data = read_file(source, MAX_PICTURE_BYTES) if isinstance(source, Path) else source
    try:
        image = Image.open(BytesIO(data), formats=formats)
    except Image.DecompressionBombError as error:
        raise TooManyPixels(f"a picture is too large: at most {max_pixels:,} pixels are decoded") from error
    with image:
        check_pixels(*image.size, max_pixels)
        yield image
