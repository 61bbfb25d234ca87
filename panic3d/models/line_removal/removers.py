"""Line removal by name: the method of the paper and its alternatives, all with one interface."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.models.device import Device, choose_device
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.errors import WrongUsage

Remover = Callable[[UInt8[np.ndarray, "512 512 4"], Float[np.ndarray, "28 2"] | None], UInt8[np.ndarray, "512 512 4"]]
"""Takes a canonical portrait and its landmarks (column and row); returns it without lines and with the same alpha."""
DEFAULT_REMOVER = "line-removal-paired"


@runtime_checkable
class MovableRemover(Protocol):
    """A line remover whose network can run on a GPU."""

    def to(self, device: str) -> None:
        """Move the network to a device."""
        ...


def load_remover(text: str, device: Device = "cpu") -> Remover:
    """Load a line remover from `NAME[=WEIGHTS]`, where WEIGHTS is a file or a run folder, onto a device.

    Raises WrongUsage with the closest name if there is no such line remover, or if weights are given to one that has
    none, UserError if the weights are missing or do not fit, or if there is no such device.
    """
    place = choose_device(device)
    name, _, weights = text.partition("=")
    entry = find_entry(name, "line remover")
    if weights and not entry.trained_by:
        raise WrongUsage(f"the line remover '{name}' has no weights: leave out ={weights}")
    remover: Remover = entry.load_factory()(Path(weights) if weights else None)
    if place != "cpu":
        move_remover(remover, place)
    return remover


def move_remover(remover: Remover, device: str) -> None:
    """Move a line remover to a device if it has a network."""
    if isinstance(remover, MovableRemover):
        remover.to(device)


def find_remover_weights(text: str) -> Path | None:
    """Return the path of the weights that `NAME[=WEIGHTS]` loads; None for line removers without weights."""
    name, _, weights = text.partition("=")
    entry = find_entry(name, "line remover")
    return find_weights(entry, Path(weights) if weights else None) if weights or entry.weights else None


def remove_lines(
    rgba: UInt8[np.ndarray, "512 512 4"], landmarks_px: Float[np.ndarray, "28 2"] | None, remover: Remover | None = None
) -> UInt8[np.ndarray, "512 512 4"]:
    """Return a canonical portrait without its ink lines, with the same alpha.

    `landmarks_px` holds the column and row of each of the 28 landmarks: the lines of eyes, mouth, nose and brows stay.
    Without them no line of the face is protected. `remover` comes from `load_remover`; the default is
    `line-removal-paired` with the shipped weights.
    """
    return (remover or _choose_default_remover())(rgba, landmarks_px)


@lru_cache(maxsize=1)
def _choose_default_remover() -> Remover:
    return load_remover(DEFAULT_REMOVER)
