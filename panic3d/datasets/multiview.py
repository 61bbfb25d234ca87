"""What the reconstructor's trainer draws: batches of orthographic views, in an order that any step can name."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from panic3d.cameras.axes import MASK_ALPHA, NEAR_M
from panic3d.datasets.source import Source
from panic3d.shards.schema import DEPTH_QUANTA_PER_M

VIEWS = ("front", "left", "back", "right")
"""The paper's four supervised views."""
MIRRORED_VIEW = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Batch:
    """Views of B characters, kept small: pixels become floats where they are used."""

    keys: tuple[str, ...]
    views: tuple[str, ...]
    rgba: UInt8[Tensor, "B V S S 4"]
    """On white, alpha last."""
    depth: Int[Tensor, "B V S S"]
    """FORMATS' quanta, 0 = nothing there."""

    @property
    def size(self) -> int:
        return self.rgba.shape[2]

    def rgb(self, view: str) -> Float[Tensor, "B 3 S S"]:
        """In [0, 1], on white."""
        return self.rgba[:, self.views.index(view), ..., :3].permute(0, 3, 1, 2).float() / 255

    def alpha(self, view: str) -> Float[Tensor, "B S S"]:
        """Coverage in [0, 1]."""
        return self.rgba[:, self.views.index(view), ..., 3].float() / 255

    def mask(self, view: str) -> Bool[Tensor, "B S S"]:
        """Coverage of at least one half."""
        return self.alpha(view) >= MASK_ALPHA

    def depth_m(self, view: str) -> Float[Tensor, "B S S"]:
        """Plane depth from the view's camera; NaN where there is nothing."""
        return metres(self.depth[:, self.views.index(view)])

    def at(
        self, view: str, rows: Int[Tensor, "B R"], columns: Int[Tensor, "B C"]
    ) -> tuple[Float[Tensor, "B R C 3"], Float[Tensor, "B R C"], Float[Tensor, "B R C"]]:
        """RGB on white, alpha and depth in metres (NaN: nothing) of the pixels where given rows and columns cross."""
        index = self.views.index(view)
        batch = torch.arange(len(self.rgba), device=rows.device)[:, None, None]
        rgba = self.rgba[batch, index, rows[:, :, None], columns[:, None, :]].float() / 255
        depth = self.depth[batch, index, rows[:, :, None], columns[:, None, :]]
        return rgba[..., :3], rgba[..., 3], metres(depth)

    def to(self, device: torch.device) -> "Batch":
        return Batch(self.keys, self.views, self.rgba.to(device), self.depth.to(device))


def metres(depth: Int[Tensor, "..."]) -> Float[Tensor, "..."]:
    """FORMATS' quanta to metres; NaN where there is nothing."""
    there = NEAR_M + (depth - 1).float() / DEPTH_QUANTA_PER_M
    return torch.where(depth > 0, there, torch.nan)


def quanta(depth_m: Float[Tensor, "..."]) -> Int[Tensor, "..."]:
    """The inverse of `metres`."""
    there = ((depth_m - NEAR_M) * DEPTH_QUANTA_PER_M).round().clamp(0, DEPTH_QUANTA_PER_M) + 1
    return torch.where(depth_m.isfinite(), there, 0).int()


@dataclass(frozen=True)
class Order:
    """An endless, seeded sequence of exact epochs: position p names a character and whether it is mirrored.

    It is a pure function of the position, so that a run can go on in the middle of an epoch, and several processes
    share it without talking. With `mirror`, an epoch holds every character twice, as it is and mirrored (the paper's
    doubled dataset). Epochs follow each other without a gap, also inside a batch that is larger than an epoch.
    """

    count: int
    mirror: bool
    seed: int

    @property
    def epoch_length(self) -> int:
        return self.count * (2 if self.mirror else 1)

    def at(self, positions: range) -> list[tuple[int, bool]]:
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


def draw(source: Source, items: list[tuple[int, bool]]) -> Batch:
    """The named characters, each as it is or mirrored."""
    batch = blank(source, items)
    for place, (index, mirrored) in enumerate(items):
        put(source, index, mirrored, batch, place)
    return batch


def blank(source: Source, items: list[tuple[int, bool]]) -> Batch:
    """A batch of these characters whose pictures are still to be put in."""
    shape = (len(items), len(source.views), source.size, source.size)
    keys = tuple(source.keys[index] for index, _ in items)
    rgba, depth = torch.empty((*shape, 4), dtype=torch.uint8), torch.empty(shape, dtype=torch.int32)
    return Batch(keys, source.views, rgba, depth)


def put(source: Source, index: int, mirrored: bool, batch: Batch, place: int) -> None:
    """Writes a character into its place; a mirrored one with flipped columns, left and right views exchanged."""
    words, depth = batch.rgba[place].numpy().view("<u4")[..., 0], batch.depth[place].numpy()
    columns = slice(None, None, -1 if mirrored else 1)
    into = [source.views.index(MIRRORED_VIEW.get(view, view) if mirrored else view) for view in source.views]
    source.fill(index, [words[view][:, columns] for view in into], [depth[view][:, columns] for view in into])
