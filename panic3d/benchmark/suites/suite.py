"""A suite: pairs of a portrait and a true head, as a dataset folder (docs/reference/formats.md)."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import affine_transform

from panic3d.benchmark.metrics.published import Roi
from panic3d.benchmark.metrics.surface import TriangleSurface, cut_to_box, extract_visible_part
from panic3d.cameras.axes import IMAGE_SIZE, MASK_ALPHA
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
"""What a method is asked to show."""
InputKind = Literal["drawing", "render"]


class PairTruth:
    """The truth of one pair; what is costly is worked out once, however many methods are scored."""

    def __init__(self, archive: SampleArchive, key: str) -> None:
        self.archive, self.key = archive, key

    def rgba(self, view: str) -> UInt8[np.ndarray, "512 512 4"]:
        return read_png(self.archive.read(self.key, f"{view}.rgba.png"))

    def rgb(self, view: str) -> Float32[np.ndarray, "512 512 3"]:
        """On white, in [0, 1]."""
        rgba = self.rgba(view) / np.float32(255)
        return rgba[..., :3] * rgba[..., 3:] + (1 - rgba[..., 3:])

    def mask(self, view: str) -> Bool[np.ndarray, "512 512"]:
        return self.rgba(view)[..., 3] >= MASK_ALPHA * 255

    def depth_m(self, view: str) -> Float32[np.ndarray, "512 512"]:
        return decode_depth(read_png(self.archive.read(self.key, f"{view}.depth.png")))

    @cached_property
    def surface(self) -> TriangleSurface:
        """The whole true mesh, as it lies in `mesh.glb`."""
        mesh = decode_glb(self.archive.read(self.key, "mesh.glb"))
        return TriangleSurface(mesh.vertices_head_m, mesh.triangles)

    @cached_property
    def bind_surface(self) -> TriangleSurface:
        """The whole true mesh in the pose of its file, for protocol `paper`; posed where the suite has no other."""
        if "bind.glb" not in self.archive.members(self.key):
            return self.surface
        mesh = decode_glb(self.archive.read(self.key, "bind.glb"))
        return TriangleSurface(mesh.vertices_head_m, mesh.triangles)

    @cached_property
    def roi(self) -> Roi | None:
        """The region of interest that the paper's protocol crops to."""
        roi = json.loads(self.archive.read(self.key, "pair.json"))["roi"]
        return Roi(*map(float, roi)) if roi else None

    @cached_property
    def visible_surface(self) -> TriangleSurface:
        """The triangles of the true mesh that are seen from outside, past the whole of it."""
        return extract_visible_part(self.surface, self.surface.ray_caster)

    @cached_property
    def scored_surface(self) -> TriangleSurface:
        """What is scored: what is seen, cut to the scoring box."""
        return cut_to_box(self.visible_surface)

    @cached_property
    def sha256(self) -> str:
        """Of everything that a score is made from."""
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
        """UserError where the folder is no suite, with what is missing."""
        self.archive = SampleArchive(folder)
        self.folder = folder
        self.name: str = self.archive.dataset.options.get("suite", {}).get("name", folder.resolve().name)
        self.keys = list(self.archive.keys())
        """A caller may shorten it; the suite stays what it is."""
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
        """Name, version and sha256: of a fixed suite those of its parameter list, else of the list of its pairs.

        A pair's key holds the hash of the file that it was made from.
        """
        listed = hashlib.sha256("\n".join(self.archive.keys()).encode()).hexdigest()
        fixed: dict[str, Any] = self.archive.dataset.options.get("suite", {})
        return {"name": self.name, "version": VERSION, "sha256": listed} | fixed

    def truth(self, key: str) -> PairTruth:
        return self._truths[key]

    def portrait(self, key: str, given: InputKind, remover: Remover | None = None) -> Portrait:
        """What the method sees: the front render, or the drawing brought to the canonical frame.

        With a line remover the drawing comes twice, as it is and without lines, and with its true landmarks, if known.
        """
        if given == "render":
            return Portrait.from_render(self.truth(key).rgba("front"))
        pair = json.loads(self.archive.read(key, "pair.json"))
        drawing = warp_drawing(read_png(self.archive.read(key, "portrait.png")), np.array(pair["align"], np.float64))
        if remover is None:
            return Portrait.from_render(drawing)
        points = find_landmarks_px(json.loads(self.archive.read(key, "meta.json")), self._labels)
        known = points if np.isfinite(points).all() else None
        return Portrait(drawing, remover(drawing, known), known)

    @cached_property
    def _labels(self) -> dict[str, Any]:
        return load_landmark_labels(self.folder)


def warp_drawing(
    drawing: UInt8[np.ndarray, "H W 4"], canonical_from_portrait: np.ndarray, size: int = IMAGE_SIZE
) -> UInt8[np.ndarray, "size size 4"]:
    """A drawing moved by a 3x3 matrix on (row, column, 1), pixel centres at integers; transparent where it ends."""
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
