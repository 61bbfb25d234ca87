"""The protocol against itself: what a perfect prediction scores, and what known errors cost."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from panic3d.benchmark.predictions import Prediction, rgb8, write_prediction
from panic3d.benchmark.protocols import Standard
from panic3d.benchmark.results import PairResult, Result
from panic3d.benchmark.suites import VERSION, VIEWS, Suite, Truth
from panic3d.models.export.raycast import MeshReconstruction
from panic3d.progress import Progress
from panic3d.shards.glb import mesh_of_glb
from panic3d.shards.mesh import ColouredMesh, glb_bytes
from panic3d.shards.schema import png_bytes

SHIFT_M = 0.005


def self_test(suite: Suite, protocol: Standard) -> list[Result]:
    """One result a disturbance, over all pairs of the suite."""
    results = []
    with (
        tempfile.TemporaryDirectory() as scratch,
        Progress("self-test", len(CASES) * len(suite.keys)) as progress,
    ):
        for name, write in CASES.items():
            pairs = {}
            for key in suite.keys:
                folder = Path(scratch) / name / key
                write(folder, suite.truth(key))
                prediction = Prediction(folder)
                scores = protocol.score(suite.truth(key), prediction)
                pairs[key] = PairResult(
                    scores.numbers, scores.faults, scores.skipped, suite.truth(key).sha256, prediction.sha256
                )
                progress.step(name)
            suite_record = {"name": suite.name, "version": VERSION, "sha256": suite.sha256, "folder": str(suite.folder)}
            protocol_record = {"name": protocol.name, "version": protocol.version}
            results.append(Result(suite_record, protocol_record, name, "render", None, scratch, pairs))
    return results


def _truth(folder: Path, truth: Truth) -> None:
    """The true pictures, and of the true surface what is scored."""
    folder.mkdir(parents=True)
    for view in VIEWS:
        (folder / f"{view}.png").write_bytes(png_bytes(rgb8(truth.rgb(view))))
    outer = truth.outer_surface
    grey = np.full((len(outer.vertices_m), 3), 128, np.uint8)
    (folder / "mesh.glb").write_bytes(glb_bytes(ColouredMesh(outer.vertices_m, outer.triangles, grey)))


def _true_file(folder: Path, truth: Truth) -> None:
    """The true pictures and the true mesh file, with the surface that nobody sees."""
    _truth(folder, truth)
    (folder / "mesh.glb").write_bytes(truth.archive.read(truth.key, "mesh.glb"))


def _moved(change: Callable[[ColouredMesh], ColouredMesh]) -> Callable[[Path, Truth], None]:
    """The true mesh changed, and its own pictures."""

    def write(folder: Path, truth: Truth) -> None:
        mesh = mesh_of_glb(truth.archive.read(truth.key, "mesh.glb"))
        write_prediction(folder, MeshReconstruction(change(mesh)))

    return write


def _shifted(mesh: ColouredMesh) -> ColouredMesh:
    return ColouredMesh(mesh.vertices_head_m + np.array([SHIFT_M, 0, 0], np.float32), mesh.triangles, mesh.colours)


def _mirrored(mesh: ColouredMesh) -> ColouredMesh:
    return ColouredMesh(mesh.vertices_head_m * np.array([-1, 1, 1], np.float32), mesh.triangles[:, ::-1], mesh.colours)


def _empty(mesh: ColouredMesh) -> ColouredMesh:
    return ColouredMesh(mesh.vertices_head_m[:0], mesh.triangles[:0], mesh.colours[:0])


CASES: dict[str, Callable[[Path, Truth], None]] = {
    "truth": _truth,
    "truth with hidden surfaces": _true_file,
    "truth ray cast": _moved(lambda mesh: mesh),
    "shifted 5 mm": _moved(_shifted),
    "mirrored": _moved(_mirrored),
    "empty": _moved(_empty),
}
