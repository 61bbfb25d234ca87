"""Dataset folders in: samples through plain `webdataset`, pictures reduced to a training size."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Shaped, UInt8, UInt16, UInt32

from panic3d.cameras.resampling import reduce_depth, reduce_rgba
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
