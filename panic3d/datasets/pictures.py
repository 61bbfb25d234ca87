"""The pictures of one sample, decoded and reduced to a smaller size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped, UInt8, UInt16, UInt32

from panic3d.cameras.resampling import reduce_depth, reduce_rgba
from panic3d.cameras.rigs import ORTHO_ANGLES_DEG
from panic3d.cameras.view import View
from panic3d.shards.schema import decode_depth, decode_normal, read_png

PackedRgba = Sequence[UInt32[np.ndarray, "S S"]]
"""RGBA of each view, with each pixel as one little-endian number."""
DepthQuanta = Sequence[Shaped[np.ndarray, "S S"]]
"""Encoded depth of each view that has some (see docs/reference/formats.md), in any type that holds 16 bits."""


@dataclass(frozen=True)
class CharacterViews:
    """The views of one character at one size."""

    rgba: UInt8[np.ndarray, "V S S 4"]
    """RGB on white, and alpha."""
    depth: UInt16[np.ndarray, "D S S"]
    """Encoded depth of those views that have some, see `list_depth_views`; 0 = nothing there."""

    @classmethod
    def allocate(cls, views: tuple[str, ...], size: int) -> "CharacterViews":
        """Allocate views whose pixels are not set."""
        depths = len(list_depth_views(views))
        return cls(np.empty((len(views), size, size, 4), np.uint8), np.empty((depths, size, size), np.uint16))

    @property
    def packed_rgba(self) -> UInt32[np.ndarray, "V S S"]:
        """The same RGBA with each pixel as one number, which is four times faster to copy and to flip."""
        return self.rgba.view("<u4")[..., 0]


def list_depth_views(views: Sequence[str]) -> tuple[str, ...]:
    """Return those of some views whose depth is read: the orthographic ones. Of others only pictures are used."""
    return tuple(view for view in views if view in ORTHO_ANGLES_DEG)


def list_members(views: Sequence[str]) -> list[str]:
    """Return the names of the members of a sample that its views are decoded from."""
    return [*(f"{view}.rgba.png" for view in views), *(f"{view}.depth.png" for view in list_depth_views(views))]


def decode_views(members: dict[str, bytes], views: tuple[str, ...], size: int) -> CharacterViews:
    """Decode the views of a sample at `size`. Raises ValueError where a member is missing, broken or unsuitable."""
    found = CharacterViews.allocate(views, size)
    decode_views_into(members, views, size, list(found.packed_rgba), list(found.depth))
    return found


def decode_views_into(
    members: dict[str, bytes], views: tuple[str, ...], size: int, packed_rgba: PackedRgba, depth: DepthQuanta
) -> None:
    """Decode the views of a sample into given arrays, which may be flipped. Raises ValueError as `decode_views`."""
    depth_views = list_depth_views(views)
    for view, packed in zip(views, packed_rgba, strict=True):
        rgba = reduce_rgba(_decode_square(members, f"{view}.rgba.png", size), size)
        np.copyto(packed, np.ascontiguousarray(rgba).view("<u4")[..., 0])
        if view in depth_views:
            quanta = depth[depth_views.index(view)]
            np.copyto(quanta, reduce_depth(_decode_square(members, f"{view}.depth.png", size), size))


def _decode_square(members: dict[str, bytes], name: str, size: int) -> np.ndarray:
    if name not in members:
        raise ValueError(f"{name} is missing")
    pixels = decode_picture(members[name], name)
    if pixels.shape[0] != pixels.shape[1] or pixels.shape[0] % size:
        raise ValueError(f"{name} has {pixels.shape[0]}x{pixels.shape[1]} pixels, no multiple of {size}")
    return pixels


def decode_picture(data: bytes, name: str) -> np.ndarray:
    """Decode a PNG. Raises ValueError, with its name, where it is broken."""
    try:
        return read_png(data)
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's three ways to refuse a picture
        raise ValueError(f"{name} is not a readable PNG") from error


def decode_view(members: dict[str, bytes], view: str) -> View:
    """Decode one view as it was rendered, with the optional passes that it has. Raises KeyError without the view."""
    normal, part = members.get(f"{view}.normal.png"), members.get(f"{view}.part.png")
    return View(
        read_png(members[f"{view}.rgba.png"]),
        decode_depth(read_png(members[f"{view}.depth.png"])),
        None if normal is None else decode_normal(read_png(normal)),
        None if part is None else read_png(part),
    )
