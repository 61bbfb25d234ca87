"""A picture file as a canonical portrait: the frame of the front orthographic view, RGBA, 512 pixels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image, UnidentifiedImageError

from panic3d.conventions import IMAGE_SIZE, MASK_ALPHA
from panic3d.errors import UserError
from panic3d.models.method import Portrait

SMALLEST_PX = 64
NEAR_WHITE = 245
"""All three channels at least this: a drawing's background."""
BORDER_SHARE = 0.6
"""Of the border that must be near white for the background to be taken as white; shoulders may cross the rest."""


def read_portrait(path: Path, notice: Callable[[str], None]) -> Portrait:
    """The portrait of a square picture with alpha, or of one on white. UserError is one sentence on what is wrong."""
    rgba = _read(path)
    height, width = rgba.shape[:2]
    if height != width:
        raise UserError(
            f"{path} is {width}x{height}: expected a square front view of the 0.7 m box; aligning free drawings is not "
            "built yet"
        )
    if height < SMALLEST_PX:
        raise UserError(f"{path} is {width}x{height}: expected at least {SMALLEST_PX}x{SMALLEST_PX} pixels")
    if rgba[..., 3].min() == 255:
        rgba = _cut_out(rgba, path)
        notice(f"{path} has no transparency: its near-white border was taken for background")
    if not (rgba[..., 3] >= MASK_ALPHA * 255).any():
        raise UserError(f"{path} is empty: no pixel is at least half opaque")
    return Portrait.from_render(_resized(rgba))


def _read(path: Path) -> UInt8[np.ndarray, "H W 4"]:
    if path.is_dir():
        raise UserError(f"{path} is a folder: name the pictures in it")
    if not path.exists():
        raise UserError(f"there is no file {path}")
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGBA"))
    except UnidentifiedImageError as error:
        raise UserError(f"{path} is not a picture: expected a PNG with transparency") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"{path} cannot be read as a picture ({error}): it may be cut off") from error


def _cut_out(rgba: UInt8[np.ndarray, "H W 4"], path: Path) -> UInt8[np.ndarray, "H W 4"]:
    """Transparent where near-white is connected to the border."""
    from scipy.ndimage import label

    white = (rgba[..., :3] >= NEAR_WHITE).all(axis=-1)
    regions, _ = label(white)
    border = np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])
    if (border > 0).mean() < BORDER_SHARE:
        raise UserError(
            f"{path} has no transparency and no white border: expected a front view with a transparent background; "
            "cutting out free drawings is not built yet"
        )
    background: Bool[np.ndarray, "H W"] = np.isin(regions, np.unique(border[border > 0]))
    return np.where(background[..., None], np.uint8(0), rgba)


def _resized(rgba: UInt8[np.ndarray, "H W 4"]) -> UInt8[np.ndarray, "512 512 4"]:
    """To 512 pixels; colours weighted by their opacity, so that no background bleeds in.

    Not with a sharper filter: one that rings changes a colour beside an edge.
    """
    if len(rgba) == IMAGE_SIZE:
        return rgba
    image = Image.fromarray(rgba).convert("RGBa").resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BILINEAR)
    return np.array(image.convert("RGBA"))
