"""Protocol `paper`: PAniC-3D's evaluation as published (2023-06), with a named switch for each of its peculiarities.

The published numbers were computed with all switches on. Reproducing them needs the official weights and the 68 pairs.
The functions are tested against numbers that the published code computes
(`tests/benchmark/metrics/test_parity_evaluation.py`).
"""

import zlib
from collections.abc import Set
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8

from panic3d.benchmark.metrics import geometry, image, published
from panic3d.benchmark.metrics.clip import clip_similarity
from panic3d.benchmark.metrics.published import Roi
from panic3d.benchmark.metrics.surface import EMPTY_SURFACE_DISTANCE_MM, TriangleSurface, cut_to_box, sample_surface
from panic3d.benchmark.predictions import Prediction, Quantisation
from panic3d.benchmark.protocols.protocol import WITHOUT, MetricColumn, Protocol
from panic3d.benchmark.suites.suite import PairTruth
from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.runtime.errors import WrongUsage

WHOLE_VIEW = Roi(0.0, 0.0, float(IMAGE_SIZE), float(IMAGE_SIZE))


def _define_switch(reason: str) -> Any:
    return field(default=True, metadata={"reason": reason})


@dataclass(frozen=True)
class PaperSwitches:
    """Differences of the published evaluation from `standard`; each can be turned off (`--without NAME`)."""

    roi_crop: bool = _define_switch(
        "Pictures are cropped to a hand-drawn region where drawing and model are well aligned (mirrored for the back, "
        "only its rows for the spin) and meshes to the region drawn out along z. Off: whole pictures and meshes."
    )
    mirrored_truth_roi: bool = _define_switch(
        "The region cuts the truth in glTF's x and the prediction in the volume's x, which point opposite ways: an "
        "asymmetric region cuts different sides. Off: the same region for both."
    )
    truncated_png: bool = _define_switch(
        "Pictures are written as 8-bit by cutting off the fraction: half a grey level darker on average. Off: rounded."
    )
    lpips_in_0_1: bool = _define_switch(
        "LPIPS is fed [0, 1] although its network expects [-1, 1], which shrinks every distance. Off: [-1, 1]."
    )
    psnr_range_of_truth: bool = _define_switch(
        "PSNR takes its data range from the true crop (torchmetrics' default), so a crop without white or black counts "
        "less. Off: 1."
    )
    clip_centre_crop: bool = _define_switch(
        "CLIP's preprocessing keeps the middle square of a crop, so a wide or high one loses its edges. Off: the whole "
        "crop, squeezed into the square."
    )
    bind_pose: bool = _define_switch(
        "The true mesh is in the pose of its file, while the pictures, and so the predictions, have lowered arms. Off: "
        "the posed mesh."
    )
    winding_innards: bool = _define_switch(
        "Inside is what the true surface winds around 1.3 times or more; open and one-sided parts are misjudged. Off: "
        "nothing of the truth is removed."
    )
    whole_triangles: bool = _define_switch(
        "Of the truth a triangle stays only if all of it lies within 0.25 m of the head's origin. Off: triangles are "
        "cut there, of truth and prediction."
    )
    last_f_score: bool = _define_switch(
        "The F-scores that the script prints as means are those of the last pair. Off: means over the pairs."
    )


def describe_switches() -> dict[str, str]:
    """Return for each switch by name what it does when it is on and when it is off."""
    return {switch.name: switch.metadata["reason"] for switch in fields(PaperSwitches)}


def _make_columns(switches: PaperSwitches) -> tuple[MetricColumn, ...]:
    last = " As published, of the last pair only." if switches.last_f_score else ""
    published_pictures = {
        "front": (94.667, 19.373, 16.914),
        "back": (85.046, 30.017, 15.508),
        "spin": (84.606, 25.252, 15.977),
    }
    where = {"front": "the front view", "back": "the back view", "spin": "12 perspective views, averaged"}
    columns = []
    for group, (clip, lpips, psnr) in published_pictures.items():
        columns += [
            MetricColumn(f"{group}_clip", group, "CLIP", "x100", True, 3,
                   f"Cosine of CLIP embeddings (ViT-B/32) of the region in {where[group]}.", clip),
            MetricColumn(f"{group}_lpips", group, "LPIPS", "x100", False, 3,
                   f"LPIPS (AlexNet) of the region in {where[group]}; as published, fed [0, 1].", lpips),
            MetricColumn(f"{group}_psnr", group, "PSNR", "dB", True, 3,
                   f"PSNR of the region in {where[group]}; as published, its range is that of the true crop.", psnr),
        ]  # fmt: skip
    over: dict = {"over_pairs": "last" if switches.last_f_score else "mean", "published_over": "last"}
    return (
        *columns,
        MetricColumn("cd", "geometry", "CD", "cm", False, 3,
               "Mean of the two mean distances between points and the other surface; 1 is 10 mm.", 1.329),
        MetricColumn("f1_5mm", "geometry", "F1@5", "%", True, 3,
               f"Harmonic mean of the shares of points within 5 mm of the other surface.{last}", 37.725, **over),
        MetricColumn("f1_10mm", "geometry", "F1@10", "%", True, 3, f"The same within 10 mm.{last}", 65.498, **over),
    )  # fmt: skip


class PaperProtocol(Protocol):
    """The evaluation protocol of PAniC-3D with all or some of its switches on."""

    version = 1

    def __init__(self, switches: PaperSwitches = PaperSwitches()) -> None:
        off = [switch.name for switch in fields(PaperSwitches) if not getattr(switches, switch.name)]
        self.name = "paper" + (f"{WITHOUT}{'-'.join(off)}" if off else "")
        self.switches = switches
        self.columns = _make_columns(switches)

    @cached_property
    def quantisation(self) -> Quantisation:  # type: ignore[override]
        return "truncated" if self.switches.truncated_png else "rounded"

    def find_regions(self, truth: PairTruth) -> dict[str, Roi]:
        """Return the region of each group of views: front, back and spin."""
        roi = truth.roi if self.switches.roi_crop and truth.roi is not None else WHOLE_VIEW
        return {"front": roi, "back": roi.mirrored, "spin": roi.full_width}

    def score_view(self, group: str, view: str, truth: PairTruth, prediction: Prediction) -> dict[str, float]:
        roi = self.find_regions(truth)[group]
        return self.score_crops(
            published.crop_on_white(prediction.rgba(view), roi), published.crop_on_white(truth.rgba(view), roi)
        )

    def score_crops(
        self, prediction: UInt8[np.ndarray, "H W 3"], target: UInt8[np.ndarray, "H W 3"]
    ) -> dict[str, float]:
        x, y = (image.to_image_batch(crop / np.float32(255)) for crop in (prediction, target))
        data_range = image.compute_data_range(y) if self.switches.psnr_range_of_truth else 1.0
        values = {"psnr": image.psnr_db(x, y, data_range).item()}
        if self.lpips is not None:
            values["lpips"] = 100 * self._measure_lpips(x, y)
        if self.clip is not None:
            crop = self.switches.clip_centre_crop
            values["clip"] = 100 * clip_similarity(self.clip.encode, prediction, target, crop)
        return values

    def _measure_lpips(self, x: Float[torch.Tensor, "1 3 H W"], y: Float[torch.Tensor, "1 3 H W"]) -> float:
        assert self.lpips is not None
        return image.lpips(self.lpips, x, y, signed=not self.switches.lpips_in_0_1).item()

    def score_mesh(self, truth: PairTruth, prediction: Prediction) -> dict[str, float]:
        predicted, true = self.cut_predicted_surface(truth, prediction.surface), self.cut_true_surface(truth)
        if true.areas_m2.sum() <= 0:
            raise geometry.EmptyTruthError("the truth has no surface inside its region of interest")
        generators = [np.random.Generator(np.random.PCG64([zlib.crc32(truth.key.encode()), way])) for way in range(2)]
        to_prediction_m = (
            geometry.find_nearest(*sample_surface(true, geometry.POINTS, generators[0]), predicted).distance_mm / 1000
        )
        to_truth_m = np.full(geometry.POINTS, EMPTY_SURFACE_DISTANCE_MM / 1000)
        if predicted.areas_m2.sum() > 0:
            to_truth_m = (
                geometry.find_nearest(*sample_surface(predicted, geometry.POINTS, generators[1]), true).distance_mm
                / 1000
            )
        return {
            "cd": 100 * float(to_truth_m.mean() + to_prediction_m.mean()) / 2,
            "f1_5mm": 100 * published.f_score(to_truth_m, to_prediction_m, 0.005),
            "f1_10mm": 100 * published.f_score(to_truth_m, to_prediction_m, 0.010),
        }

    def cut_predicted_surface(self, truth: PairTruth, surface: TriangleSurface) -> TriangleSurface:
        """Cut the predicted surface to the part that is scored, the region of interest."""
        if not self.switches.whole_triangles:
            surface = cut_to_box(surface)
        return self._cut_to_region(surface, self.find_regions(truth)["front"])

    def cut_true_surface(self, truth: PairTruth) -> TriangleSurface:
        """Cut the true surface to the part that is scored: within 0.25 m and the region, without inner vertices."""
        whole = truth.bind_surface if self.switches.bind_pose else truth.surface
        vertices, triangles = np.asarray(whole.vertices_m, np.float64), whole.triangles
        if self.switches.winding_innards:
            inner = published.find_inner_vertices(vertices, triangles)
            vertices, triangles = published.remove_vertices(vertices, triangles, inner)
        if self.switches.whole_triangles:
            surface = TriangleSurface(vertices, published.select_triangles_in_box(vertices, triangles))
        else:
            surface = cut_to_box(TriangleSurface(vertices, triangles))
        roi = self.find_regions(truth)["front"]
        return self._cut_to_region(surface, roi.mirrored if self.switches.mirrored_truth_roi else roi)

    def _cut_to_region(self, surface: TriangleSurface, roi: Roi) -> TriangleSurface:
        if roi == WHOLE_VIEW:
            return surface
        vertices = np.asarray(surface.vertices_m, np.float64)
        gone = published.find_vertices_outside_roi(vertices, roi)
        return TriangleSurface(*published.remove_vertices(vertices, surface.triangles, gone))


def load(without: Set[str]) -> PaperProtocol:
    """Make the protocol with some switches off. Raises WrongUsage, with the list of switches, if one is unknown."""
    unknown = sorted(without - describe_switches().keys())
    if unknown:
        raise WrongUsage(
            f"unknown switch '{unknown[0]}' of protocol paper: choose from {', '.join(describe_switches())}"
        )
    return PaperProtocol(replace(PaperSwitches(), **dict.fromkeys(without, False)))
