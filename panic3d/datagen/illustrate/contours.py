"""Places of lines: at the silhouette, between parts, where one form occludes another, at creases."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float
from skimage.morphology import skeletonize

from panic3d.datagen.illustrate.noise import blur
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.illustrate.strokes import smooth_curve

MIN_DEPTH_STEP_M = {"hair": 0.0075, "other": 0.012}
"""The step in depth from which an edge is drawn; `other` holds for every part but hair."""
MIN_FOLD_WEIGHT = 0.6
"""Folds with a lower mean weight get no line."""
MAX_CREASE_COSINE = 0.45
NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))


@dataclass(frozen=True)
class ContourLine:
    """A traced line: its curve in pixels, its kind, and the weight of the step that it marks (0 to 1; None: all 1)."""

    points: Float[np.ndarray, "N 2"]
    kind: str
    weight: Float[np.ndarray, "N"] | None = None

    @property
    def closed(self) -> bool:
        """Whether the curve ends where it begins."""
        return bool(np.hypot(*(self.points[0] - self.points[-1])) < 1)


def trace_contours(passes: PortraitPasses, min_length_px: float, smoothing_px: float) -> list[ContourLine]:
    """Trace all lines of at least the given length as smoothed curves.

    Lengths are pixels of an image of 512 pixels. Kinds: `outline` (silhouette), `part` (between parts), `fold` (depth
    steps inside a part, creases), `detail` (colour edges on clothes and accessories).
    """
    outline = [path for path in _trace_silhouette(passes) if len(path) >= min_length_px * passes.unit]
    chains = [ContourLine(smooth_curve(path + 0.5, smoothing_px * passes.unit), "outline") for path in outline]
    free = cv2.erode(passes.covered.astype(np.uint8), _make_disc(3 * passes.unit), borderValue=1) > 0
    for kind, (mask, strength) in _classify_edges(passes).items():
        step = cv2.dilate(strength.astype(np.float32), np.ones((3, 3)))
        for path in _trace_skeleton(skeletonize(mask & free)):
            if len(path) < min_length_px * passes.unit:
                continue
            column, row = path.T
            points = smooth_curve(path + 0.5, smoothing_px * passes.unit)
            at = np.linspace(0, len(path) - 1, len(points)).round().astype(int)
            weight = cv2.blur(step[row, column][None], (9, 1))[0]
            if kind == "fold" and weight.mean() < MIN_FOLD_WEIGHT:
                continue
            chains.append(ContourLine(points, kind, weight[at]))
        free &= cv2.dilate(mask.astype(np.uint8), _make_disc(2 * passes.unit)) == 0
    return chains


def _make_disc(radius_px: float) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(radius_px)) + 1,) * 2)


def _trace_silhouette(passes: PortraitPasses) -> list[np.ndarray]:
    """Return the borders of the covered region as ordered pixels, except where the image border cuts it."""
    borders, _ = cv2.findContours(passes.covered.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    paths: list[np.ndarray] = []
    for border in borders:
        ring = border[:, 0]
        cut = ((ring < 2) | (ring > passes.size - 3)).any(axis=1)
        if cut.any():
            ring = np.roll(ring, -int(np.argmax(cut)), axis=0)
            cut = np.roll(cut, -int(np.argmax(cut)))
            pieces = np.split(ring, np.flatnonzero(np.diff(cut)) + 1)
            paths += pieces[1::2]
        else:
            paths.append(np.concatenate([ring, ring[:1]]))
    return paths


def _classify_edges(passes: PortraitPasses) -> dict[str, tuple[Bool[np.ndarray, "S S"], Float[np.ndarray, "S S"]]]:
    """Return for each kind, by importance, the pixels on the near side of the edges and the weights of the steps."""
    depth_m, there, part = passes.depth_m, passes.covered, passes.part
    raw = passes.view.normal_head
    assert raw is not None
    slope = np.hypot(raw[..., 0], raw[..., 1]) / np.maximum(raw[..., 2], 0.12) * passes.pixel_m
    hair = passes.mask_parts("hair") > 0
    gap_m, crease = np.zeros_like(depth_m), np.ones_like(depth_m)
    between = np.zeros_like(there)
    for shift in NEIGHBOURS:
        beside = np.roll(depth_m, shift, (0, 1))
        other_slope = np.roll(slope, shift, (0, 1))
        near = there & np.roll(there, shift, (0, 1)) & (depth_m <= beside + 1e-6)
        gap_m = np.where(near, np.maximum(gap_m, beside - depth_m - slope - np.minimum(other_slope, 0.004)), gap_m)
        other_part = np.roll(part, shift, (0, 1))
        skin_seam = ((part == 1) | (part == 6) | (part == 2)) & (
            (other_part == 1) | (other_part == 6) | (other_part == 2)
        )
        between |= near & (part != other_part) & ~(skin_seam & (beside - depth_m < MIN_DEPTH_STEP_M["other"]))
        cosine = np.einsum("hwc,hwc->hw", passes.normal, np.roll(passes.normal, shift, (0, 1)))
        crease = np.where(near & (part == other_part), np.minimum(crease, cosine), crease)
    fold = (gap_m > np.where(hair, MIN_DEPTH_STEP_M["hair"], MIN_DEPTH_STEP_M["other"])) | (crease < MAX_CREASE_COSINE)
    fold &= (passes.mask_parts("eye") == 0) & there
    grey = (blur(passes.rgb, 0.8 * passes.unit).mean(axis=-1) * 255).astype(np.uint8)
    detail = (cv2.Canny(grey, 40, 90) > 0) & (passes.mask_parts("cloth", "accessory", "other") > 0)
    return {
        "part": (between, np.clip(0.4 + gap_m / 0.04, 0, 1) * between),
        "fold": (fold, np.clip(0.15 + gap_m / 0.02, 0, 1) * fold),
        "detail": (detail, 0.5 * detail),
    }


def _trace_skeleton(thin: Bool[np.ndarray, "S S"]) -> list[np.ndarray]:
    """Trace paths (column, row) through a one-pixel-wide mask.

    A path ends at ends and crossings, or closes on itself.
    """
    rows, columns = np.nonzero(thin)
    left = set(zip(columns.tolist(), rows.tolist(), strict=True))
    ring = ((1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1), (-1, -1), (1, -1))

    def list_neighbours(pixel: tuple[int, int]) -> list[tuple[int, int]]:
        return [(pixel[0] + x, pixel[1] + y) for x, y in ring if (pixel[0] + x, pixel[1] + y) in left]

    ends = [pixel for pixel in left if len(list_neighbours(pixel)) == 1]
    paths: list[np.ndarray] = []
    for start in (*sorted(ends), *sorted(left)):
        if start not in left:
            continue
        path, at = [start], start
        left.discard(start)
        heading = (0, 0)
        while nexts := list_neighbours(at):
            # At a fork, the path continues as straight as possible.
            at = max(nexts, key=lambda p: (p[0] - path[-1][0]) * heading[0] + (p[1] - path[-1][1]) * heading[1])
            back = path[max(0, len(path) - 4)]
            heading = (at[0] - back[0], at[1] - back[1])
            left.discard(at)
            path.append(at)
        paths.append(np.array(path))
    return paths
