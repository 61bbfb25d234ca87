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
from panic3d.models.portrait.alignment.similarity import Targets, canonical_from_picture, centre_and_spread, moved
from panic3d.models.portrait.alignment.warp import warped
from panic3d.models.portrait.faces.face import Face, LandmarkDetector
from panic3d.models.portrait.training.characters import LabelledCharacter, read_characters
from panic3d.models.portrait.training.landmarks import relative_error

CANVAS_PX = 384
CLOSE = 0.05
"""Of the eye distance: landmarks that count as right."""


@dataclass(frozen=True)
class Errors:
    """Of one detector over characters; those without a face found count as failures in `found` alone."""

    found: float
    """Share of characters."""
    error: float
    """Mean distance of landmarks over the eyes' distance."""
    close: float
    """Share of landmarks that are off by under 5% of the eyes' distance."""
    alignment_px: float
    """How far the head's box lies from where it belongs, at 512 pixels: mean over corners, median over characters."""

    def row(self, name: str) -> str:
        """A line of the table in docs/experiments/portraits.md."""
        error, close = f"{100 * self.error:.1f}%", f"{100 * self.close:.0f}%"
        return f"| {name} | {100 * self.found:.1f}% | {error} | {close} | {self.alignment_px:.1f} |"


def placed(index: int) -> Float[np.ndarray, "2 3"]:
    """Where character `index` stands: takes the front view's pixels to the canvas's."""
    generator = np.random.Generator(np.random.PCG64([7, index]))
    scale = CANVAS_PX / IMAGE_SIZE * generator.uniform(0.7, 1.0)
    rest = CANVAS_PX - scale * IMAGE_SIZE
    return np.array([[scale, 0, rest * generator.random()], [0, scale, rest * generator.random()]])


def measure(drawings: Sequence[LabelledCharacter], faces: Mapping[int, Face], targets: Targets) -> Errors:
    """Faces by the index of their drawing, in pixels of the canvas."""
    off, close, alignment = [], [], []
    for index, face in faces.items():
        true = drawings[index].landmarks_px
        assert true is not None
        affine = placed(index)
        there = moved(true, affine)
        off.append(relative_error(face.landmarks_px[None], there[None])[0])
        eyes = np.linalg.norm(there[11:17].mean(axis=0) - there[17:23].mean(axis=0))
        close.append((np.linalg.norm(face.landmarks_px - there, axis=1) < CLOSE * eyes).mean())
        found = canonical_from_picture(face.landmarks_px, targets)
        corners = np.array([[116.0, 116.0], [396.0, 116.0], [116.0, 396.0], [396.0, 396.0]])
        alignment.append(np.linalg.norm(moved(moved(corners, affine), found) - corners, axis=1).mean())
    found_share = len(faces) / len(drawings)
    return Errors(found_share, float(np.mean(off)), float(np.mean(close)), float(np.median(alignment)))


def targets_of(landmarks_px: Sequence[Float[np.ndarray, "28 2"]]) -> Targets:
    """Statistics of landmarks in canonical pixels."""
    values = np.array([(*c, s) for c, s in map(centre_and_spread, landmarks_px)])
    (column, row, spread), (column_s, row_s, spread_s) = values.mean(axis=0), values.std(axis=0)
    return Targets(row, column, spread, row_s, column_s, spread_s)


def found_faces(drawings: Sequence[LabelledCharacter], detector: LandmarkDetector) -> dict[int, Face]:
    """The largest face of each drawing on its canvas; none where none was found."""
    largest = {}
    for index, drawing in enumerate(drawings):
        shown = warped(premultiply(drawing.pictures[0]), placed(index), CANVAS_PX)
        rgb = np.round(composite_premultiplied_on_white(shown).clip(0, 1) * 255).astype(np.uint8)
        if faces := detector.faces(rgb):
            largest[index] = max(faces, key=lambda face: face.box.side_px)
    return largest


def in_front_view(faces: Mapping[int, Face]) -> list[Float[np.ndarray, "28 2"]]:
    """Landmarks from the canvas back to the front view."""
    return [(face.landmarks_px - placed(i)[:, 2]) / placed(i)[0, 0] for i, face in faces.items()]


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--labels", default="", help="labels.jsonl of the characters.")
@click.option("--count", type=int, default=200, show_default=True)
def main(data: Path, labels: str, count: int) -> None:
    """Prints the table of docs/experiments/portraits.md."""
    from panic3d.models.portrait.alignment.similarity import GENERATED, GENERATED_BY_ANIMEFACE
    from panic3d.models.portrait.faces.animeface_detector import AnimefaceDetector
    from panic3d.models.portrait.faces.landmark_detector import OurDetector

    drawings = [c for c in read_characters(data, IMAGE_SIZE, labels) if c.landmarks_px is not None][:count]
    truth = {
        i: Face(moved(c.landmarks_px, placed(i)), 1.0) for i, c in enumerate(drawings) if c.landmarks_px is not None
    }
    print(measure(drawings, truth, GENERATED).row("the true landmarks"))
    rivals = (("animeface", AnimefaceDetector(), GENERATED_BY_ANIMEFACE), ("ours", OurDetector(), GENERATED))
    for name, detector, targets in rivals:
        faces = found_faces(drawings, detector)
        own = targets_of(in_front_view(faces))
        print(measure(drawings, faces, targets).row(name))
        print(f"targets by {name}: {own}")


if __name__ == "__main__":
    main()
