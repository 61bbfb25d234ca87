"""The interface that PAniC-3D, every baseline and every sanity method implement, and that the benchmark knows."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32, UInt8

from panic3d.cameras.camera import Camera
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import ColouredMesh
from panic3d.runtime.errors import WrongUsage


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


@runtime_checkable
class Reconstruction(Protocol):
    """A head in the head frame."""

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]: ...

    def mesh(self) -> ColouredMesh: ...


@runtime_checkable
class Method(Protocol):
    """From a portrait, a head."""

    def reconstruct(self, portrait: Portrait) -> Reconstruction: ...


@runtime_checkable
class TrueViews(Protocol):
    """What a bound is shown of the truth: the views of a suite."""

    def rgba(self, view: str) -> UInt8[np.ndarray, "512 512 4"]: ...

    def depth_m(self, view: str) -> Float32[np.ndarray, "512 512"]: ...


@runtime_checkable
class Bound(Protocol):
    """Not an entrant: from the truth, the best head that some kind of method could give."""

    def reconstruct_from(self, truth: TrueViews) -> Reconstruction: ...


METHODS: dict[str, str] = {
    "panic3d": "panic3d.models.reconstructor.method:load",
    "panic3d-unet": "panic3d.models.reconstructor.unet_method:load",
    "pixelnerf": "panic3d.models.baselines.pixel_aligned.pixelnerf_method:load",
    "pifu": "panic3d.models.baselines.pixel_aligned.pifu_method:load",
    "eg3d-img2stylegan": "panic3d.models.baselines.eg3d.method:load_img2stylegan",
    "eg3d-pti": "panic3d.models.baselines.eg3d.method:load_pti",
    "mean": "panic3d.models.baselines.sanity.mean:load",
    "nearest": "panic3d.models.baselines.sanity.nearest:load",
    "relief": "panic3d.models.baselines.sanity.relief:load",
    "nearest-oracle": "panic3d.models.baselines.sanity.nearest_oracle:load",
    "visual-hull": "panic3d.models.baselines.sanity.visual_hull:load",
}
"""Name to `module:function`; the function takes the path of the weights (or None), gives a `Method` or a `Bound`."""


def load_entrant(name: str, weights: Path | None) -> Method | Bound:
    """The named method, ready to reconstruct. WrongUsage lists the names where it is unknown."""
    if name not in METHODS:
        close = get_close_matches(name, METHODS, n=1)
        hint = f" (did you mean '{close[0]}'?)" if close else ""
        raise WrongUsage(f"unknown method '{name}'{hint}: choose from {', '.join(METHODS)}")
    module, function = METHODS[name].split(":")
    return getattr(importlib.import_module(module), function)(weights)


def load_method(name: str, weights: Path | None) -> Method:
    """The named method, of those that need nothing but a portrait. WrongUsage where it is a bound."""
    entrant = load_entrant(name, weights)
    if not isinstance(entrant, Method):
        raise WrongUsage(f"'{name}' is a bound: it is shown the truth, which only `panic3d benchmark run` has")
    return entrant
