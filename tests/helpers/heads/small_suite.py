"""Small heads with a face and a back, as a dataset folder and as a suite: ray cast here, without Blender."""

import io
import json
import tarfile
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import trimesh

from panic3d.benchmark.protocols.standard import StandardProtocol
from panic3d.benchmark.results import MethodResult
from panic3d.benchmark.selftest import score_disturbances
from panic3d.benchmark.suites.suite import Suite
from panic3d.cameras.rigs import RIGS, make_view_camera
from panic3d.geometry.glb import encode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import render_mesh
from panic3d.shards.plan import DatasetInfo, format_shard_name
from panic3d.shards.schema import encode_depth, encode_json, encode_png, make_camera_record

SCRATCH = tempfile.TemporaryDirectory(prefix="panic3d-tests-")  # removed when the process ends
SUITE_VIEWS = ("front", "left", "back", "right", *RIGS["spin12"])
SKIN, EYES, RED = (240, 205, 180), (40, 40, 90), (220, 20, 20)


def make_head(seed: int) -> ColouredMesh:
    """Make a head: a skull, a coloured hair cap, eyes, a nose towards +z and a red ball at its left ear (+x)."""
    random = np.random.default_rng(seed)
    width, height = random.uniform(0.11, 0.14), random.uniform(0.13, 0.17)
    hair = tuple(random.integers(30, 220, 3))
    parts = [
        _blob((width, height, 0.12), (0, 0, 0), SKIN),
        _blob((width * 1.12, height * 1.05, 0.13), (0, 0.03, -0.02), hair),
        _blob((0.012, 0.012, 0.03), (0, -0.02, 0.11), SKIN),
        _blob((0.03, 0.03, 0.03), (width + 0.02, 0, 0), RED),
        *(_blob((0.02, 0.025, 0.01), (x, 0.0, 0.115), EYES) for x in (-0.045, 0.045)),
    ]
    mesh = trimesh.util.concatenate(parts)
    return ColouredMesh(
        mesh.vertices.astype(np.float32), mesh.faces.astype(np.int64), mesh.visual.vertex_colors[:, :3].copy()
    )


def _blob(radii: Sequence[float], centre: Sequence[float], colour: Sequence[int]) -> trimesh.Trimesh:
    ball = trimesh.creation.icosphere(3)
    vertices = ball.vertices * radii + centre
    colours = np.tile(np.array([*colour, 255], np.uint8), (len(vertices), 1))
    return trimesh.Trimesh(vertices, ball.faces, vertex_colors=colours, process=False)


def make_sample(mesh: ColouredMesh, views: Sequence[str], size: int) -> dict[str, bytes]:
    cameras = [make_view_camera(view) for view in views]
    records = {view: make_camera_record(camera, size) for view, camera in zip(views, cameras, strict=True)}
    members = {"meta.json": encode_json({"schema": 1, "views": records, "source": "scratch"})}
    for view, picture in zip(views, render_mesh(mesh, cameras, size, 1), strict=True):
        alpha = picture.alpha[..., None]
        straight = np.where(alpha > 0, 1 - (1 - picture.rgb) / np.maximum(alpha, 1e-6), 0)
        rgba = np.round(255 * np.clip(np.concatenate([straight, alpha], axis=2), 0, 1)).astype(np.uint8)
        members[f"{view}.rgba.png"] = encode_png(rgba)
        members[f"{view}.depth.png"] = encode_png(encode_depth(picture.depth_m))
    return members | {"mesh.glb": encode_glb(mesh)}


def write_dataset(folder: Path, samples: dict[str, dict[str, bytes]], splits: dict[str, list[str]], size: int) -> Path:
    folder.mkdir(parents=True)
    with tarfile.open(folder / format_shard_name(0), "w") as tar:
        for key, members in samples.items():
            for member, data in members.items():
                header = tarfile.TarInfo(f"{key}.{member}")
                header.size = len(data)
                tar.addfile(header, io.BytesIO(data))
    dataset = DatasetInfo("ortho5", size, "scratch", {}, {}, 64, [sorted(samples)], splits=splits)
    dataset.save(folder)
    return folder


@cache
def make_two_pair_suite() -> Path:
    """Make one suite of two pairs, once, for all tests of a process that only read it."""
    return write_suite(Path(SCRATCH.name) / "suite", [10, 11])


@cache
def make_one_pair_suite() -> Path:
    """Make a suite of one pair, for tests that take long per pair."""
    return write_suite(Path(SCRATCH.name) / "one" / "suite", [11])


@cache
def run_self_test(suite: Path) -> list[MethodResult]:
    """Run the self-test on a suite, without LPIPS."""
    protocol = StandardProtocol()
    protocol.lpips = None
    return score_disturbances(Suite(suite), protocol, Path(SCRATCH.name) / f"self-test-{suite.parent.name}")


def write_suite(folder: Path, seeds: Sequence[int], size: int = 512) -> Path:
    """Write a suite of one pair per seed, with all files that docs/reference/formats.md lists; return its folder."""
    samples = {}
    for seed in seeds:
        members = make_sample(make_head(seed), SUITE_VIEWS, size)
        pair = {"schema": 1, "align": np.eye(3).tolist(), "roi": None, "franchise": "scratch", "licence": "none"}
        extra = {"portrait.png": members["front.rgba.png"], "pair.json": json.dumps(pair).encode()}
        samples[f"head{seed:02d}"] = members | extra
    return write_dataset(folder, samples, {}, size)


@cache
def make_paper_suite() -> Path:
    """Make a suite of one pair with a region of interest left of the middle, and a mesh in the pose of its file."""
    mesh = make_head(12)
    shoulders = [_blob((0.05, 0.06, 0.05), (x, -0.24, 0), SKIN) for x in (-0.09, 0.09)]
    raised = [_blob((0.05, 0.06, 0.05), (x, -0.21, 0), SKIN) for x in (-0.11, 0.11)]
    posed, bind = (_joined(mesh, parts) for parts in (shoulders, raised))
    members = make_sample(posed, SUITE_VIEWS, 512)
    pair = {"schema": 1, "align": np.eye(3).tolist(), "roi": [60, 100, 400, 220], "franchise": None, "licence": None}
    extra = {"portrait.png": members["front.rgba.png"], "pair.json": json.dumps(pair).encode()}
    extra["bind.glb"] = encode_glb(bind)
    return write_dataset(Path(SCRATCH.name) / "paper", {"head12": members | extra}, {}, 512)


def _joined(mesh: ColouredMesh, parts: Sequence[trimesh.Trimesh]) -> ColouredMesh:
    first = trimesh.Trimesh(mesh.vertices_head_m, mesh.triangles, vertex_colors=mesh.colours, process=False)
    whole = trimesh.util.concatenate([first, *parts])
    return ColouredMesh(
        whole.vertices.astype(np.float32), whole.faces.astype(np.int64), whole.visual.vertex_colors[:, :3].copy()
    )


def write_training_heads(folder: Path, seeds: Sequence[int], size: int = 256) -> Path:
    """Write a dataset folder of orthographic views, its last head held out."""
    samples = {
        f"head{seed:02d}": make_sample(make_head(seed), ("front", "left", "back", "right"), size) for seed in seeds
    }
    keys = sorted(samples)
    return write_dataset(folder, samples, {"train": keys[:-1], "test": keys[-1:]}, size)
