"""That both engines draw the same pictures, and what is said where an engine cannot run."""

import ctypes
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from helpers.avatars.small_glb import make_square, write_glb
from helpers.requirements import list_real_files, require_engine
from panic3d.cameras.rigs import make_view_camera
from panic3d.cameras.view import View
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.datagen.commands import render
from panic3d.datagen.engines.availability import ENGINES, check_engine
from panic3d.datagen.engines.engine import render_views
from panic3d.datagen.synth.generate import write_character
from panic3d.runtime.errors import UserError

AVATARS = list_real_files("avatars", "*.vrm", "*.glb", "*.gltf")
QUICK = ("godette", "unitychan")
SLOW = [pytest.mark.slow]
AMBIGUOUS = {"sd_utc_win": 0.1}  # wears two skirts of the very same shape


@pytest.fixture
def both() -> None:
    for engine in ENGINES:
        require_engine(engine)


def draw(
    surfaces: list[MaterialSurface], views: tuple[str, ...], size: int, samples: int = 5
) -> Iterator[tuple[View, View]]:
    cameras = [make_view_camera(view, "a-key") for view in views]
    parts = [1 + index % 6 for index in range(len(surfaces))]
    drawn = (render_views(engine, surfaces, cameras, size, samples, 1, normals=True, parts=parts) for engine in ENGINES)
    return zip(*drawn, strict=True)


def check_agreement(cycles: View, pyrender: View, label: str = "", ambiguous: float = 0.0) -> None:
    """Silhouettes, depth, colour inside, normals and parts.

    `ambiguous`: the share of pixels in which two surfaces lie in the same place, so that either may be seen.
    """
    mask, other = cycles.rgba[..., 3] >= 128, pyrender.rgba[..., 3] >= 128
    assert (mask & other).sum() >= 0.998 * (mask | other).sum(), label
    inside = (cycles.rgba[..., 3] == 255) & (pyrender.rgba[..., 3] == 255)
    difference = np.abs(cycles.rgba[inside, :3].astype(int) - pyrender.rgba[inside, :3])
    assert np.mean(difference.max(axis=-1) > 2) < 0.002 + ambiguous, label
    alpha = np.abs(cycles.rgba[..., 3].astype(int) - pyrender.rgba[..., 3])
    assert np.mean(alpha > 2) < 0.002, label
    seen = np.isfinite(cycles.depth_m)
    assert np.mean(seen != np.isfinite(pyrender.depth_m)) < 0.001, label
    seen &= np.isfinite(pyrender.depth_m)
    far = np.abs(cycles.depth_m[seen] - pyrender.depth_m[seen]) > 1e-4
    assert np.mean(far) < 0.001, f"{label}: but for pixels whose centre an edge crosses"
    assert cycles.normal_head is not None
    assert pyrender.normal_head is not None
    turned = (cycles.normal_head[seen] * pyrender.normal_head[seen]).sum(axis=-1) < 0.999
    assert np.mean(turned) < 0.004 + ambiguous, label
    assert np.mean(cycles.part != pyrender.part) < 0.002 + ambiguous, label


def quad(random: np.random.Generator, mode: str) -> dict[str, object]:
    """A tilted, textured, tinted square somewhere about the middle of the box."""
    across, up = np.linalg.qr(random.normal(size=(3, 2)))[0].T * random.uniform(0.05, 0.2)
    centre = random.uniform(-0.1, 0.1, 3)
    corners = [centre + x * across + y * up for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    made = {
        "corners": np.array(corners).tolist(),
        "rgba": random.integers(0, 256, (5, 7, 4), np.uint8),
        "alpha_mode": mode,
        "double_sided": bool(random.integers(2)),
        "factor": (*random.uniform(0.3, 1, 3).tolist(), 1.0 if mode == "MASK" else random.uniform(0.6, 1)),
        "cutoff": random.uniform(0.2, 0.8),
    }
    return made if random.integers(2) else {**made, "colour": (*random.uniform(0.3, 1, 3).tolist(), 1.0)}


@pytest.mark.parametrize("nearest", [True, False])
def test_many_layers_of_all_materials_agree(tmp_path: Path, both: None, nearest: bool) -> None:
    random = np.random.default_rng(3 + nearest)
    quads = [quad(random, mode) for mode in ("OPAQUE", "MASK", "MASK", *["BLEND"] * 9)]
    surfaces = load_avatar(write_glb(tmp_path / "a.glb", quads, nearest=nearest)).surfaces
    assert len(surfaces) == len(quads)
    for cycles, pyrender in draw(surfaces, ("front", "top", "persp0", "persp3"), 160):
        check_agreement(cycles, pyrender)


def test_what_is_held_out_hides_in_both(tmp_path: Path, both: None) -> None:
    path = write_glb(
        tmp_path / "a.glb",
        [{"corners": make_square(0.2, -0.1)}, {"corners": make_square(0.1, 0.1), "factor": (1, 0, 0, 1)}],
    )
    back, front = load_avatar(path).surfaces
    held = replace(front, material=replace(front.material, holdout=True))
    ((cycles, pyrender),) = draw([back, held], ("front",), 96)
    check_agreement(cycles, pyrender)
    assert pyrender.rgba[48, 48].tolist() == [0, 0, 0, 0]
    assert np.isnan(pyrender.depth_m[48, 48])
    assert pyrender.rgba[30, 30, 3] == 255


def test_generated_characters_agree(tmp_path: Path, both: None) -> None:
    for index in range(2):
        path = tmp_path / f"{index}.vrm"
        write_character(path, 5, index, "train", "1.0")
        for cycles, pyrender in draw(load_avatar(path).surfaces, ("front", "left", "persp1"), 192):
            check_agreement(cycles, pyrender, path.name)


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=[] if path.stem in QUICK else SLOW, id=path.stem) for path in AVATARS]
)
def test_real_characters_agree(path: Path, both: None) -> None:
    for cycles, pyrender in draw(load_avatar(path).surfaces, ("front", "persp2"), 192):
        check_agreement(cycles, pyrender, path.name, AMBIGUOUS.get(path.stem, 0.0))


def test_tiles_and_size_change_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    require_engine("pyrender")
    from panic3d.datagen.engines import pyrender_engine

    random = np.random.default_rng(0)
    quads = [quad(random, mode) for mode in ("OPAQUE", "MASK", "BLEND", "BLEND")]
    surfaces = load_avatar(write_glb(tmp_path / "a.glb", quads)).surfaces
    cameras = [make_view_camera("persp1", "a-key"), make_view_camera("left")]
    whole = pyrender_engine.render_views(surfaces, cameras, 100, 5)
    monkeypatch.setattr(pyrender_engine, "TILE_SAMPLES", 37 * 37 * 5)
    for one, tiled in zip(whole, pyrender_engine.render_views(surfaces, cameras, 100, 5), strict=True):
        assert np.mean(np.abs(one.rgba.astype(int) - tiled.rgba).max(axis=-1) > 1) < 0.002
        np.testing.assert_allclose(one.depth_m, tiled.depth_m, atol=1e-5)


def test_without_egl_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(UserError, match=r"EGL.*apt-get install -y libegl1"):
        check_engine("pyrender")


def test_the_command_draws_with_pyrender(tmp_path: Path) -> None:
    require_engine("pyrender")
    write_glb(tmp_path / "a.glb", [{"corners": make_square(0.2)}])
    options = ["--engine", "pyrender", "--rig", "ortho4", "--size", "64", "--normals", "--parts"]
    result = CliRunner().invoke(render, [str(tmp_path / "a.glb"), "--out", str(tmp_path / "out"), *options])
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert record["engine"] == "pyrender"
    assert "pyrender" in record["versions"]
    with tarfile.open(tmp_path / "out" / "shard-000000.tar") as shard:
        assert len([name for name in shard.getnames() if name.endswith(".png")]) == 4 * 4
