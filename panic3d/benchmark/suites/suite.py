"""Read a suite: a dataset folder with pairs of a portrait and a true head (docs/reference/formats.md)."""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import affine_transform

from panic3d.benchmark.metrics.published import Roi
from panic3d.benchmark.metrics.surface import TriangleSurface, cut_to_box, extract_visible_part
from panic3d.cameras.axes import IMAGE_SIZE, MASK_ALPHA
from panic3d.cameras.compositing import composite_on_white
from panic3d.cameras.rigs import RIGS
from panic3d.datasets.drawings import find_landmarks_px, load_landmark_labels
from panic3d.geometry.glb import decode_glb
from panic3d.models.line_removal.removers import Remover
from panic3d.models.method import Portrait
from panic3d.runtime.errors import UserError
from panic3d.shards.archive import SampleArchive
from panic3d.shards.schema import decode_depth, read_png

VERSION = 1
SPIN_VIEWS = RIGS["spin12"]
SIDE_VIEWS = RIGS["ortho4"]
VIEWS = (*SIDE_VIEWS, *SPIN_VIEWS)
"""The views of a prediction."""
InputKind = Literal["drawing", "render"]
"""The input of a method: the drawing of a pair, or its true front render."""


class PairTruth:
    """The true images and the true mesh of one pair; surfaces and hashes are cached, so that all methods share them."""

    def __init__(self, archive: SampleArchive, key: str) -> None:
        self.archive, self.key = archive, key

    def rgba(self, view: str) -> UInt8[np.ndarray, "512 512 4"]:
        """Return the true image of a view, with straight alpha."""
        return read_png(self.archive.read(self.key, f"{view}.rgba.png"))

    def rgb(self, view: str) -> Float32[np.ndarray, "512 512 3"]:
        """Return the true image of a view on white, in [0, 1]."""
        return composite_on_white(self.rgba(view))

    def mask(self, view: str) -> Bool[np.ndarray, "512 512"]:
        """Return the true silhouette of a view."""
        return self.rgba(view)[..., 3] >= MASK_ALPHA * 255

    def depth_m(self, view: str) -> Float32[np.ndarray, "512 512"]:
        """Return the true plane depth of an orthographic view in metres, NaN for background."""
        return decode_depth(read_png(self.archive.read(self.key, f"{view}.depth.png")))

    @cached_property
    def surface(self) -> TriangleSurface:
        """The whole true mesh, from `mesh.glb`."""
        return self._read_surface("mesh.glb")

    @cached_property
    def bind_surface(self) -> TriangleSurface:
        """The whole true mesh in the pose of its source file, for protocol `paper`; `surface` if the suite lacks it."""
        return self._read_surface("bind.glb") if "bind.glb" in self.archive.members(self.key) else self.surface

    def _read_surface(self, member: str) -> TriangleSurface:
        mesh = decode_glb(self.archive.read(self.key, member))
        return TriangleSurface(mesh.vertices_head_m, mesh.triangles)

    @cached_property
    def roi(self) -> Roi | None:
        """The region of interest of protocol `paper`; None if the pair has none."""
        roi = self.archive.read_pair(self.key)["roi"]
        return Roi(*map(float, roi)) if roi else None

    @cached_property
    def visible_surface(self) -> TriangleSurface:
        """The triangles of the true mesh that are visible from outside, with the whole mesh as occluder."""
        return extract_visible_part(self.surface, self.surface.ray_caster)

    @cached_property
    def scored_surface(self) -> TriangleSurface:
        """The visible surface, cut to the scoring box."""
        return cut_to_box(self.visible_surface)

    @cached_property
    def sha256(self) -> str:
        """sha256 of all files of the pair that scores depend on."""
        digest = hashlib.sha256()
        for view in VIEWS:
            digest.update(self.archive.read(self.key, f"{view}.rgba.png"))
        for view in SIDE_VIEWS:
            digest.update(self.archive.read(self.key, f"{view}.depth.png"))
        for name in ("mesh.glb", "bind.glb", "pair.json"):
            if name in self.archive.members(self.key):
                digest.update(self.archive.read(self.key, name))
        return digest.hexdigest()


class Suite:
    """The pairs of a suite folder."""

    def __init__(self, folder: Path) -> None:
        """Open the folder. Raises UserError, with the names of missing files, if the folder is not a suite."""
        self.archive = SampleArchive(folder)
        self.folder = folder
        fixed = self.archive.dataset.options.get("suite", {})
        if not isinstance(fixed, dict) or not all(isinstance(fact, str | int) for fact in fixed.values()):
            raise UserError(f"expected name, version and sha256 as options.suite in {folder}/dataset.json, found else")
        self.name: str = str(fixed.get("name", folder.resolve().name))
        self.keys = list(self.archive.keys())
        """The pairs to use. Callers can shorten the list; `identity` does not depend on it."""
        if not self.keys:
            raise UserError(f"expected pairs in {folder}, found no finished sample: make a suite with benchmark build")
        wanted = {"portrait.png", "pair.json", "mesh.glb"} | {f"{view}.rgba.png" for view in VIEWS}
        for key in self.keys:
            missing = sorted(wanted - set(self.archive.members(key)))
            if missing:
                raise UserError(f"{folder} is not a suite: {key} lacks {', '.join(missing[:3])}; use benchmark build")
        self._truths = {key: PairTruth(self.archive, key) for key in self.keys}

    @property
    def identity(self) -> dict[str, Any]:
        """The name, version and sha256 of the suite.

        The sha256 is that of the parameter list for a fixed suite, else that of the list of keys. A key contains the
        hash of the source file of its pair.
        """
        listed = hashlib.sha256("\n".join(self.archive.keys()).encode()).hexdigest()
        fixed: dict[str, Any] = self.archive.dataset.options.get("suite", {})
        return {"name": self.name, "version": VERSION, "sha256": listed} | fixed

    def truth(self, key: str) -> PairTruth:
        """Return the truth of a pair."""
        return self._truths[key]

    def portrait(self, key: str, given: InputKind, remover: Remover | None = None) -> Portrait:
        """Return the input of a method: the front render, or the drawing aligned to the front view.

        With a line remover, the portrait holds the drawing both with and without lines, and the true landmarks if the
        suite has them.
        """
        if given == "render":
            return Portrait.from_render(self.truth(key).rgba("front"))
        pair = self.archive.read_pair(key)
        drawing = warp_drawing(read_png(self.archive.read(key, "portrait.png")), np.array(pair["align"], np.float64))
        if remover is None:
            return Portrait.from_render(drawing)
        points = find_landmarks_px(self.archive.read_meta(key), self._labels)
        known = points if np.isfinite(points).all() else None
        return Portrait(drawing, remover(drawing, known), known)

    @cached_property
    def _labels(self) -> dict[str, Any]:
        return load_landmark_labels(self.folder)


def warp_drawing(
    drawing: UInt8[np.ndarray, "H W 4"], canonical_from_portrait: np.ndarray, size: int = IMAGE_SIZE
) -> UInt8[np.ndarray, "size size 4"]:
    """Warp a drawing by a 3x3 matrix on (row, column, 1), with pixel centres at integers, bilinear.

    Pixels outside the drawing are transparent.
    """
    if drawing.shape == (size, size, 4) and np.array_equal(canonical_from_portrait, np.eye(3)):
        return drawing
    inverse = np.linalg.inv(canonical_from_portrait)
    alpha = drawing[..., 3:] / 255.0
    premultiplied = np.concatenate([drawing[..., :3] * alpha, drawing[..., 3:]], axis=2)
    moved = np.stack(
        [affine_transform(premultiplied[..., c], inverse, output_shape=(size, size), order=1) for c in range(4)], axis=2
    )
    straight = moved[..., :3] / np.maximum(moved[..., 3:] / 255, 1e-6)
    return np.round(np.clip(np.concatenate([straight, moved[..., 3:]], axis=2), 0, 255)).astype(np.uint8)
