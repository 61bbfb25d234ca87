"""CPU seconds of scoring one pair under the protocol `standard`, metric by metric, on one thread."""

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np
import torch

from panic3d.benchmark.metrics import geometry, image
from panic3d.benchmark.metrics.clip import clip_similarity
from panic3d.benchmark.metrics.silhouette import depth_error_mm, iou
from panic3d.benchmark.metrics.surface import cut_to_box
from panic3d.benchmark.predictions import Prediction, quantise_rgb, write_prediction
from panic3d.benchmark.protocols.standard import StandardProtocol
from panic3d.benchmark.suites.suite import SIDE_VIEWS, VIEWS, PairTruth, Suite
from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.glb import decode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import MeshReconstruction, render_depth
from profiling.table import Row, Table, Target
from profiling.workers import run_panic3d

PAIRS, CORES, SUITE_MINUTES = 68, 2, 4
"""A suite of the paper's size should be scored in so many minutes on so many cores: a requirement of this project."""
SUITE_TARGET = f"a requirement of this project: {PAIRS} pairs in {SUITE_MINUTES} minutes on {CORES} cores"
PEER = "SSIM by scikit-image"
SCORED_VIEWS = tuple(view for view in VIEWS if view not in ("left", "right"))


class Clock:
    """Accumulates CPU seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.seconds[name] += time.process_time() - start


@click.command()
@click.option(
    "--suite",
    "folder",
    type=click.Path(exists=True, path_type=Path),
    help="A suite to score.  [default: a generated one]",
)
@click.option("--pairs", default=2, show_default=True, help="Number of pairs to time.")
def command(folder: Path | None, pairs: int) -> list[Table]:
    """Measure reading, picture metrics, silhouettes and surface distances, and the preparation of the truth."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="panic3d-profiling-") as scratch_name:
        scratch = Path(scratch_name)
        if folder is None:
            folder = scratch / "suite"
            run_panic3d("synth", "--count", str(pairs), "--seed", "1", "--out", str(scratch / "avatars"))
            run_panic3d("benchmark", "build", str(scratch / "avatars"), "--out", str(folder))
        suite, clock, protocol = Suite(folder), Clock(), StandardProtocol()
        _ = protocol.skipped  # loads the networks, which happens once per run
        keys = suite.keys[:pairs]
        for key in keys:
            truth = suite.truth(key)
            mesh = decode_glb(truth.archive.read(key, "mesh.glb"))
            shifted = ColouredMesh(mesh.vertices_head_m + np.float32(0.005), mesh.triangles, mesh.colours)
            write_prediction(scratch / key, MeshReconstruction(shifted))
            _score(truth, Prediction(scratch / key), protocol, clock)
    seconds = {name: value / len(keys) for name, value in clock.seconds.items()}
    peer_s = seconds.pop(PEER)
    total_s = sum(seconds.values())
    target = Target("value", "<=", SUITE_MINUTES * 60 * CORES / PAIRS, SUITE_TARGET)
    rows = [
        Row("one pair, all of it", total_s, "CPU s", target),
        *(Row(name, value, "CPU s") for name, value in sorted(seconds.items(), key=lambda item: -item[1])),
        Row(PEER, peer_s, "CPU s"),
    ]
    shares = ", ".join(f"{name} {100 * row / total_s:.0f}%" for name, row in seconds.items())
    notes = [
        f"Shares: {shares}.",
        f"{PAIRS} pairs of one method take {PAIRS * total_s / CORES / 60:.1f} minutes on {CORES} idle cores.",
        *(sorted(set(protocol.skipped.values()))),
    ]
    return [Table(f"Scoring one pair under the protocol standard, one thread ({len(keys)} pairs)", PEER, rows, notes)]


def _score(truth: PairTruth, prediction: Prediction, protocol: StandardProtocol, clock: Clock) -> None:
    """Do the work of `Protocol.score` part by part."""
    from skimage.metrics import structural_similarity

    with clock("hashes of what was scored"):
        _ = truth.sha256, prediction.sha256
    for view in SCORED_VIEWS:
        with clock("reading pictures"):
            predicted, true = prediction.rgb(view), truth.rgb(view)
        x, y = image.to_image_batch(predicted), image.to_image_batch(true)
        with clock("PSNR"):
            image.psnr_db(x, y)
        with clock("SSIM"):
            image.ssim(x, y)
        if protocol.lpips is not None:
            with clock("LPIPS"):
                image.lpips(protocol.lpips, x, y)
        if protocol.clip is not None:
            with clock("CLIP"):
                clip_similarity(protocol.clip.encode, quantise_rgb(predicted), quantise_rgb(true))
        with clock(PEER):
            structural_similarity(predicted, true, data_range=1, gaussian_weights=True, sigma=1.5, channel_axis=2)
    with clock("reading the mesh"):
        surface = prediction.surface
    with clock("silhouettes and depth"):
        for view in SIDE_VIEWS:
            depth_m = render_depth(surface.ray_caster, make_view_camera(view), IMAGE_SIZE)
            iou(np.isfinite(depth_m), truth.mask(view))
            depth_error_mm(depth_m, truth.depth_m(view))
    with clock("the truth's visible surface (first method of a run)"):
        scored = truth.scored_surface
    with clock("surface distances"):
        comparison = geometry.compare_surfaces(cut_to_box(surface), scored, truth.surface, seed=0)
        geometry.chamfer_mm(comparison)
