"""Batches of orthographic views of characters, and the order in which training reads the characters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from panic3d.cameras.axes import MASK_ALPHA
from panic3d.cameras.camera import Camera
from panic3d.datasets.pictures import list_depth_views
from panic3d.datasets.source import CharacterSource
from panic3d.shards.tensors import decode_depth_tensor

VIEWS = ("front", "left", "back", "right")
"""The paper's four supervised views."""
MIRRORED_VIEW = {"left": "right", "right": "left"}
"""The views that a mirrored character exchanges."""
SAMPLED_VIEW = "sampled"
"""The name in a batch of the one view that each character has of those of which a training step takes one."""


@dataclass(frozen=True)
class MultiviewBatch:
    """Views of B characters, in few bytes: pixels become floats where they are used."""

    keys: tuple[str, ...]
    views: tuple[str, ...]
    rgba: UInt8[Tensor, "B V S S 4"]
    """RGB on white, and alpha."""
    depth: Int[Tensor, "B D S S"]
    """Encoded depth (see docs/reference/formats.md) of the orthographic views, 0 = nothing there."""
    cameras: tuple[tuple[Camera, ...], ...]
    """The camera of each picture, one row per character; in pictures of mirror images the mirrored one."""

    @property
    def size(self) -> int:
        """Side of the pictures in pixels."""
        return self.rgba.shape[2]

    def rgb(self, view: str) -> Float[Tensor, "B 3 S S"]:
        """Colour on white, in [0, 1]."""
        return self.rgba[:, self.views.index(view), ..., :3].permute(0, 3, 1, 2).float() / 255

    def alpha(self, view: str) -> Float[Tensor, "B S S"]:
        """Coverage, in [0, 1]."""
        return self.rgba[:, self.views.index(view), ..., 3].float() / 255

    def mask(self, view: str) -> Bool[Tensor, "B S S"]:
        """Return whether the coverage is at least one half."""
        return self.alpha(view) >= MASK_ALPHA

    def depth_m(self, view: str) -> Float[Tensor, "B S S"]:
        """Plane depth from an orthographic view's camera; NaN where there is nothing."""
        return decode_depth_tensor(self.depth[:, list_depth_views(self.views).index(view)])

    def gather(
        self, view: str, rows: Int[Tensor, "B R"], columns: Int[Tensor, "B C"]
    ) -> tuple[Float[Tensor, "B R C 3"], Float[Tensor, "B R C"], Float[Tensor, "B R C"]]:
        """RGB on white, alpha, and depth in metres (NaN: nothing) of the pixels where given rows and columns cross."""
        index = self.views.index(view)
        batch = torch.arange(len(self.rgba), device=rows.device)[:, None, None]
        rgba = self.rgba[batch, index, rows[:, :, None], columns[:, None, :]].float() / 255
        place = list_depth_views(self.views).index(view)
        depth = self.depth[batch, place, rows[:, :, None], columns[:, None, :]]
        return rgba[..., :3], rgba[..., 3], decode_depth_tensor(depth)

    def list_cameras(self, view: str) -> list[Camera]:
        """Return the camera of one view of each character."""
        return [row[self.views.index(view)] for row in self.cameras]

    def select(self, chosen: slice) -> "MultiviewBatch":
        """Return some of the characters."""
        return MultiviewBatch(
            self.keys[chosen], self.views, self.rgba[chosen], self.depth[chosen], self.cameras[chosen]
        )

    def to(self, device: torch.device) -> "MultiviewBatch":
        """Return the same batch on a device."""
        return replace(self, rgba=self.rgba.to(device), depth=self.depth.to(device))


@dataclass(frozen=True)
class EpochOrder:
    """An endless, seeded sequence of exact epochs: every position names a character and whether it is mirrored.

    It is a pure function of the position, so that a run can be continued in the middle of an epoch, and several
    processes share it without communication. With `mirror`, an epoch holds every character twice, as it is and
    mirrored (the paper's doubled dataset). Epochs follow each other without a gap, also inside a batch.
    """

    count: int
    """Number of characters."""
    mirror: bool
    seed: int

    @property
    def epoch_length(self) -> int:
        """Positions per epoch."""
        return self.count * (2 if self.mirror else 1)

    def select(self, positions: range) -> list[tuple[int, bool]]:
        """Index and mirroring of the characters at some positions."""
        permutations: dict[int, np.ndarray] = {}
        items = []
        for position in positions:
            epoch, place = divmod(position, self.epoch_length)
            if epoch not in permutations:
                generator = np.random.Generator(np.random.PCG64([self.seed, epoch]))
                permutations[epoch] = generator.permutation(self.epoch_length)
            item = int(permutations[epoch][place])
            items.append((item % self.count, item >= self.count))
        return items


def read_batch(source: CharacterSource, items: list[tuple[int, bool]]) -> MultiviewBatch:
    """Read a batch of characters, given as index and mirroring, with all views of the source."""
    batch = allocate_batch(source, items, [source.views] * len(items))
    for place, (index, mirrored) in enumerate(items):
        read_into_batch(source, index, mirrored, source.views, batch, place)
    return batch


def allocate_batch(
    source: CharacterSource, items: list[tuple[int, bool]], views: Sequence[tuple[str, ...]]
) -> MultiviewBatch:
    """Allocate a batch for some characters with some views of each. Its pixels are not set.

    The last view may differ from character to character; it is then called SAMPLED_VIEW.
    """
    names = views[0] if len(set(views)) == 1 and views[0] == source.views else (*views[0][:-1], SAMPLED_VIEW)
    shape = (source.size, source.size)
    keys = tuple(source.keys[index] for index, _ in items)
    rgba = torch.empty((len(items), len(names), *shape, 4), dtype=torch.uint8)
    depth = torch.empty((len(items), len(list_depth_views(names)), *shape), dtype=torch.int32)
    cameras = tuple(
        _list_cameras(source, index, mirrored, own) for (index, mirrored), own in zip(items, views, strict=True)
    )
    return MultiviewBatch(keys, names, rgba, depth, cameras)


def _list_cameras(source: CharacterSource, index: int, mirrored: bool, views: tuple[str, ...]) -> tuple[Camera, ...]:
    """List the cameras of a character's pictures in a batch, where `read_into_batch` puts them."""
    given = dict(zip(source.views, source.cameras[index], strict=True))
    if not mirrored:
        return tuple(given[view] for view in views)
    return tuple(given[MIRRORED_VIEW.get(view, view)].mirror() for view in views)


def read_into_batch(
    source: CharacterSource, index: int, mirrored: bool, views: tuple[str, ...], batch: MultiviewBatch, place: int
) -> None:
    """Read some views of a character into a place of a batch.

    Mirroring flips the columns and exchanges left and right views.
    """
    packed_rgba, depth = batch.rgba[place].numpy().view("<u4")[..., 0], batch.depth[place].numpy()
    columns = slice(None, None, -1 if mirrored else 1)

    def list_targets(names: tuple[str, ...]) -> list[int]:
        return [names.index(MIRRORED_VIEW.get(view, view) if mirrored else view) for view in names]

    source.read_into(
        index,
        views,
        [packed_rgba[view][:, columns] for view in list_targets(views)],
        [depth[view][:, columns] for view in list_targets(list_depth_views(views))],
    )
