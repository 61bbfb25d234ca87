"""Any picture file as RGBA: grey, palette, 16-bit, turned by EXIF, animated, large; broken ones refused."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from panic3d.runtime.errors import UserError

SMALLEST_PX, LARGEST_PX = 64, 8000
KEPT_PX = 4096
"""Longer sides are averaged down to at most this: a face of a twentieth of it still fills the canonical portrait."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "ICO", "JPEG2000", "AVIF", "QOI", "DDS", "PSD")
"""What holds pixels; formats that run an interpreter (EPS, WMF) are left out."""


@dataclass(frozen=True)
class Picture:
    """A picture's pixels, straight alpha, upright; `shrink` file pixels on each side went into one."""

    rgba: UInt8[np.ndarray, "H W 4"]
    shrink: int


def read_picture(path: Path, notice: Callable[[str], None]) -> Picture:
    """`notice` takes a sentence where something of the file is not used. UserError is one sentence on what is wrong."""
    if path.is_dir():
        raise UserError(f"{path} is a folder: name the pictures in it")
    if not path.exists():
        raise UserError(f"there is no file {path}")
    if not path.is_file():
        raise UserError(f"{path} is no plain file: expected a picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, on odd metadata and on sizes, which are judged here
            with Image.open(path, formats=FORMATS) as image:
                _check_size(path, *image.size)
                _one_frame(image, path, notice)
                return _pixels(image, path)
    except UserError:
        raise
    except UnidentifiedImageError as error:
        raise UserError(f"{path} is not a picture: expected PNG, JPEG, WebP, GIF, BMP or TIFF") from error
    except PermissionError as error:
        raise UserError(f"{path} may not be read: {error.strerror}") from error
    except Image.DecompressionBombError as error:
        raise UserError(f"{path} has too many pixels: expected at most {LARGEST_PX}x{LARGEST_PX}") from error
    except MemoryError as error:
        raise UserError(f"{path} needs more memory than there is: save it smaller") from error
    except Exception as error:  # Pillow's decoders raise a dozen types for bytes that are not theirs
        said = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{path} cannot be read as a picture ({said}): it may be cut off or broken") from error


def _check_size(path: Path, width: int, height: int) -> None:
    if min(width, height) < SMALLEST_PX:
        raise UserError(f"{path} is {width}x{height}: expected at least {SMALLEST_PX} pixels on each side")
    if max(width, height) > LARGEST_PX:
        raise UserError(f"{path} is {width}x{height}: expected at most {LARGEST_PX} pixels on each side")


def _one_frame(image: Image.Image, path: Path, notice: Callable[[str], None]) -> None:
    if getattr(image, "is_animated", False) and image.format != "PSD":
        notice(f"{path} has several pictures: the first is taken")
        image.seek(0)


def _pixels(image: Image.Image, path: Path) -> Picture:
    longest = max(image.size)
    image.draft("RGB", (KEPT_PX, KEPT_PX))  # JPEG alone: decodes at half the size where that is still enough
    image.load()
    with suppress(Exception):  # broken EXIF is no reason to refuse the pixels
        ImageOps.exif_transpose(image, in_place=True)
    image = _in_srgb(_eight_bits(image)).convert("RGBA")
    if (shrink := -(-max(image.size) // KEPT_PX)) > 1:
        image = image.convert("RGBa").reduce(shrink).convert("RGBA")  # colours weighted by their opacity
    rgba = np.asarray(image)
    if not (rgba[..., 3] >= 128).any():
        raise UserError(f"{path} is empty: no pixel is at least half opaque")
    return Picture(rgba, max(1, round(longest / max(image.size))))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits, which Pillow would clip instead of scale."""
    if image.mode not in ("F", "I") and not image.mode.startswith("I;16"):
        return image
    grey = np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0, neginf=0)
    highest = grey.max()
    if image.mode == "F":
        full = 1.0 if highest <= 1 else 255.0 if highest <= 255 else highest
    else:
        full = 255.0 if image.mode == "I" and highest <= 255 else max(65535.0, highest)
    return Image.fromarray(np.round(grey.clip(0, full) / full * 255).astype(np.uint8))


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours of an embedded profile as sRGB; a profile that does not fit is left aside."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "L", "CMYK"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
        found = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode=mode
        )
        return found if found is not None else image
    return image
