"""Score the truth and known errors as predictions, to show what the columns of a protocol measure."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from panic3d.benchmark.metrics.surface import TriangleSurface
from panic3d.benchmark.pair_workers import PairWorkers
from panic3d.benchmark.predictions import write_prediction
from panic3d.benchmark.protocols.protocol import Protocol, load_protocol
from panic3d.benchmark.results import MethodResult
from panic3d.benchmark.scoring import score_predictions
from panic3d.benchmark.suites.suite import VIEWS, PairTruth, Suite
from panic3d.geometry.glb import decode_glb, encode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import MeshReconstruction
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically

SHIFT_M = 0.005
MAX_TRUTH_CHAMFER_MM = 0.01
"""The largest chamfer distance of the truth to itself that single precision explains."""
GREY_LEVEL = 128


def score_disturbances(suite: Suite, protocol: Protocol, scratch: Path) -> list[MethodResult]:
    """Score each disturbance of the truth over all pairs of the suite; the first result is that of the truth itself.

    Predictions and results are written to the folder `scratch`.
    """
    results = []
    with PairWorkers() as workers:
        for name, write in DISTURBANCES.items():
            for key in suite.keys:
                write(scratch / name / key, suite.truth(key))
            path = scratch / f"{name}.json"
            results.append(score_predictions(scratch / name, suite, protocol, name, path, workers=workers))
    return results


def describe_score_changes(results: list[MethodResult]) -> list[str]:
    """Describe in one line per disturbance how its scores differ from those of the truth.

    Raises UserError if the chamfer distance of the truth to itself is not 0.
    """
    truth, *disturbed = results
    numbers = [column for column in load_protocol(truth.protocol["name"]).columns if column.name in SUMMARISED_COLUMNS]
    chamfer = truth.average("chamfer_mm")
    if chamfer is not None and chamfer.mean > MAX_TRUTH_CHAMFER_MM:
        raise UserError(
            f"expected a chamfer of 0 for the truth against itself, found {chamfer.mean:.4f} mm: the suite or this "
            "installation is broken"
        )
    lines = []
    for result in disturbed:
        changes = []
        for column in numbers:
            perfect, found = truth.average(column.name), result.average(column.name)
            if perfect is not None and found is not None:
                unit = f" {column.unit}" if column.unit else ""
                changes.append(
                    f"{column.group} {column.title} {perfect.mean:.{column.digits}f} -> "
                    f"{found.mean:.{column.digits}f}{unit}"
                )
        lines.append(f"{result.method} costs: {', '.join(changes)}")
    return lines


def _write_truth(folder: Path, truth: PairTruth) -> None:
    """Write the true images and the visible part of the true surface as a prediction."""
    folder.mkdir(parents=True, exist_ok=True)
    for view in VIEWS:
        write_atomically(folder / f"{view}.png", truth.archive.read(truth.key, f"{view}.rgba.png"))
    write_atomically(folder / "mesh.glb", encode_glb(_colour_grey(truth.visible_surface)))


def _write_true_mesh(folder: Path, truth: PairTruth) -> None:
    """Write the whole true mesh, hidden surfaces included, with ray-cast images, as a method would write it."""
    write_prediction(folder, MeshReconstruction(_load_true_mesh(truth)))


def _make_writer(change: Callable[[ColouredMesh], ColouredMesh]) -> Callable[[Path, PairTruth], None]:
    """Return a function that writes the changed true mesh: its ray-cast images, and its visible part as the mesh."""

    def write(folder: Path, truth: PairTruth) -> None:
        write_prediction(folder, MeshReconstruction(change(_load_true_mesh(truth))))
        write_atomically(folder / "mesh.glb", encode_glb(change(_colour_grey(truth.visible_surface))))

    return write


def _load_true_mesh(truth: PairTruth) -> ColouredMesh:
    return decode_glb(truth.archive.read(truth.key, "mesh.glb"))


def _colour_grey(surface: TriangleSurface) -> ColouredMesh:
    colours = np.full((len(surface.vertices_m), 3), GREY_LEVEL, np.uint8)
    return ColouredMesh(surface.vertices_m.astype(np.float32), surface.triangles, colours)


def _shift(mesh: ColouredMesh) -> ColouredMesh:
    return replace(mesh, vertices_head_m=mesh.vertices_head_m + np.array([SHIFT_M, 0, 0], np.float32))


def _make_mirror(axis: int) -> Callable[[ColouredMesh], ColouredMesh]:
    def change(mesh: ColouredMesh) -> ColouredMesh:
        mirrored_m = mesh.vertices_head_m.copy()
        mirrored_m[:, axis] *= -1
        return replace(mesh, vertices_head_m=mirrored_m, triangles=mesh.triangles[:, ::-1])

    return change


def _remove_triangles(mesh: ColouredMesh) -> ColouredMesh:
    return ColouredMesh(mesh.vertices_head_m[:0], mesh.triangles[:0], mesh.colours[:0])


SUMMARISED_COLUMNS = ("front_psnr", "spin_lpips", "sides_iou", "chamfer_mm", "cd", "f_5mm", "f1_5mm")
"""Columns that `describe_score_changes` prints; the table has all columns."""
DISTURBANCES: dict[str, Callable[[Path, PairTruth], None]] = {
    "truth": _write_truth,
    "true mesh, ray cast": _write_true_mesh,
    "shifted by 5 mm": _make_writer(_shift),
    "mirrored left-right": _make_writer(_make_mirror(0)),
    "mirrored front-back": _make_writer(_make_mirror(2)),
    "empty": _make_writer(_remove_triangles),
}
