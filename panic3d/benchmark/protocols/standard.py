"""Protocol `standard`: metrics of whole images, and of the surface of the head that is visible from outside."""

import zlib
from collections.abc import Set
from dataclasses import asdict

import numpy as np

from panic3d.benchmark.metrics import geometry, image
from panic3d.benchmark.metrics.clip import clip_similarity
from panic3d.benchmark.metrics.silhouette import depth_error_mm, iou
from panic3d.benchmark.metrics.surface import cut_to_box
from panic3d.benchmark.metrics.symmetry import face_asymmetry_mm
from panic3d.benchmark.metrics.topology import measure_topology
from panic3d.benchmark.predictions import Prediction, quantise_rgb
from panic3d.benchmark.protocols.protocol import MetricColumn, Protocol
from panic3d.benchmark.suites.suite import SIDE_VIEWS, PairTruth
from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.raycast import render_depth
from panic3d.runtime.errors import WrongUsage

PUBLISHED = {
    "front": {"psnr": 16.914, "lpips": 0.19373, "clip": 0.94667},
    "back": {"psnr": 15.508, "lpips": 0.30017, "clip": 0.85046},
    "spin": {"psnr": 15.977, "lpips": 0.25252, "clip": 0.84606},
    "geometry": {"chamfer_mm": 13.29, "f_5mm": 37.725, "f_10mm": 65.498},
}
"""The numbers of the paper in the units of this protocol. They were measured by another protocol (`paper.py`).

The F-scores are those of the last of the 68 pairs alone, all others are means."""


def _make_view_columns(group: str, where: str) -> tuple[MetricColumn, ...]:
    known = PUBLISHED[group]
    return (
        MetricColumn(f"{group}_psnr", group, "PSNR", "dB", True, 2,
               f"10 log10(1 / mean squared error) of {where}; identical pictures count 100 dB.", known["psnr"]),
        MetricColumn(f"{group}_ssim", group, "SSIM", "", True, 3,
               f"Structural similarity of {where} (Gaussian window 11x11, sigma 1.5): 1 is identical."),
        MetricColumn(f"{group}_lpips", group, "LPIPS", "", False, 3,
               f"Learned perceptual distance of {where} (AlexNet, pictures in [-1, 1]): 0 is identical.",
               known["lpips"]),
        MetricColumn(f"{group}_clip", group, "CLIP", "", True, 3,
               f"Cosine of the CLIP embeddings (ViT-B/32) of {where}: do they show the same thing? 1 is identical.",
               known["clip"]),
    )  # fmt: skip


class StandardProtocol(Protocol):
    """Scores whole 512x512 images on white, and visible surfaces within 0.25 m of the origin of the head frame."""

    name = "standard"
    version = 3
    accepts_metrics = True
    columns = (
        *_make_view_columns("front", "the front view"),
        *_make_view_columns("back", "the back view"),
        *_make_view_columns("spin", "12 perspective views around the head, averaged"),
        MetricColumn("sides_iou", "silhouette", "IoU", "", True, 3,
               "Overlap of the mesh's outline with the true one (intersection over union), mean of front, left, back "
               "and right."),
        MetricColumn("sides_depth_mm", "silhouette", "depth", "mm", False, 1,
               "Mean absolute depth error of the mesh where both it and the truth have a surface, mean of front, left, "
               "back and right."),
        MetricColumn("chamfer_mm", "geometry", "chamfer", "mm", False, 2,
               "Mean of accuracy and completeness.", PUBLISHED["geometry"]["chamfer_mm"]),
        MetricColumn("accuracy_mm", "geometry", "accuracy", "mm", False, 2,
               "Mean distance from points on the prediction to the true surface: is what is there right?"),
        MetricColumn("completeness_mm", "geometry", "complete", "mm", False, 2,
               "Mean distance from points on the true surface to the prediction: is all there?"),
        MetricColumn("f_5mm", "geometry", "F 5 mm", "%", True, 1,
               "Harmonic mean of the shares of predicted and of true points within 5 mm of the other surface.",
               PUBLISHED["geometry"]["f_5mm"], published_over="last"),
        MetricColumn("f_10mm", "geometry", "F 10 mm", "%", True, 1,
               "The same within 10 mm.", PUBLISHED["geometry"]["f_10mm"], published_over="last"),
        MetricColumn("normals", "geometry", "normals", "", True, 3,
               "Normal consistency: mean |cos| of the angle between normals of nearest points, both ways."),
        MetricColumn("components", "mesh", "pieces", "", False, 1,
               "Pieces of the whole predicted mesh that hang together; vertices at one place are one."),
        MetricColumn("holes", "mesh", "holes", "", False, 1,
               "Closed chains of open edges, without the outlines of sheets such as locks of hair."),
        MetricColumn("genus", "mesh", "genus", "", False, 1,
               "Handles of all pieces: 0 for balls and sheets, 1 for a ring."),
        MetricColumn("nonmanifold_edges", "mesh", "non-manifold", "edges", False, 1,
               "Edges with more than two triangles."),
        MetricColumn("triangles", "mesh", "triangles", "", False, 0,
               "Triangles in the file: what the mesh costs, not how good it is."),
        MetricColumn("asymmetry_mm", "mesh", "asymmetry", "mm", False, 2,
               "Root mean square distance of the mirrored face from the mesh; the face is what the front view shows "
               "between brows and chin."),
    )  # fmt: skip

    def score_view(self, group: str, view: str, truth: PairTruth, prediction: Prediction) -> dict[str, float]:
        predicted, true = prediction.rgb(view), truth.rgb(view)
        x, y = image.to_image_batch(predicted), image.to_image_batch(true)
        values = {"psnr": image.psnr_db(x, y).item(), "ssim": image.ssim(x, y).item()}
        if self.lpips is not None:
            values["lpips"] = image.lpips(self.lpips, x, y).item()
        if self.clip is not None:
            values["clip"] = clip_similarity(self.clip.encode, quantise_rgb(predicted), quantise_rgb(true))
        return values

    def score_mesh(self, truth: PairTruth, prediction: Prediction) -> dict[str, float]:
        surface = prediction.surface
        sides = [
            (
                render_depth(surface.ray_caster, make_view_camera(view), IMAGE_SIZE),
                truth.mask(view),
                truth.depth_m(view),
            )
            for view in SIDE_VIEWS
        ]
        comparison = geometry.compare_surfaces(
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
            **{name: float(count) for name, count in asdict(measure_topology(surface)).items()},
            "triangles": float(len(surface.triangles)),
            "asymmetry_mm": face_asymmetry_mm(surface),
        }


def load(without: Set[str]) -> StandardProtocol:
    """Make the protocol. Raises WrongUsage if a switch is named, because the protocol has no switches."""
    if without:
        raise WrongUsage(f"protocol standard has no switches, got --without {', '.join(sorted(without))}")
    return StandardProtocol()
