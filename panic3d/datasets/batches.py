"""Batches for training, decoded ahead by threads: exact epochs, shared by processes, continued from any position."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from panic3d.datasets.multiview import EpochOrder, MultiviewBatch, allocate_batch, read_into_batch
from panic3d.datasets.source import CharacterSource
from panic3d.runtime.errors import UserError

SAMPLED_STREAM = 1
"""Third part of the seed of the sampled views, which sets their random numbers apart from other ones."""
BATCHES_AHEAD = 2
"""Batches that are decoded while the caller works on another one."""


@dataclass(frozen=True)
class BatchShare:
    """The part of every batch that belongs to one process."""

    rank: int = 0
    processes: int = 1


class MultiviewLoader(Iterator[MultiviewBatch]):
    """An endless iterator over an `EpochOrder`, of which every process takes its share of each batch.

    Nothing is padded and nothing is dropped: over all processes each character (and with mirroring its mirror image)
    comes exactly once per epoch, and where an epoch does not fill its last batch, the next epoch's first characters do.
    `position` counts the characters read over all processes; it is all that a resumed run needs, whatever its batch
    size and number of processes.
    """

    def __init__(
        self,
        source: CharacterSource,
        order: EpochOrder,
        batch: int,
        share: BatchShare = BatchShare(),
        workers: int = 2,
        sampled: tuple[str, ...] = (),
    ) -> None:
        """`batch` characters over all processes, decoded by `workers` threads (0: by the caller's thread).

        Of the views `sampled`, each character of a batch has one, drawn at random, as SAMPLED_VIEW after the others;
        the rest is not decoded.

        Raises UserError where the processes cannot share the batch evenly, or the order is one of another source.
        """
        if batch % share.processes:
            raise UserError(f"a batch of {batch} cannot be shared by {share.processes} processes")
        if order.count != len(source):
            raise UserError(f"the order is one of {order.count} characters, the source has {len(source)}")
        self.source, self.order, self.batch, self.share = source, order, batch, share
        self.sampled, self.always = sampled, tuple(view for view in source.views if view not in sampled)
        self.position = 0
        self._pool = ThreadPoolExecutor(workers, "reading") if workers else None
        self._coming: deque[tuple[MultiviewBatch, list[Future[None]]]] = deque()
        self._submitted = 0

    def __next__(self) -> MultiviewBatch:
        while len(self._coming) <= (BATCHES_AHEAD if self._pool else 0):
            self._coming.append(self._start(self._submitted))
            self._submitted += self.batch
        batch, decoding = self._coming.popleft()
        for future in decoding:
            future.result()
        self.position += self.batch
        return batch

    def compute_epoch(self) -> float:
        """Return the number of epochs that have been read."""
        return self.position / self.order.epoch_length

    def state_dict(self) -> dict[str, Any]:
        """Return the exact position, and the order that it belongs to. Batches decoded ahead do not count."""
        return {
            "position": self.position,
            "count": self.order.count,
            "mirror": self.order.mirror,
            "seed": self.order.seed,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state. Raises UserError where it belongs to another order."""
        own = self.state_dict()
        for name in ("count", "mirror", "seed"):
            if state[name] != own[name]:
                raise UserError(
                    f"the state is one of a reading order with {name} {state[name]}, now it is {own[name]}: "
                    "give the same dataset and settings, or start a new run"
                )
        self.seek(state["position"])

    def seek(self, position: int) -> None:
        """Continue from a position, counted in characters over all processes from the start of epoch 0."""
        self._drop()
        self.position = self._submitted = position

    def close(self) -> None:
        """End the threads."""
        self._drop()
        if self._pool:
            self._pool.shutdown()

    def _drop(self) -> None:
        for _, decoding in self._coming:
            for future in decoding:
                future.cancel()
        self._coming.clear()

    def _start(self, position: int) -> tuple[MultiviewBatch, list["Future[None]"]]:
        """Start decoding a batch. Returns it with the work in progress."""
        positions = range(position + self.share.rank, position + self.batch, self.share.processes)
        items, views = self.order.select(positions), [self._list_views(place) for place in positions]
        batch = allocate_batch(self.source, items, views)
        work = [(self.source, *item, views[place], batch, place) for place, item in enumerate(items)]
        if self._pool:
            return batch, [self._pool.submit(read_into_batch, *job) for job in work]
        for job in work:
            read_into_batch(*job)
        return batch, []

    def _list_views(self, position: int) -> tuple[str, ...]:
        """Return the views that the character at a position has: a function of the seed and the position alone."""
        if not self.sampled:
            return self.always
        generator = np.random.Generator(np.random.PCG64([self.order.seed, position, SAMPLED_STREAM]))
        return (*self.always, self.sampled[generator.integers(len(self.sampled))])
