"""Protocols: what is measured of a prediction, under a name that travels with every number."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Float32

from panic3d.benchmark.metrics import geometry, image
from panic3d.benchmark.metrics.silhouette import depth_error_mm, iou
from panic3d.benchmark.metrics.surface import Surface, cut_to_box
from panic3d.benchmark.predictions import Fault, Prediction
from panic3d.benchmark.suites import SIDE_VIEWS, SPIN_VIEWS, VIEWS, Truth
from panic3d.conventions import IMAGE_SIZE
from panic3d.datagen.rigs import camera_of
from panic3d.errors import WrongUsage
from panic3d.models.export.raycast import render_depth
from panic3d.perceptual import Lpips, load_lpips

NO_LPIPS = "skipped: weights not found"
PICTURE_GROUPS = {"front": ("front",), "back": ("back",), "spin": SPIN_VIEWS}
PicturePair = tuple[np.ndarray, np.ndarray]
"""Prediction and truth, (H, W, 3) float32 in [0, 1] on white."""


@dataclass(frozen=True)
class Number:
    """One column of the leaderboard."""

    name: str
    group: str
    title: str
    unit: str
    higher_is_better: bool
    digits: int
    meaning: str


@dataclass
class Scores:
    """The numbers of one pair; what is missing has its reason in `faults` (of the prediction) or `skipped` (ours)."""

    numbers: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def _picture_numbers(group: str, title: str, where: str) -> tuple[Number, ...]:
    return (
        Number(f"{group}_psnr", title, "PSNR", "dB", True, 2,
               f"10 log10(1 / mean squared error) of {where}; identical pictures count 100 dB."),
        Number(f"{group}_ssim", title, "SSIM", "", True, 3,
               f"Structural similarity of {where} (Gaussian window 11x11, sigma 1.5): 1 is identical."),
        Number(f"{group}_lpips", title, "LPIPS", "", False, 3,
               f"Learned perceptual distance of {where} (AlexNet, pictures in [-1, 1]): 0 is identical."),
    )  # fmt: skip


class Standard:
    """Whole 512x512 pictures on white, and surfaces within 0.25 m of the head's origin, seen from outside."""

    name = "standard"
    version = 1
    numbers = (
        *_picture_numbers("front", "front", "the front view"),
        *_picture_numbers("back", "back", "the back view"),
        *_picture_numbers("spin", "spin", "12 perspective views around the head, averaged"),
        Number("sides_iou", "silhouette", "IoU", "", True, 3,
               "Overlap of the mesh's outline with the true one (intersection over union), mean of front, left, back "
               "and right."),
        Number("sides_depth_mm", "silhouette", "depth", "mm", False, 1,
               "Mean absolute depth error of the mesh where both it and the truth have a surface, mean of front, left, "
               "back and right."),
        Number("chamfer_mm", "geometry", "chamfer", "mm", False, 2,
               "Mean of accuracy and completeness."),
        Number("accuracy_mm", "geometry", "accuracy", "mm", False, 2,
               "Mean distance from points on the prediction to the true surface: is what is there right?"),
        Number("completeness_mm", "geometry", "completeness", "mm", False, 2,
               "Mean distance from points on the true surface to the prediction: is all there?"),
        Number("f_5mm", "geometry", "F 5 mm", "%", True, 1,
               "Harmonic mean of the shares of predicted and of true points within 5 mm of the other surface."),
        Number("f_10mm", "geometry", "F 10 mm", "%", True, 1,
               "The same within 10 mm."),
        Number("normals", "geometry", "normals", "", True, 3,
               "Normal consistency: mean |cos| of the angle between normals of nearest points, both ways."),
    )  # fmt: skip

    @cached_property
    def lpips(self) -> Lpips | None:
        return load_lpips()

    def score(self, truth: Truth, prediction: Prediction) -> Scores:
        """Every number that the files allow; every fault is named."""
        scores = Scores()
        pictures: dict[str, Float32[np.ndarray, "H W 3"]] = {}
        for view in VIEWS:
            try:
                pictures[view] = prediction.rgb(view)
            except Fault as fault:
                scores.faults.append(str(fault))
        for group, views in PICTURE_GROUPS.items():
            if all(view in pictures for view in views):
                self._score_pictures(group, [(pictures[view], truth.rgb(view)) for view in views], scores)
        try:
            scores.numbers |= self._shape_numbers(truth, prediction.surface)
        except Fault as fault:
            scores.faults.append(str(fault))
        return scores

    def _score_pictures(self, group: str, pairs: Sequence[PicturePair], scores: Scores) -> None:
        values = [self._picture_values(*(_planes(rgb) for rgb in pair)) for pair in pairs]
        for name in values[0]:
            scores.numbers[f"{group}_{name}"] = float(np.mean([value[name] for value in values]))
        if self.lpips is None:
            scores.skipped[f"{group}_lpips"] = NO_LPIPS

    def _picture_values(
        self, prediction: Float[torch.Tensor, "1 3 H W"], target: Float[torch.Tensor, "1 3 H W"]
    ) -> dict[str, float]:
        values = {"psnr": image.psnr_db(prediction, target).item(), "ssim": image.ssim(prediction, target).item()}
        if self.lpips is not None:
            values["lpips"] = image.lpips(self.lpips, prediction, target).item()
        return values

    def _shape_numbers(self, truth: Truth, surface: Surface) -> dict[str, float]:
        sides = [
            (render_depth(surface.scene, camera_of(view), IMAGE_SIZE), truth.mask(view), truth.depth_m(view))
            for view in SIDE_VIEWS
        ]
        comparison = geometry.compare(
            cut_to_box(surface), truth.scored_surface, truth.surface, seed=zlib.crc32(truth.key.encode())
        )
        return {
            "sides_iou": float(np.mean([iou(np.isfinite(depth_m), mask) for depth_m, mask, _ in sides])),
            "sides_depth_mm": float(np.mean([depth_error_mm(depth_m, true_m) for depth_m, _, true_m in sides])),
            "chamfer_mm": geometry.chamfer_mm(comparison),
            "accuracy_mm": geometry.accuracy_mm(comparison),
            "completeness_mm": geometry.completeness_mm(comparison),
            "f_5mm": geometry.f_score_percent(comparison, 5.0),
            "f_10mm": geometry.f_score_percent(comparison, 10.0),
            "normals": geometry.normal_consistency(comparison),
        }


def _planes(rgb: Float32[np.ndarray, "H W 3"]) -> Float[torch.Tensor, "1 3 H W"]:
    return torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1)[None].contiguous()


PROTOCOLS = {protocol.name: protocol for protocol in (Standard,)}


def load_protocol(name: str) -> Standard:
    """The named protocol. WrongUsage lists the names where it is unknown."""
    if name not in PROTOCOLS:
        raise WrongUsage(f"unknown protocol '{name}': choose from {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]()
