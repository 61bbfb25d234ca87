"""The code blocks of the README and the guides run in a folder with small inputs; one that does not says why."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.docs.markdown import ROOT, CodeBlock, find_code_blocks, find_pages
from helpers.docs.shell_lines import split_commands
from helpers.heads.small_suite import make_one_pair_suite, write_dataset
from helpers.heads.sphere_shards import make_sphere_views
from panic3d.shards.manifest import Manifest, ManifestRecord
from panic3d.shards.schema import encode_json

PAGES = [page for page in find_pages() if page.name == "README.md" or page.parent.name == "guides"]
PORTRAIT_PX = 200
"""Side of the first picture of docs/images/heads.jpg, a drawn portrait."""
PREAMBLE = {
    "line_removal.md": """
import numpy as np
from PIL import Image
rgba_512 = np.array(Image.open("me.png").convert("RGBA"))
landmarks_px = None
""",
}
"""What a page's blocks presuppose in words."""


SLOW = {"benchmark.md"}
"""Pages whose code takes more than some seconds."""


def mark_slow(page: Path) -> object:
    return pytest.param(page, id=page.name, marks=[pytest.mark.slow] if page.name in SLOW else [])


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the blocks name: drawings, a dataset, downloads and runs."""
    made = tmp_path_factory.mktemp("inputs")
    with Image.open(ROOT / "docs" / "images" / "heads.jpg") as heads:
        portrait = heads.convert("RGB").crop((0, 0, PORTRAIT_PX, PORTRAIT_PX)).resize((512, 512))
    (made / "pictures").mkdir()
    portrait.save(made / "me.png")
    portrait.save(made / "pictures" / "me.png")
    _write_dataset(made / "data" / "mine")
    shutil.copytree(make_one_pair_suite(), made / "suite")
    _write_downloads(made / "data" / "vroid-hub" / "metadata.parquet")
    models = ROOT / "panic3d" / "models"
    for name, weights in (("mine", "reconstructor/small"), ("lines", "line_removal/small")):
        (made / "runs" / name).mkdir(parents=True)
        shutil.copy(models / f"{weights}.safetensors", made / "runs" / name / "weights.safetensors")
    return made


@pytest.mark.parametrize("page", [mark_slow(page) for page in PAGES])
def test_the_code_of_a_page_runs(page: Path, inputs: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(inputs, tmp_path / "folder")
    for block in find_code_blocks(page):
        if block.language == "python":
            run_python(block, folder)
        elif block.language == "bash" and block.not_run is None:
            run_shell(block, folder)
    if page.name == "README.md":
        for name in ("me.glb", "heads/me.glb", "heads/me.views.png", "heads/me.seen.png"):
            assert (folder / name).stat().st_size > 1000


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "experiments").glob("*.md")), ids=lambda page: page.name)
def test_the_imports_of_experiments_exist(page: Path) -> None:
    """Their data is not here; the names that they import are."""
    for block in find_code_blocks(page):
        if block.language == "python":
            tree = ast.parse(block.text)
            imports: list[ast.stmt] = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
            exec(compile(ast.Module(imports, []), str(block), "exec"), {})


def run_python(block: CodeBlock, folder: Path) -> None:
    if block.not_run:
        compile(block.text, str(block), "exec")
        return
    done = run([sys.executable, "-c", PREAMBLE.get(block.page.name, "") + block.text], folder)
    assert done.returncode == 0, f"{block}\n{done.stderr}"


def run_shell(block: CodeBlock, folder: Path) -> None:
    for command in split_commands(block.text):
        assert command.program == "panic3d", f"say why {block} is not run: <!-- not run: REASON -->"
        done = run([sys.executable, "-m", "panic3d", *command.words[1:]], folder)
        assert done.returncode == 0, f"{block}: {command.line}\n{done.stdout}{done.stderr}"


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)


def _write_dataset(place: Path) -> None:
    samples = {}
    for i in range(4):
        meta = {"schema": 1, "source": f"{i}.glb", "sha256": f"{i:064x}", "licence": "CC0", "cut": False}
        members = make_sphere_views(0.15 + 0.02 * i, 0.0, 256, painted=True)
        meta |= json.loads(members["meta.json"])
        samples[f"ball-{i:08x}"] = {**members, "meta.json": encode_json(meta)}
    write_dataset(place, samples, {}, 256)
    manifest = Manifest(place / "manifest.jsonl")
    for key in samples:
        manifest.append(ManifestRecord(key, f"{key}.glb", "ok"))


def _write_downloads(place: Path) -> None:
    import pandas

    rows = {
        "status": ["ok", "skipped"],
        "reason": ["", "not downloadable"],
        "licence_modification": ["allow", "disallow"],
        "triangle_count": np.array([20000, 30000]),
    }
    place.parent.mkdir(parents=True)
    pandas.DataFrame(rows).to_parquet(place)
