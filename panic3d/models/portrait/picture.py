"""Pictures as RGBA: files of any common kind (grey, palette, 16-bit, turned by EXIF, animated, large), and images."""

import warnings
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from panic3d.runtime.errors import UserError, name_stage
from panic3d.runtime.pictures import TooManyPixels, open_picture

SMALLEST_PX, LARGEST_PX = 64, 8000
KEPT_PX = 4096
"""Pictures are averaged down until their longer side has at most so many pixels: a face of a twentieth of it still
fills the canonical portrait."""
READABLE = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "ICO", "JPEG2000", "AVIF", "QOI", "DDS", "PSD")
"""Pillow's formats that hold pixels; those that run an interpreter (EPS, WMF) are left out."""
UNNAMED = "the picture"


@dataclass(frozen=True)
class Picture:
    """The pixels of a picture, upright."""

    rgba: UInt8[np.ndarray, "H W 4"]
    """Straight-alpha sRGB."""
    shrink: int = 1
    """Pixels of the file per pixel, along each side."""
    notes: tuple[str, ...] = ()
    """What of the file was not used, one sentence each."""


@name_stage("reading the picture")
def read_picture(path: Path, name: str | None = None) -> Picture:
    """Read a picture file, which messages call `name`, or by its path.

    Raises UserError, one sentence on what is wrong with it.
    """
    name = str(path) if name is None else name
    if path.is_dir():
        raise UserError(f"{name} is a folder: name the pictures in it")
    if not path.exists():
        raise UserError(f"there is no file {name}")
    if not path.is_file():
        raise UserError(f"{name} is no plain file: expected a picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, on odd metadata and on sizes, which are checked here
            with open_picture(path, READABLE, LARGEST_PX**2) as image:
                return make_picture_from_image(image, name)
    except UserError:
        raise
    except UnidentifiedImageError as error:
        raise UserError(f"{name} is not a picture: expected PNG, JPEG, WebP, GIF, BMP or TIFF") from error
    except PermissionError as error:
        raise UserError(f"{name} may not be read: {error.strerror}") from error
    except TooManyPixels as error:
        raise UserError(f"{name} has too many pixels: expected at most {LARGEST_PX}x{LARGEST_PX}") from error
    except MemoryError as error:
        raise UserError(f"{name} needs more memory than there is: save it smaller") from error
    except Exception as error:  # Pillow's decoders raise a dozen types for bytes that are not theirs
        said = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{name} cannot be read as a picture ({said}): it may be cut off or broken") from error


def make_picture_from_image(image: Image.Image, name: str = UNNAMED) -> Picture:
    """Take the pixels of a Pillow image, turned upright and in sRGB.

    Raises UserError if it is too small, too large or empty.
    """
    _check_size(name, *image.size)
    notes = []
    if getattr(image, "is_animated", False) and image.format != "PSD":
        notes.append(f"{name} has several pictures: the first is taken")
        image.seek(0)
    longest = max(image.size)
    image.draft("RGB", (KEPT_PX, KEPT_PX))  # JPEG alone: decodes at half the size where that is still enough
    image.load()
    with suppress(Exception):  # broken EXIF is no reason to refuse the pixels
        image = ImageOps.exif_transpose(image)
    image = _convert_to_srgb(_convert_to_8_bits(image)).convert("RGBA")
    if (shrink := -(-max(image.size) // KEPT_PX)) > 1:
        image = image.convert("RGBa").reduce(shrink).convert("RGBA")  # colours weighted by their opacity
    rgba = np.asarray(image)
    if not (rgba[..., 3] >= 128).any():
        raise UserError(f"{name} is empty: no pixel is at least half opaque")
    return Picture(rgba, max(1, round(longest / max(image.size))), tuple(notes))


def make_picture_from_array(pixels: np.ndarray, name: str = UNNAMED) -> Picture:
    """Take an array of 8-bit sRGB pixels with 3 channels, or 4 with straight alpha.

    Raises UserError if it has another shape or type, or is too small, too large or empty.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise UserError(
            f"expected an array of uint8 with shape (H, W, 3) or (H, W, 4) as {name}, found {pixels.dtype} with shape "
            f"{pixels.shape}"
        )
    return make_picture_from_image(Image.fromarray(np.ascontiguousarray(pixels)), name)


def _check_size(name: str, width: int, height: int) -> None:
    if min(width, height) < SMALLEST_PX:
        raise UserError(f"{name} is {width}x{height}: expected at least {SMALLEST_PX} pixels on each side")
    if max(width, height) > LARGEST_PX:
        raise UserError(f"{name} is {width}x{height}: expected at most {LARGEST_PX} pixels on each side")


def _convert_to_8_bits(image: Image.Image) -> Image.Image:
    """Scale grey of more than 8 bits, which Pillow would clip."""
    if image.mode not in ("F", "I") and not image.mode.startswith("I;16"):
        return image
    grey = np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0, neginf=0)
    highest = grey.max()
    if image.mode == "F":
        full = 1.0 if highest <= 1 else 255.0 if highest <= 255 else highest
    else:
        full = 255.0 if image.mode == "I" and highest <= 255 else max(65535.0, highest)
    return Image.fromarray(np.round(grey.clip(0, full) / full * 255).astype(np.uint8))


def _convert_to_srgb(image: Image.Image) -> Image.Image:
    """Convert the colours of an embedded profile to sRGB; a profile that does not fit is ignored."""
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
