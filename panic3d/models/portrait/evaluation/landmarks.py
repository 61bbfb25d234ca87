"""Landmark and alignment errors of detectors on generated drawings, whose truth is known.

`python -m panic3d.models.portrait.evaluation.landmarks DATA --labels labels.jsonl`: each drawing is placed on white
with a random size and position; the front view's own frame is the truth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from jaxtyping import Float

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.compositing import composite_premultiplied_on_white, premultiply
from panic3d.models.portrait.alignment.similarity import (
    AlignmentTargets,
    align_to_canonical,
    measure_targets,
    transform_points,
)
from panic3d.models.portrait.alignment.warp import warp_affine
from panic3d.models.portrait.faces.face import Face, LandmarkDetector
from panic3d.models.portrait.training.characters import LabelledCharacter, read_characters
from panic3d.models.portrait.training.landmarks import relative_error

CANVAS_PX = 384
CLOSE_DISTANCE = 0.05
"""Largest error, over the eye distance, of landmarks that count as right."""


@dataclass(frozen=True)
class LandmarkErrors:
    """Errors of one detector over characters; characters without a detected face count in `found` alone."""

    found: float
    """Share of characters whose face was found."""
    error: float
    """Mean distance of landmarks over the eyes' distance."""
    close: float
    """Share of landmarks that are off by under 5% of the eyes' distance."""
    alignment_px: float
    """How far the head's box lies from where it belongs, at 512 pixels: mean over corners, median over characters."""

    def row(self, name: str) -> str:
        """Return a line of the table in docs/experiments/portraits.md."""
        error, close = f"{100 * self.error:.1f}%", f"{100 * self.close:.0f}%"
        return f"| {name} | {100 * self.found:.1f}% | {error} | {close} | {self.alignment_px:.1f} |"


def make_placement(index: int) -> Float[np.ndarray, "2 3"]:
    """Return the map from pixels of the front view to those of the canvas, by the number of a character."""
    generator = np.random.Generator(np.random.PCG64([7, index]))
    scale = CANVAS_PX / IMAGE_SIZE * generator.uniform(0.7, 1.0)
    rest = CANVAS_PX - scale * IMAGE_SIZE
    return np.array([[scale, 0, rest * generator.random()], [0, scale, rest * generator.random()]])


def measure_landmark_errors(
    drawings: Sequence[LabelledCharacter], faces: Mapping[int, Face], targets: AlignmentTargets
) -> LandmarkErrors:
    """Measure the errors of faces, given by the index of their drawing, in pixels of the canvas."""
    off, close, alignment = [], [], []
    for index, face in faces.items():
        true = drawings[index].landmarks_px
        assert true is not None
        affine = make_placement(index)
        there = transform_points(true, affine)
        off.append(relative_error(face.landmarks_px[None], there[None])[0])
        eyes = np.linalg.norm(there[11:17].mean(axis=0) - there[17:23].mean(axis=0))
        close.append((np.linalg.norm(face.landmarks_px - there, axis=1) < CLOSE_DISTANCE * eyes).mean())
        found = align_to_canonical(face.landmarks_px, targets)
        corners = np.array([[116.0, 116.0], [396.0, 116.0], [116.0, 396.0], [396.0, 396.0]])
        alignment.append(
            np.linalg.norm(transform_points(transform_points(corners, affine), found) - corners, axis=1).mean()
        )
    found_share = len(faces) / len(drawings)
    return LandmarkErrors(found_share, float(np.mean(off)), float(np.mean(close)), float(np.median(alignment)))


def detect_largest_faces(drawings: Sequence[LabelledCharacter], detector: LandmarkDetector) -> dict[int, Face]:
    """Detect the largest face of each drawing on its canvas, by index; drawings without a face are absent."""
    largest = {}
    for index, drawing in enumerate(drawings):
        shown = warp_affine(premultiply(drawing.pictures[0]), make_placement(index), CANVAS_PX)
        rgb = np.round(composite_premultiplied_on_white(shown).clip(0, 1) * 255).astype(np.uint8)
        if faces := detector.faces(rgb):
            largest[index] = max(faces, key=lambda face: face.box.side_px)
    return largest


def transform_to_front_view(faces: Mapping[int, Face]) -> list[Float[np.ndarray, "28 2"]]:
    """Transform landmarks from the canvas back to the front view."""
    return [(face.landmarks_px - make_placement(i)[:, 2]) / make_placement(i)[0, 0] for i, face in faces.items()]


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--labels", default="", help="labels.jsonl of the characters.")
@click.option("--count", type=int, default=200, show_default=True)
def main(data: Path, labels: str, count: int) -> None:
    """Print the table of docs/experiments/portraits.md."""
    from panic3d.models.portrait.alignment.similarity import ANIMEFACE_TARGETS, GENERATED_TARGETS
    from panic3d.models.portrait.faces.animeface_detector import AnimefaceDetector
    from panic3d.models.portrait.faces.landmark_detector import NetworkFaceDetector

    drawings = [c for c in read_characters(data, IMAGE_SIZE, labels) if c.landmarks_px is not None][:count]
    truth = {
        i: Face(transform_points(c.landmarks_px, make_placement(i)), 1.0)
        for i, c in enumerate(drawings)
        if c.landmarks_px is not None
    }
    print(measure_landmark_errors(drawings, truth, GENERATED_TARGETS).row("the true landmarks"))
    detectors = (
        ("animeface", AnimefaceDetector(), ANIMEFACE_TARGETS),
        ("ours", NetworkFaceDetector(), GENERATED_TARGETS),
    )
    for name, detector, targets in detectors:
        faces = detect_largest_faces(drawings, detector)
        own = measure_targets(transform_to_front_view(faces))
        print(measure_landmark_errors(drawings, faces, targets).row(name))
        print(f"targets by {name}: {own}")


if __name__ == "__main__":
    main()
