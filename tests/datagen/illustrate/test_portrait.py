"""Drawn portraits: they lie on the render's pixels, follow from the key, and are taken for drawings of faces."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.avatars.small_glb import make_square, write_glb
from helpers.line_mask import compute_line_mask, compute_line_share
from helpers.requirements import needs_blender, require_package, require_real_data
from panic3d.cameras.rigs import make_view_camera
from panic3d.cameras.view import View
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.character.parts import classify_part
from panic3d.datagen.engines.engine import render_views
from panic3d.datagen.illustrate.portrait import illustrate
from panic3d.datagen.illustrate.styles import STYLES, StyleSet
from panic3d.datagen.runner.sample import RenderOptions, render_sample
from panic3d.datagen.synth.generate import write_character
from panic3d.shards.schema import read_png

pytestmark = needs_blender
ALL_STYLES = [(styles, name) for styles in STYLES for name in STYLES[styles]]
PORTRAITS_10_TO_90 = (0.127, 0.219)
"""Line share of the 13 drawn portraits of the folder of real data, 10th and 90th percentile (test_line_share.py)."""


def front_view(path: Path, labels: dict[str, str] | None = None) -> View:
    surfaces = load_avatar(path).surfaces
    parts = [classify_part(surface.material.name, labels) for surface in surfaces]
    (view,) = render_views("cycles", surfaces, [make_view_camera("front")], 512, 6, 2, normals=True, parts=parts)
    return view


def generated_view(folder: Path, seed: int, index: int) -> View:
    path = folder / f"{index}.vrm"
    return front_view(path, write_character(path, seed, index, "train", "1.0")["parts"])


def has_face(rgba: np.ndarray) -> bool:
    require_package("animeface")
    import animeface

    sheet = Image.new("RGBA", (rgba.shape[1], rgba.shape[0]), "white")
    sheet.alpha_composite(Image.fromarray(rgba))
    return bool(animeface.detect(sheet.convert("RGB")))


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> list[View]:
    folder = tmp_path_factory.mktemp("synth")
    return [generated_view(folder, 77, index) for index in (0, 2)]


@pytest.fixture(scope="module")
def drawings(views: list[View]) -> dict[tuple[str, int], np.ndarray]:
    return {
        (name, index): illustrate(view, f"key{index}", styles, name)[0]
        for styles, name in ALL_STYLES
        for index, view in enumerate(views)
    }


def test_the_sets_share_no_style() -> None:
    assert len(STYLES["train"]) >= 6 and len(STYLES["heldout"]) >= 3
    assert not set(STYLES["train"]) & set(STYLES["heldout"])
    for part in ("lines", "tone", "paper"):
        seen = [getattr(style, part) for style in STYLES["train"].values()]
        assert all(getattr(style, part) not in seen for style in STYLES["heldout"].values()), part


def test_a_drawing_lies_on_the_render(views: list[View], drawings: dict[tuple[str, int], np.ndarray]) -> None:
    for (name, index), drawing in drawings.items():
        rendered, drawn = views[index].rgba[..., 3] >= 128, drawing[..., 3] >= 128
        assert (rendered & drawn).sum() / (rendered | drawn).sum() >= 0.97, name


def test_lines_follow_the_edges_of_the_render(views: list[View], drawings: dict[tuple[str, int], np.ndarray]) -> None:
    """Shifted against its render by a few pixels, a drawing's dark lines meet fewer of the depth map's steps."""
    for (name, index), drawing in drawings.items():
        depth_m = np.nan_to_num(views[index].depth_m, nan=1.5)
        steps = np.abs(np.diff(depth_m, axis=1))[:, :-7] > 0.02
        lines = compute_line_mask(drawing)
        hits = {
            shift: (lines[:, 4 + shift : 4 + shift + steps.shape[1] - 4] & steps[:, 4:]).sum() for shift in (-4, 0, 4)
        }
        assert hits[0] > 1.3 * max(hits[-4], hits[4]), (name, hits)


def test_style_and_strokes_follow_from_the_key(views: list[View]) -> None:
    drawing, record = illustrate(views[0], "key", "train")
    again, same = illustrate(views[0], "key", "train")
    assert (drawing == again).all() and record == same and record["style"] in STYLES["train"]
    named, _ = illustrate(views[0], "key", "train", record["style"])
    assert (named == drawing).all(), "the record names what was drawn"
    other, _ = illustrate(views[0], "another key", "train", record["style"])
    assert (other != drawing).any()
    chosen = {illustrate(small(views[0]), f"key{i}", "heldout")[1]["style"] for i in range(12)}
    assert chosen == set(STYLES["heldout"])


def small(view: View) -> View:
    assert view.normal_head is not None and view.part is not None
    step = (slice(None, None, 8),) * 2
    return View(view.rgba[step], view.depth_m[step], view.normal_head[step], view.part[step])


def test_a_detector_finds_faces_in_the_drawings(drawings: dict[tuple[str, int], np.ndarray]) -> None:
    found = {key: has_face(drawing) for key, drawing in drawings.items()}
    assert np.mean(list(found.values())) >= 0.9, [key for key, good in found.items() if not good]


@pytest.mark.parametrize("styles", STYLES)
def test_line_share_is_that_of_drawn_portraits(
    styles: StyleSet, views: list[View], drawings: dict[tuple[str, int], np.ndarray]
) -> None:
    low, high = PORTRAITS_10_TO_90
    shares = {
        name: np.mean([compute_line_share(drawings[name, i]) for i in range(len(views))]) for name in STYLES[styles]
    }
    assert low <= np.mean(list(shares.values())) <= high, shares


@pytest.mark.slow
def test_fifty_characters_keep_faces_and_line_share(tmp_path: Path) -> None:
    faces: dict[str, list[bool]] = {name: [] for _, name in ALL_STYLES}
    shares: dict[str, list[float]] = {"render": [], **{name: [] for _, name in ALL_STYLES}}
    for index in range(50):
        view = generated_view(tmp_path, 5, index)
        shares["render"].append(compute_line_share(view.rgba))
        for styles in STYLES:
            for name in sorted(STYLES[styles])[index % 3 :: 3]:
                drawing, _ = illustrate(view, f"key{index}", styles, name)
                faces[name].append(has_face(drawing))
                shares[name].append(compute_line_share(drawing))
    found = {name: round(float(np.mean(values)), 3) for name, values in faces.items()}
    lines = {name: round(float(np.mean(values)), 3) for name, values in shares.items()}
    print(f"faces found {found}\nline share {lines}")
    assert np.mean([good for values in faces.values() for good in values]) >= 0.9
    for styles in STYLES:
        assert PORTRAITS_10_TO_90[0] <= np.mean([lines[name] for name in STYLES[styles]]) <= PORTRAITS_10_TO_90[1]


@pytest.mark.parametrize("name", ["unitychan/unitychan.glb", "cryptovoxels.vrm"])
def test_drawings_of_real_avatars_keep_their_outline(name: str) -> None:
    """One with usual material names, one with neither named parts nor colours."""
    path = require_real_data(f"avatars/{name}")
    view = front_view(path)
    for styles in STYLES:
        drawing, _ = illustrate(view, "key", styles)
        assert (drawing[..., 3] == view.rgba[..., 3]).all() and compute_line_share(drawing) > 0.02
        assert has_face(drawing) or "unitychan" not in name


def test_in_a_sample_of_any_size(tmp_path: Path) -> None:
    path = write_glb(tmp_path / "a.glb", [{"corners": make_square(0.2), "factor": (0.2, 0.5, 0.9, 1.0)}])
    options = RenderOptions(rig="ortho4", size=64, samples=1, illustrate="heldout")
    members = render_sample(path, "square-01234567", options, threads=1)
    drawing, record = read_png(members["front.illustration.png"]), json.loads(members["meta.json"])["illustration"]
    assert drawing.shape == (64, 64, 4) and record["style"] in STYLES["heldout"] and record["styles"] == "heldout"
    assert "front.normal.png" not in members and "front.part.png" not in members
    assert members == render_sample(path, "square-01234567", options, threads=1), "the same bytes every time"


def test_without_a_front_view_is_wrong_usage(tmp_path: Path) -> None:
    path = write_glb(tmp_path / "a.glb", [{"corners": make_square(0.2)}])
    command = [
        sys.executable,
        "-m",
        "panic3d",
        "render",
        path,
        "--out",
        tmp_path / "D",
        "--rig",
        "persp8",
        "--illustrate",
    ]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert result.returncode == 2 and "front view" in result.stderr
