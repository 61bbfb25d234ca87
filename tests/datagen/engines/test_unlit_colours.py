"""Colours of whole pictures against layers composited ray by ray on a path of its own."""

from pathlib import Path
from typing import Any

import numpy as np
import pygltflib as gltf
import pytest

from helpers.avatars.reference_colours import ReferenceColours
from helpers.avatars.small_glb import UPRIGHT, make_square, write_glb
from helpers.requirements import require_engine, require_real_data
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.engines.availability import Engine
from panic3d.datagen.engines.engine import render_views

WRAPS = (gltf.REPEAT, gltf.CLAMP_TO_EDGE, gltf.MIRRORED_REPEAT)
AZIMUTHS = {"front": 0.0, "left": 90.0, "back": 180.0}
SIZE = 256
CLEAR = (1, 1, 1, 0.3)
VEIL = (1, 1, 1, 0.5)
WIDE = np.array([(-1.25, 2.25), (2.25, 2.25), (2.25, -1.25), (-1.25, -1.25)])


def patches(seed: int, alpha: tuple[int, ...] = (255,)) -> np.ndarray:
    random = np.random.default_rng(seed)
    rgba = random.integers(0, 256, (4, 4, 4), np.uint8)
    rgba[..., 3] = random.choice(alpha, (4, 4))
    return rgba


def place(index: int, z_m: float = 0.0) -> list[list[float]]:
    """One of 6 x 6 places in the front view."""
    row, column = divmod(index, 6)
    return [[x + 0.11 * (column - 2.5), y + 0.11 * (2.5 - row), z_m] for x, y, _ in make_square(0.05)]


def zoo() -> list[dict[str, object]]:
    """Every feature of a material on a square of its own, then layers over layers."""
    quads: list[dict[str, object]] = []
    for wrap_s in WRAPS:
        for wrap_t in WRAPS:
            quads.append({"rgba": patches(len(quads)), "uv": WIDE, "wrap": (wrap_s, wrap_t)})
    quads += [
        {"rgba": patches(20), "transform": {"offset": [0.3, 0.6]}},
        {"rgba": patches(21), "transform": {"scale": [2.0, 0.5]}},
        {"rgba": patches(22), "transform": {"rotation": 0.5}},
        {"rgba": patches(23), "transform": {"offset": [0.1, 0.7], "scale": [1.5, -2.0], "rotation": -1.0}},
        {"rgba": patches(24), "uv": np.zeros((4, 2)), "uv1": UPRIGHT, "tex_coord": 1},
        {"rgba": patches(25), "uv": np.zeros((4, 2)), "uv1": UPRIGHT, "transform": {"texCoord": 1, "scale": [2, 2]}},
        {"rgba": patches(26), "factor": (0.9, 0.4, 0.7, 1.0)},
        {"rgba": patches(27), "factor": (0.5, 0.8, 0.6, 1.0), "colour": (0.3, 0.9, 0.5, 1.0)},
        {"colour": [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]]},
        {"rgba": patches(28, (0, 60, 130, 255)), "alpha_mode": "OPAQUE"},
        {"rgba": patches(29, (0, 60, 130, 255)), "alpha_mode": "MASK"},
        {"rgba": patches(30, (0, 60, 130, 255)), "alpha_mode": "MASK", "cutoff": 0.2},
        {"rgba": patches(31, (0, 60, 130, 255)), "alpha_mode": "MASK", "cutoff": 0.7, "factor": (1, 1, 1, 0.9)},
        {"rgba": patches(32, (0, 102, 153, 255)), "alpha_mode": "MASK", "cutoff": 0.6},  # 153 / 255 is 0.6: kept
        {"rgba": patches(33, (0, 60, 130, 255)), "alpha_mode": "BLEND"},
        {"rgba": patches(34, (0, 130, 255)), "alpha_mode": "BLEND", "factor": (1, 0.5, 1, 0.7), "colour": VEIL},
        {"rgba": patches(35), "double_sided": False},
        {"rgba": patches(36), "double_sided": True},
    ]  # fmt: skip
    placed = [{**quad, "corners": place(index)} for index, quad in enumerate(quads)]
    layers: list[dict[str, object]] = []
    for number, index in enumerate(range(len(placed), 36)):  # a face, eyes and lashes over it, a fringe over all
        layers += [
            {"corners": place(index, 0.00), "factor": (0.9, 0.7, 0.6, 1.0), "double_sided": False},
            {"corners": place(index, 0.01), "rgba": patches(40 + number, (0, 255)), "alpha_mode": "MASK"},
            {"corners": place(index, 0.02), "rgba": patches(60 + number, (0, 80, 200)), "alpha_mode": "BLEND"},
            {"corners": place(index, 0.03), "rgba": patches(80 + number, (30, 120, 255)), "alpha_mode": "BLEND"},
        ]
    return placed + layers[::-1]  # nearest first in the file: the order there must not matter


def compare(
    path: Path, view: str, size: int, uneven: float = 2, engine: Engine = "cycles", **options: Any
) -> tuple[np.ndarray, float]:
    """How far colours are off, in 1/255, beyond half of what the reference itself varies about the pixel.

    Looked at are pixels about which it varies by no more than `uneven`; the second number is their share.
    """
    avatar = load_avatar(path, AvatarOptions(**options))
    surfaces = avatar.surfaces + avatar.occluders
    (picture,) = render_views(engine, surfaces, [make_view_camera(view)], size, samples=5, threads=1)
    reference = ReferenceColours(path, avatar.head_from_file, bool(options.get("paper_clip")))
    expected, spread = reference.picture(AZIMUTHS[view], size)
    even = spread <= uneven
    difference = np.abs(picture.rgba.astype(float) - expected)
    difference[..., :3] *= expected[..., 3:] > 0
    return difference[even].max(axis=-1) - spread[even] / 2, float((even & (expected[..., 3] > 0)).mean())


@pytest.fixture(params=["cycles", "pyrender"])
def engine(request: pytest.FixtureRequest) -> Engine:
    require_engine(request.param)
    return request.param


@pytest.mark.parametrize("view", ["front", "back"])
def test_every_feature_of_materials_has_the_colours_of_the_standard(tmp_path: Path, view: str, engine: Engine) -> None:
    path = write_glb(tmp_path / "zoo.glb", zoo())
    difference, share = compare(path, view, SIZE, engine=engine)
    assert share > 0.12
    wrong = (difference > 2).mean()
    assert wrong < 1e-3, f"{wrong:.2%} of the even pixels differ by more than 2/255"


def test_what_lies_outside_hides_in_paper_clip(tmp_path: Path, engine: Engine) -> None:
    """A screen before the box, one that leaves it, one that lets light through, one behind."""
    low = [[x, y, -0.9] for x, y, _ in make_square(0.3)]  # a far wall: keeps the middle at z = 0
    near = [[x + 0.15, y + 0.15, 0.42] for x, y, _ in make_square(0.1)]
    quads: list[dict[str, Any]] = [
        {"corners": make_square(0.3), "rgba": patches(1)},
        {"corners": [[x - 0.15, y + 0.15, 0.42] for x, y, _ in make_square(0.1)]},
        {"corners": near, "alpha_mode": "MASK", "factor": CLEAR},
        {"corners": [[-0.05, -0.25, 0.2], [0.05, -0.25, 0.2], [0.05, -0.1, 0.45], [-0.05, -0.1, 0.45]]},
        {"corners": [[x, y, 0.9] for x, y, _ in make_square(0.3)], "alpha_mode": "MASK", "factor": CLEAR},
        {"corners": low},
    ]  # fmt: skip
    path = write_glb(tmp_path / "a.glb", quads)
    shares = {}
    for paper_clip in (False, True):
        difference, shares[paper_clip] = compare(path, "front", SIZE, engine=engine, fit=False, paper_clip=paper_clip)
        assert (difference > 2).mean() < 1e-3
    assert shares[False] - shares[True] == pytest.approx((0.2 * 0.2 + 0.1 * 0.06) / 0.49, abs=0.01)


REAL = ("godette.vrm", "cryptovoxels.vrm", "samplebot.vrm", "kaykit_mage.glb", "unitychan/unitychan.glb",
        "unitychan/sd_misaki_sum.glb")  # fmt: skip


@pytest.mark.parametrize("name", [REAL[0], *(pytest.param(name, marks=pytest.mark.slow) for name in REAL[1:])])
def test_real_avatars_have_the_colours_of_the_standard(name: str, engine: Engine) -> None:
    path = require_real_data(f"avatars/{name}")
    difference, share = compare(path, "front", 128, uneven=30, engine=engine)
    assert share > 0.05
    assert (difference > 2).mean() < 0.01, np.percentile(difference, [50, 90, 99, 100])
