"""The protocol against itself: what a perfect prediction scores, and what known errors cost."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from panic3d.benchmark.metrics.surface import TriangleSurface
from panic3d.benchmark.predictions import write_prediction
from panic3d.benchmark.protocols.protocol import Protocol, load_protocol
from panic3d.benchmark.results import MethodResult
from panic3d.benchmark.scoring import score_predictions
from panic3d.benchmark.suites.suite import VIEWS, Suite, Truth
from panic3d.geometry.glb import decode_glb, encode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import MeshReconstruction
from panic3d.runtime.errors import UserError

SHIFT_M = 0.005
NO_ERROR_MM = 0.01
"""Single precision, and no more."""
GREY = 128


def self_test(suite: Suite, protocol: Protocol, scratch: Path) -> list[MethodResult]:
    """One result a disturbance, over all pairs of the suite; predictions and results go to the folder `scratch`."""
    results = []
    for name, write in CASES.items():
        for key in suite.keys:
            write(scratch / name / key, suite.truth(key))
        results.append(score_predictions(scratch / name, suite, protocol, name, scratch / f"{name}.json"))
    return results


def describe_costs(results: list[MethodResult]) -> list[str]:
    """What each disturbance costs beside the truth, a line each. UserError where the truth itself is not perfect."""
    truth, *disturbed = results
    numbers = [number for number in load_protocol(truth.protocol["name"]).numbers if number.name in TOLD]
    chamfer = truth.average("chamfer_mm")
    if chamfer is not None and chamfer.mean > NO_ERROR_MM:
        raise UserError(
            f"expected a chamfer of 0 for the truth against itself, found {chamfer.mean:.4f} mm: the suite or this "
            "installation is broken"
        )
    lines = []
    for result in disturbed:
        changes = []
        for number in numbers:
            perfect, found = truth.average(number.name), result.average(number.name)
            if perfect is not None and found is not None:
                unit = f" {number.unit}" if number.unit else ""
                changes.append(
                    f"{number.group} {number.title} {perfect.mean:.{number.digits}f} -> "
                    f"{found.mean:.{number.digits}f}{unit}"
                )
        lines.append(f"{result.method} costs: {', '.join(changes)}")
    return lines


def _truth(folder: Path, truth: Truth) -> None:
    """The true pictures, and of the true surface what is seen."""
    folder.mkdir(parents=True, exist_ok=True)
    for view in VIEWS:
        (folder / f"{view}.png").write_bytes(truth.archive.read(truth.key, f"{view}.rgba.png"))
    (folder / "mesh.glb").write_bytes(encode_glb(_grey(truth.visible_surface)))


def _true_mesh(folder: Path, truth: Truth) -> None:
    """The true mesh file as a method would give it: ray-cast pictures, colours a vertex, hidden surfaces and all."""
    write_prediction(folder, MeshReconstruction(_mesh(truth)))


def _moved(change: Callable[[ColouredMesh], ColouredMesh]) -> Callable[[Path, Truth], None]:
    """The true mesh changed: its ray-cast pictures, and of its surface what is seen."""

    def write(folder: Path, truth: Truth) -> None:
        write_prediction(folder, MeshReconstruction(change(_mesh(truth))))
        (folder / "mesh.glb").write_bytes(encode_glb(change(_grey(truth.visible_surface))))

    return write


def _mesh(truth: Truth) -> ColouredMesh:
    return decode_glb(truth.archive.read(truth.key, "mesh.glb"))


def _grey(surface: TriangleSurface) -> ColouredMesh:
    colours = np.full((len(surface.vertices_m), 3), GREY, np.uint8)
    return ColouredMesh(surface.vertices_m.astype(np.float32), surface.triangles, colours)


def _shifted(mesh: ColouredMesh) -> ColouredMesh:
    return replace(mesh, vertices_head_m=mesh.vertices_head_m + np.array([SHIFT_M, 0, 0], np.float32))


def _mirrored(axis: int) -> Callable[[ColouredMesh], ColouredMesh]:
    def change(mesh: ColouredMesh) -> ColouredMesh:
        mirrored_m = mesh.vertices_head_m.copy()
        mirrored_m[:, axis] *= -1
        return replace(mesh, vertices_head_m=mirrored_m, triangles=mesh.triangles[:, ::-1])

    return change


def _empty(mesh: ColouredMesh) -> ColouredMesh:
    return ColouredMesh(mesh.vertices_head_m[:0], mesh.triangles[:0], mesh.colours[:0])


TOLD = ("front_psnr", "spin_lpips", "sides_iou", "chamfer_mm", "cd", "f_5mm", "f1_5mm")
"""The numbers whose cost is told in words; the table has all."""
CASES: dict[str, Callable[[Path, Truth], None]] = {
    "truth": _truth,
    "true mesh, ray cast": _true_mesh,
    "shifted by 5 mm": _moved(_shifted),
    "mirrored left-right": _moved(_mirrored(0)),
    "mirrored front-back": _moved(_mirrored(2)),
    "empty": _moved(_empty),
}
