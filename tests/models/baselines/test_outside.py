"""docs/guides/methods.md's example, as it stands there, with an outside program that writes GLB files."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import trimesh
from click.testing import CliRunner

from helpers.heads.small_suite import make_one_pair_suite
from helpers.installed_package import write_installed_package
from panic3d.benchmark.commands import benchmark
from panic3d.geometry.glb import decode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.mesh_files import save_mesh
from panic3d.runtime.errors import UserError

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "methods.md"
PROGRAM = """#!{python}
import sys
import numpy as np, trimesh
from PIL import Image
rgba = np.asarray(Image.open(sys.argv[1]))
assert rgba.shape == (512, 512, 4)
rows, columns = np.nonzero(rgba[..., 3] > 127)
scale = 0.7 / 512
ball = trimesh.creation.icosphere(4)
x, y = (columns.mean() - 255.5) * scale, (255.5 - rows.mean()) * scale
vertices = ball.vertices * [np.ptp(columns) * scale / 2, np.ptp(rows) * scale / 2, 0.12] + [x, y, 0]
colours = np.tile(np.uint8([128, 55, 0, 255]), (len(vertices), 1))
trimesh.Trimesh(vertices, ball.faces, vertex_colors=colours).export(sys.argv[2])
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert code is not None
    points = {"panic3d.methods": {"outside": "outside_of_the_page:load"}}
    write_installed_package(tmp_path, "outside-of-the-page", {"outside_of_the_page": code[1]}, points)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path))
    yield
    sys.modules.pop("outside_of_the_page", None)


def program(folder: Path, text: str) -> Path:
    path = folder / "program"
    path.write_text(text)
    path.chmod(0o755)
    return path


def run(tmp_path: Path, program: Path) -> None:
    words = ["run", "--suite", make_one_pair_suite(), "--method", f"outside={program}", "--out", tmp_path / "results"]
    done = CliRunner().invoke(benchmark, [str(word) for word in words])
    if done.exception is not None:
        raise done.exception


def test_the_page_s_method_is_scored(tmp_path: Path, outside: None) -> None:
    run(tmp_path, program(tmp_path, PROGRAM.format(python=sys.executable)))
    results = tmp_path / "results" / "suite"
    numbers = json.loads((results / "standard" / "outside.json").read_text())["means"]
    assert numbers["chamfer_mm"]["mean"] < 25
    assert numbers["front_psnr"]["mean"] > 10
    mesh = decode_glb(next(results.glob("predictions/outside/*/mesh.glb")).read_bytes())
    assert mesh.colours[0].tolist() == [188, 128, 0], "linear 128, 55, 0 of 255 in sRGB"


def test_the_page_s_method_reads_our_own_head(tmp_path: Path, outside: None) -> None:
    ball = trimesh.creation.icosphere(3, 0.12)
    colours = np.tile(np.array([188, 128, 0], np.uint8), (len(ball.vertices), 1))
    save_mesh(ColouredMesh(ball.vertices.astype(np.float32), ball.faces.astype(np.int64), colours), tmp_path / "me.glb")
    copy = f"#!{sys.executable}\nimport shutil, sys\nshutil.copy({str(tmp_path / 'me.glb')!r}, sys.argv[2])"
    run(tmp_path, program(tmp_path, copy))
    mesh = decode_glb(next((tmp_path / "results").rglob("outside/*/mesh.glb")).read_bytes())
    assert mesh.colours[0].tolist() == [188, 128, 0]


def test_a_program_that_fails_is_quoted(tmp_path: Path, outside: None) -> None:
    with pytest.raises(UserError, match=r"exit code 1: .*no head in there"):
        run(tmp_path, program(tmp_path, f"#!{sys.executable}\nraise SystemExit('no head in there')"))
