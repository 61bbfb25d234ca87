"""The default detector: boxes from `animeface` where it is installed, else from windows; landmarks from a network."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8

from panic3d.cameras.axes import LANDMARK_MIRROR
from panic3d.models.engine.checkpoint import load_network
from panic3d.models.portrait.alignment.warp import warp_affine
from panic3d.models.portrait.faces.animeface_detector import AnimefaceDetector
from panic3d.models.portrait.faces.box import FaceBox
from panic3d.models.portrait.faces.face import Face, LandmarkDetector, suppress_overlapping_faces
from panic3d.models.portrait.faces.landmark_network import LandmarkNetwork, LandmarkNetworkConfig
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.extras import is_installed

REFINEMENT_PASSES = 3
"""Passes of the network; the landmarks of one give the box of the next."""
WINDOW_SIDES = (1.0, 0.62, 0.39, 0.24)
"""Sides of the search windows over the picture's shorter side; windows are 0.45 of their side apart."""
WINDOW_STRIDE = 0.45
MAX_WINDOWS_AT_ONCE = 256
"""Windows in one pass of the network; a picture of 16:9 has 210. A narrow one has thousands."""
MAX_REFINED_WINDOWS = 6
MIN_WINDOW_SCORE = 0.9
"""Least score of a face that was found by windows alone ..."""
MIN_CONFIRMATION_SCORE = 0.2
"""... and of one in a box of animeface; below it animeface's landmarks are taken, if animeface is sure."""
MIN_ANIMEFACE_SCORE = 0.5


class NetworkFaceDetector:
    """Detects faces with a landmark network: the one in `weights`, or the shipped one."""

    def __init__(self, weights: Path | None = None, boxes: LandmarkDetector | None = None) -> None:
        """`boxes`: proposes faces roughly. Where not given, animeface does if it is installed, else windows alone."""
        path = find_weights(find_entry("landmarks", "model"), weights)
        self.network = load_network(path, "landmarks", LandmarkNetworkConfig, LandmarkNetwork)
        self.boxes = AnimefaceDetector() if boxes is None and is_installed("animeface") else boxes

    def faces(self, rgb: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        missing = 1 - rgb.astype(np.float32) / 255  # zero where it is white, as outside
        given = [] if self.boxes is None else self.boxes.faces(rgb)
        found = []
        for theirs, ours in zip(given, self.refine(missing, [face.box for face in given]), strict=True):
            if ours.score >= MIN_CONFIRMATION_SCORE:
                found.append(ours)
            elif theirs.score >= MIN_ANIMEFACE_SCORE:
                found.append(theirs)
        if not found:
            best = self._find_best_windows(missing)
            found = [face for face in self.refine(missing, best) if face.score >= MIN_WINDOW_SCORE]
        return suppress_overlapping_faces(found)

    def refine(self, missing: Float[np.ndarray, "H W 3"], boxes: Sequence[FaceBox]) -> list[Face]:
        """Refine faces: detect the landmarks in each box, move the box to them, and repeat."""
        faces: list[Face] = []
        for _ in range(REFINEMENT_PASSES if boxes else 0):
            faces = self._detect_in_boxes(missing, boxes, average_mirrored=True)
            boxes = [face.box for face in faces]
        return faces

    def _find_best_windows(self, missing: Float[np.ndarray, "H W 3"]) -> list[FaceBox]:
        windows = _make_windows(*missing.shape[:2])
        faces = [
            face
            for start in range(0, len(windows), MAX_WINDOWS_AT_ONCE)
            for face in self._detect_in_boxes(missing, windows[start : start + MAX_WINDOWS_AT_ONCE], False)
        ]
        best = sorted(range(len(windows)), key=lambda i: -faces[i].score)[:MAX_REFINED_WINDOWS]
        return [faces[i].box for i in best]

    def _detect_in_boxes(
        self, missing: Float[np.ndarray, "H W 3"], boxes: Sequence[FaceBox], average_mirrored: bool
    ) -> list[Face]:
        """Detect one face per box in one pass; `average_mirrored`: average with the mirrored picture."""
        size: int = self.network.config.size
        maps = [box.box_from_picture(size) for box in boxes]
        cut = np.stack([1 - _crop_box(missing, box, to_box, size) for box, to_box in zip(boxes, maps, strict=True)])
        rgb = torch.from_numpy(cut).permute(0, 3, 1, 2).contiguous()
        with torch.no_grad():
            points, logit = self.network(rgb)
            if average_mirrored:
                mirrored, other = self.network(rgb.flip(3))
                mirrored = mirrored[:, list(LANDMARK_MIRROR)] * torch.tensor([-1.0, 1.0]) + torch.tensor([1.0, 0.0])
                points, logit = (points + mirrored) / 2, (logit + other) / 2
        score = logit.sigmoid().numpy()
        inside = points.numpy().astype(np.float64)
        corners = [np.array([b.column_px, b.row_px]) - b.side_px / 2 for b in boxes]
        return [
            Face(corner + inside[i] * box.side_px, float(score[i]))
            for i, (corner, box) in enumerate(zip(corners, boxes, strict=True))
        ]


def _crop_box(
    missing: Float[np.ndarray, "H W 3"], box: FaceBox, to_box: Float[np.ndarray, "2 3"], size: int
) -> Float[np.ndarray, "size size 3"]:
    """Resample the box to `size` pixels; only its part of the picture is read."""
    height, width = missing.shape[:2]
    corner = np.array([box.column_px, box.row_px]) - box.side_px / 2 - 2
    left, top = (max(0, int(value)) for value in corner)
    right, bottom = (int(value) + 1 for value in corner + box.side_px + 4)
    part = missing[top : min(bottom, height), left : min(right, width)]
    if not part.size:
        return np.zeros((size, size, 3), np.float32)
    moved = np.column_stack([to_box[:, :2], to_box[:, 2] + to_box[:, :2] @ [left, top]])
    return warp_affine(np.ascontiguousarray(part), moved, size)


def _make_windows(height: int, width: int) -> list[FaceBox]:
    boxes = []
    for share in WINDOW_SIDES:
        side = share * min(height, width)
        for row in _place_windows(height, side):
            boxes += [FaceBox(column, row, side) for column in _place_windows(width, side)]
    return boxes


def _place_windows(length: int, side: float) -> list[float]:
    count = max(1, int(np.ceil((length - side) / (WINDOW_STRIDE * side))) + 1)
    return list(np.linspace(side / 2, length - side / 2, count)) if count > 1 else [length / 2]


@cache
def load_face_detector() -> NetworkFaceDetector:
    """Return the shipped detector, which is loaded once."""
    return NetworkFaceDetector()
