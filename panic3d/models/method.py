"""The interface of methods: from a portrait to a head that renders any camera and has a mesh."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32, UInt8

from panic3d.cameras.camera import Camera
from panic3d.cameras.view import RenderedView
from panic3d.datagen.synth.params import CharacterParams
from panic3d.geometry.mesh import ColouredMesh
from panic3d.models.device import Device, choose_device
from panic3d.registry import find_entry
from panic3d.runtime.errors import WrongUsage

BackHair = Literal["short", "medium", "long", "ponytail", "twintails", "bun", "braid"]
"""Kinds of hair at the back of a head; the first three are loose."""
HeadPoseSource = Literal["auto", "front"]
"""Whether it is estimated how the head of a portrait is turned, or taken to face the front."""


@dataclass(frozen=True)
class Portrait:
    """The input of a method: a character cut out of its background, in the frame of the front orthographic view.

    Both pictures are straight-alpha sRGB. The tagger of the paper is given the original, its generator the line-free
    picture; they are the same array if no lines were removed.
    """

    original: UInt8[np.ndarray, "512 512 4"]
    line_free: UInt8[np.ndarray, "512 512 4"]
    landmarks_px: Float[np.ndarray, "28 2"] | None = None
    """Column and row of each of the 28 landmarks of the face; None if there is no face."""
    back_hair: BackHair | None = None
    """What the back of the hair is like, if the user said so; most methods have no use for it."""
    back: UInt8[np.ndarray, "512 512 4"] | None = None
    """The character from behind, cut out, at any place and size in the frame; most methods have no use for it."""
    styles: tuple[tuple[str, str], ...] = ()
    """Fields of the character that the user has set, and their values; most methods have no use for them."""
    character: CharacterParams | None = None
    """The character to fit, instead of a predicted one; most methods have no use for it."""
    head_pose: HeadPoseSource = "auto"
    """auto: how the head is turned is estimated from its landmarks; front: it faces the front. Most methods have no use
    for it."""

    @classmethod
    def from_render(cls, rgba: UInt8[np.ndarray, "512 512 4"]) -> "Portrait":
        """Make a portrait of a render, which has no lines."""
        return cls(rgba, rgba)


@runtime_checkable
class Reconstruction(Protocol):
    """A head in the head frame (metres, y up, facing +z)."""

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        """Render a square view of `size` pixels per camera."""
        ...

    def mesh(self) -> ColouredMesh:
        """Return the surface with one colour per vertex."""
        ...


@runtime_checkable
class Method(Protocol):
    """Makes a head of a portrait."""

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        """Reconstruct the head of a portrait."""
        ...


@runtime_checkable
class TrueViews(Protocol):
    """The true views of a suite, which an oracle method is given."""

    def rgba(self, view: str) -> UInt8[np.ndarray, "512 512 4"]: ...

    def depth_m(self, view: str) -> Float32[np.ndarray, "512 512"]: ...


@runtime_checkable
class OracleMethod(Protocol):
    """An upper bound: the best head that a kind of method could give, made from the truth."""

    def reconstruct_from(self, truth: TrueViews) -> Reconstruction: ...


@runtime_checkable
class MovableMethod(Protocol):
    """A method whose network can run on a GPU."""

    def to(self, device: str) -> None:
        """Move the network to a device."""
        ...


def load_benchmark_method(name: str, weights: Path | None = None, device: Device = "cpu") -> Method | OracleMethod:
    """Load a method or an oracle method of the registry.

    `weights` is a weights file or a run folder (for sanity methods a dataset folder); those shipped if None. A method
    that cannot be moved to `device` stays on the CPU. Raises WrongUsage with the closest name if there is no such
    method, UserError if the weights are missing or do not fit, or if there is no such device.
    """
    place = choose_device(device)
    method: Method | OracleMethod = find_entry(name, "method", "oracle method").load_factory()(weights)
    if place != "cpu" and isinstance(method, MovableMethod):
        method.to(place)
    return method


def load_method(name: str, weights: Path | None = None, device: Device = "cpu") -> Method:
    """Load a method that needs nothing but a portrait, as `load_benchmark_method` does.

    Raises WrongUsage if it is an oracle method.
    """
    method = load_benchmark_method(name, weights, device)
    if not isinstance(method, Method):
        raise WrongUsage(f"'{name}' is an oracle method: only `panic3d benchmark run` has the true views")
    return method
