"""Dataset folders for other programs: open one, go through its samples, decode their members."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
from jaxtyping import Float32, UInt8

from panic3d.cameras.camera import Camera
from panic3d.cameras.view import View
from panic3d.datasets.pictures import decode_view
from panic3d.geometry.glb import decode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.runtime.errors import UserError
from panic3d.shards.archive import SampleArchive
from panic3d.shards.metadata.view_cameras import find_view_camera
from panic3d.shards.plan import DatasetInfo
from panic3d.shards.points import POINTS_MEMBER, decode_points, describe_damaged_points
from panic3d.shards.schema import decode_depth, read_png


def open_dataset(folder: Path | str, split: str | None = None) -> "HeadDataset":
    """Open a dataset folder, or one split of it.

    Only the headers of the shards are read. Raises UserError where the folder is no dataset, has no such split or no
    finished sample.
    """
    return HeadDataset(SampleArchive(Path(folder)), split)


class HeadSample:
    """One sample of a dataset. Each member is read and decoded when it is needed."""

    def __init__(self, archive: SampleArchive, key: str) -> None:
        self.archive, self.key = archive, key

    def __repr__(self) -> str:
        return f"HeadSample({self.key!r}, {len(self.members)} members)"

    @property
    def members(self) -> list[str]:
        """The names of the members, without the key."""
        return self.archive.members(self.key)

    def read(self, member: str) -> bytes:
        """Read the bytes of a member. Raises UserError where the sample has no such member."""
        return self.archive.read(self.key, member)

    @cached_property
    def meta(self) -> dict[str, Any]:
        """The content of `meta.json`: source, licence, cameras and labels."""
        return dict(self.archive.read_meta(self.key))

    @property
    def views(self) -> tuple[str, ...]:
        """The names of the views that have pictures."""
        return tuple(name.removesuffix(".rgba.png") for name in self.members if name.endswith(".rgba.png"))

    def rgba(self, view: str) -> UInt8[np.ndarray, "H W 4"]:
        """Colour and straight alpha of a view, sRGB."""
        return read_png(self.read(f"{view}.rgba.png"))

    def depth_m(self, view: str) -> Float32[np.ndarray, "H W"]:
        """Plane depth of a view from its camera in metres; NaN where there is nothing."""
        return decode_depth(read_png(self.read(f"{view}.depth.png")))

    def camera(self, view: str) -> Camera:
        """Return the camera of a view, as `meta.json` states it. Raises UserError where it states none."""
        try:
            return find_view_camera(self.archive.read_meta(self.key), view)
        except ValueError as error:
            raise UserError(f"{self.key}: {error}") from error

    def view(self, view: str) -> View:
        """Colour and depth of a view, and its normals and parts if the dataset has them."""
        names = [name for name in self.members if name.startswith(f"{view}.") and name.endswith(".png")]
        return decode_view({name: self.read(name) for name in names}, view)

    def mesh(self) -> ColouredMesh:
        """Return the true mesh in the head frame, metres. Raises UserError without `--mesh`."""
        return decode_glb(self.read("mesh.glb"))

    def points(self) -> dict[str, np.ndarray]:
        """`xyz` (head frame, metres), `inside` and `rgb` of random points. Raises UserError without `--points`."""
        try:
            return decode_points(self.read(POINTS_MEMBER))
        except ValueError as error:
            raise UserError(describe_damaged_points(self.key, error)) from error


class HeadDataset(Sequence[HeadSample]):
    """The samples of a dataset folder, sorted by key, by index or by key."""

    def __init__(self, archive: SampleArchive, split: str | None = None) -> None:
        """Raises UserError where there is no finished sample, or no such split."""
        self.archive, self.split = archive, split
        self.keys = archive.keys(split)
        if not self.keys:
            where = "" if split is None else f" of split '{split}'"
            raise UserError(f"expected samples{where} in the shards of {archive.folder}, found none")

    @property
    def info(self) -> DatasetInfo:
        """The content of `dataset.json`."""
        return self.archive.dataset

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int | str) -> HeadSample: ...
    @overload
    def __getitem__(self, index: slice) -> list[HeadSample]: ...
    def __getitem__(self, index: int | str | slice) -> HeadSample | list[HeadSample]:
        if isinstance(index, slice):
            return [HeadSample(self.archive, key) for key in self.keys[index]]
        key = index if isinstance(index, str) else self.keys[index]
        return HeadSample(self.archive, key)

    def __iter__(self) -> Iterator[HeadSample]:
        return (HeadSample(self.archive, key) for key in self.keys)
