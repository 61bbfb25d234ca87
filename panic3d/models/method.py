"""The interface that PAniC-3D, every baseline and every sanity method implement, and that the benchmark knows."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.conventions import Camera
from panic3d.errors import WrongUsage
from panic3d.shards.mesh import ColouredMesh


@dataclass(frozen=True)
class Portrait:
    """What a method is given: RGBA in the frame of the front orthographic view.

    The tagger of the paper sees the original, its generator the line-free picture; they are the same array when
    nothing was removed.
    """

    original: UInt8[np.ndarray, "512 512 4"]
    line_free: UInt8[np.ndarray, "512 512 4"]
    landmarks_px: Float[np.ndarray, "28 2"] | None = None
    """Column and row of the 28 landmarks."""

    @classmethod
    def from_render(cls, rgba: UInt8[np.ndarray, "512 512 4"]) -> "Portrait":
        return cls(rgba, rgba)


@dataclass(frozen=True)
class RenderedView:
    """A picture of a reconstruction: RGB on white in [0, 1], alpha in [0, 1], plane depth in metres (NaN: nothing)."""

    rgb: Float[np.ndarray, "H W 3"]
    alpha: Float[np.ndarray, "H W"]
    depth_m: Float[np.ndarray, "H W"]


@runtime_checkable
class Reconstruction(Protocol):
    """A head in the head frame."""

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]: ...

    def mesh(self) -> ColouredMesh: ...


@runtime_checkable
class Method(Protocol):
    """From a portrait, a head."""

    def reconstruct(self, portrait: Portrait) -> Reconstruction: ...


METHODS: dict[str, str] = {
    "panic3d": "panic3d.models.reconstructor.method:load",
    "panic3d-unet": "panic3d.models.reconstructor.unet_method:load",
    "mean": "panic3d.models.baselines.mean:load",
    "nearest": "panic3d.models.baselines.nearest:load",
    "relief": "panic3d.models.baselines.relief:load",
}
"""Name to `module:function`; the function takes the path of the weights (or None) and gives a `Method`."""


def load_method(name: str, weights: Path | None) -> Method:
    """The named method, ready to reconstruct. WrongUsage lists the names where it is unknown."""
    if name not in METHODS:
        close = get_close_matches(name, METHODS, n=1)
        hint = f" (did you mean '{close[0]}'?)" if close else ""
        raise WrongUsage(f"unknown method '{name}'{hint}: choose from {', '.join(METHODS)}")
    module, function = METHODS[name].split(":")
    return getattr(importlib.import_module(module), function)(weights)
