"""Dataset folders in: samples through plain `webdataset`, pictures reduced to a training size."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Shaped, UInt8, UInt16, UInt32

from panic3d.cameras.axes import MASK_ALPHA
from panic3d.cameras.view import View
from panic3d.runtime.errors import UserError
from panic3d.shards.plan import DATASET_FILE, load_dataset_info
from panic3d.shards.schema import decode_depth, decode_normal, read_png

Report = Callable[[str], None]
"""Takes one sentence about something that was left out."""
Words = Sequence[UInt32[np.ndarray, "S S"]]
"""RGBA of each view, a pixel as one little-endian number."""
Depths = Sequence[Shaped[np.ndarray, "S S"]]
"""FORMATS' quanta of each view, in any type that holds 16 bits."""


@dataclass(frozen=True)
class Pictures:
    """One character at the training size. RGB is on white; depth is in the quanta of FORMATS, 0 = nothing there."""

    rgba: UInt8[np.ndarray, "V S S 4"]
    depth: UInt16[np.ndarray, "V S S"]

    @classmethod
    def blank(cls, views: int, size: int) -> "Pictures":
        return cls(np.empty((views, size, size, 4), np.uint8), np.empty((views, size, size), np.uint16))

    @property
    def words(self) -> UInt32[np.ndarray, "V S S"]:
        """The same RGBA, a pixel as one number: four times quicker to copy and to flip."""
        return self.rgba.view("<u4")[..., 0]


def shards_of(folder: Path) -> list[Path]:
    """The shards of a dataset folder in order. UserError where there is no such folder or no shard in it."""
    if not folder.is_dir():
        raise UserError(f"there is no dataset folder {folder}: make one with `panic3d render ... --out {folder}`")
    shards = sorted(folder.glob("shard-*.tar"))
    if not shards:
        raise UserError(f"{folder} holds no shard-*.tar: make some with `panic3d render ... --out {folder}`")
    return shards


def splits_of(folder: Path) -> dict[str, list[str]]:
    """The splits of `dataset.json`; none where there are bare shards without one."""
    return load_dataset_info(folder).splits if (folder / DATASET_FILE).exists() else {}


def keys_apart(folder: Path, split: str) -> tuple[set[str] | None, set[str]]:
    """Which keys a split may use: those listed (None = all), and those that belong to other splits."""
    splits = splits_of(folder)
    others = {key for name, keys in splits.items() if name != split for key in keys}
    return (set(splits[split]) if split in splits else None), others


def samples(folder: Path, report: Report) -> Iterator[tuple[str, str, dict[str, bytes]]]:
    """Shard name, key and members (by name without the key) of every sample; what is broken is reported."""
    import webdataset

    for path in shards_of(folder):
        # One pipeline a shard, so that a truncated one ends alone; every rank reads all shards that it is asked for.
        shard = webdataset.WebDataset([str(path)], shardshuffle=False, nodesplitter=iter, empty_check=False)
        key = None
        try:
            for members in shard:
                key = members.pop("__key__")
                yield path.name, key, {name: data for name, data in members.items() if isinstance(data, bytes)}
        except Exception as error:  # tarfile, OSError and webdataset's own, all meaning that this shard ends here
            where = f"after {key}" if key else "before its first sample"
            report(f"shard {path.name} breaks off {where} ({type(error).__name__}): what comes later in it is left out")


def pictures(members: dict[str, bytes], views: tuple[str, ...], size: int) -> Pictures:
    """The views of one sample at `size`. ValueError names what is missing, unreadable or of a wrong size."""
    found = Pictures.blank(len(views), size)
    fill(members, views, size, list(found.words), list(found.depth))
    return found


def fill(members: dict[str, bytes], views: tuple[str, ...], size: int, words: Words, depth: Depths) -> None:
    """The views of one sample into arrays that may lie anywhere, flipped or not. ValueError as `pictures`."""
    for place, view in enumerate(views):
        rgba = reduce_rgba(_square(members, f"{view}.rgba.png", size), size)
        np.copyto(words[place], np.ascontiguousarray(rgba).view("<u4")[..., 0])
        np.copyto(depth[place], reduce_depth(_square(members, f"{view}.depth.png", size), size))


def _square(members: dict[str, bytes], name: str, size: int) -> np.ndarray:
    if name not in members:
        raise ValueError(f"{name} is missing")
    try:
        pixels = read_png(members[name])
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's three ways to refuse a picture
        raise ValueError(f"{name} is not a readable PNG") from error
    if pixels.shape[0] != pixels.shape[1] or pixels.shape[0] % size:
        raise ValueError(f"{name} has {pixels.shape[0]}x{pixels.shape[1]} pixels, no multiple of {size}")
    return pixels


def full_view(members: dict[str, bytes], view: str) -> View:
    """One view of a sample as it was rendered, with the optional passes that are there. KeyError without the view."""
    normal, part = members.get(f"{view}.normal.png"), members.get(f"{view}.part.png")
    return View(
        read_png(members[f"{view}.rgba.png"]),
        decode_depth(read_png(members[f"{view}.depth.png"])),
        None if normal is None else decode_normal(read_png(normal)),
        None if part is None else read_png(part),
    )


def reduce_rgba(rgba: UInt8[np.ndarray, "H W 4"], size: int) -> UInt8[np.ndarray, "S S 4"]:
    """Composited on white, then averaged over each pixel's area, as alpha is."""
    if len(rgba) == size:
        return _on_white(rgba)
    alpha = rgba[..., 3:]
    # In whole numbers: 255 times 255 minus the composited colour, summed over a block and rounded once.
    missing = (255 - rgba[..., :3]).astype(np.uint16) * alpha
    area = (len(rgba) // size) ** 2
    colour = 255 - (2 * _block_sums(missing, size) + 255 * area) // (510 * area)
    return np.concatenate([colour, (2 * _block_sums(alpha, size) + area) // (2 * area)], axis=-1).astype(np.uint8)


def _on_white(rgba: UInt8[np.ndarray, "S S 4"]) -> UInt8[np.ndarray, "S S 4"]:
    """Only pixels of an edge need arithmetic: the others are as they are, or white. Pixels go as whole words."""
    words = np.ascontiguousarray(rgba).view("<u4").ravel()
    less = (words >> 24) - np.uint32(1)  # alpha 0 becomes the largest number, whose upper 24 bits are white
    out = (words | (less >> 8)).view(np.uint8).reshape(-1, 4)
    edge = np.flatnonzero(less < 254)
    part = words[edge].view(np.uint8).reshape(-1, 4).astype(np.uint32)
    out[edge, :3] = 255 - (2 * (255 - part[:, :3]) * part[:, 3:] + 255) // 510
    return out.reshape(rgba.shape)


def _block_sums(pixels: np.ndarray, size: int) -> np.ndarray:
    """(H, W, C) to the sums of its blocks, (S, S, C), uint32."""
    step = len(pixels) // size
    rows = pixels.reshape(size, step, *pixels.shape[1:]).sum(axis=1, dtype=np.uint32)
    return rows.reshape(size, size, step, -1).sum(axis=2, dtype=np.uint32)


def reduce_depth(depth: UInt16[np.ndarray, "H W"], size: int) -> UInt16[np.ndarray, "S S"]:
    """Of each block the lower median of the depths that are there; nothing where under half of the block is covered.

    It is the depth of a pixel, never a mean: a mean over a silhouette's edge lies on no surface. The median is the
    nearest such choice to the block's centre on a slope, follows the majority at an edge, and, unlike a fixed pixel
    of an even block, does not move when the picture is mirrored.
    """
    if len(depth) == size:
        return depth
    blocks = np.sort(_blocks(depth, size), axis=2)
    area = blocks.shape[2]
    there = (blocks > 0).sum(axis=2)
    lower_median = area - there + (there - 1) // 2
    chosen = np.take_along_axis(blocks, np.clip(lower_median, 0, area - 1)[..., None], axis=2)[..., 0]
    return np.where(there >= MASK_ALPHA * area, chosen, 0).astype(np.uint16)


def _blocks(pixels: np.ndarray, size: int) -> np.ndarray:
    """(H, W, ...) to (S, S, pixels of a block, ...)."""
    step = pixels.shape[0] // size
    cut = pixels.reshape(size, step, size, step, *pixels.shape[2:]).swapaxes(1, 2)
    return cut.reshape(size, size, step * step, *pixels.shape[2:])
