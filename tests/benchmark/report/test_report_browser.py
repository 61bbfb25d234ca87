"""The report in headless Chromium, from disk, without network."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from helpers.heads.small_suite import make_two_pair_suite, run_self_test
from helpers.sites.browser import find_chromium, open_page
from panic3d.benchmark.report.viewer_meshes import write_viewer_mesh
from panic3d.benchmark.report.write import write_report
from panic3d.geometry.mesh import ColouredMesh

pytestmark = pytest.mark.browser

TABLE_PROBE = """
const rows = () => [...document.querySelectorAll(".board tbody th.name")].map((cell) => cell.textContent.trim());
const press = (title) => [...document.querySelectorAll(".board thead tr:last-child button")]
  .filter((button) => button.textContent.includes(title)).at(0).click();
press("chamfer"); answers.chamfer = rows();
press("chamfer"); answers.reversed = rows();
press("IoU"); answers.iou = rows();
const keys = () => [...document.querySelectorAll(".pair")].map((pair) => pair.id);
answers.worst = keys(); document.querySelector(".order").click(); answers.best = keys();
answers.pictures = document.querySelectorAll(".pair img").length;
const compare = document.querySelector(".compare");
compare.value = "0"; compare.dispatchEvent(new Event("change"));
const cell = (row) => document.querySelector(`[data-row="${row}"] [data-number="chamfer_mm"]`);
answers.difference = cell(2).textContent.trim(); answers.judged = cell(2).className;
answers.itself = cell(0).textContent.trim();
answers.wide = document.documentElement.scrollWidth > innerWidth;
"""
VIEWER_PROBE = """
document.querySelector(".turn").click();
await until(() => panic3dViewer && panic3dViewer.said.textContent.startsWith("drag"));
const look = () => {
  panic3dViewer.draw();
  const gl = panic3dViewer.renderer.getContext(), [w, h] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
  const pixels = new Uint8Array(4 * w * h);
  gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  const drawn = [0, 0]; let code = 0;
  for (let i = 0; i < w * h; i++) {
    if (pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2] > 750) continue;
    drawn[Number(i % w >= w / 2)]++;
    code = (code * 31 + i * pixels[4 * i]) % 1000003;
  }
  return { drawn, code };
};
answers.front = look(); answers.again = look();
const canvas = panic3dViewer.canvas, box = canvas.getBoundingClientRect();
const point = (type, x) => canvas.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1,
  pointerType: "mouse", isPrimary: true, button: 0, buttons: 1, clientX: box.left + x, clientY: box.top + 100 }));
canvas.setPointerCapture = canvas.releasePointerCapture = () => {};
point("pointerdown", 100); point("pointermove", 160); point("pointermove", 220); point("pointerup", 220);
answers.turned = look();
panic3dViewer.shape.click(); answers.shape = look();
panic3dViewer.pick.value = String(panic3dViewer.pick.options.length - 1);
panic3dViewer.pick.dispatchEvent(new Event("change"));
await until(() => panic3dViewer.said.textContent.includes("no mesh"));
answers.empty = look();
"""
PROBE = """async () => {
  const answers = {}, end = performance.now() + 100000;
  const until = async (true_) => {
    while (!true_()) {
      if (performance.now() > end) throw new Error(`waited in vain for ${true_}`);
      await new Promise((go) => setTimeout(go, 20));
    }
  };
  await until(() => document.querySelector(".pair img"));
  BODY
  return answers;
}"""
PICTURES_ARE_LOADED = """() => {
  const near = [...document.querySelectorAll(".pair img")].filter((image) => {
    const box = image.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  });
  return near.length > 0 && near.every((image) => image.complete && image.naturalWidth > 0);
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    find_chromium()
    return write_report(run_self_test(make_two_pair_suite()), tmp_path_factory.mktemp("browser") / "report")


def run_probe(path: Path, probe: str, width: int) -> dict:
    """Open a report, run JavaScript in it once the first pictures are there, and return what it puts into `answers`."""
    with open_page(path, width) as page:
        answers: dict = page.evaluate(PROBE.replace("BODY", probe))
    return answers


@pytest.mark.parametrize(("width", "height"), [(1500, 1400), (500, 1800)])
def test_the_page_draws_the_pictures(page: Path, width: int, height: int) -> None:
    shot = page.parent / f"shot{width}.png"
    with open_page(page, width, height) as opened:
        opened.wait_for_function(PICTURES_ARE_LOADED)
        opened.screenshot(path=shot)
    with Image.open(shot) as image:
        pixels = np.asarray(image.convert("RGB"), np.int32)
    red_ear = (np.abs(pixels - (220, 20, 20)).max(axis=2) < 25).sum()
    assert red_ear > 300, f"the characters' red ears are not in {shot}"


@pytest.mark.parametrize("width", [1500, 500])
def test_sorting_comparing_and_width(page: Path, width: int) -> None:
    answers = run_probe(page, TABLE_PROBE, width)
    assert answers["chamfer"][0] == "truth" and answers["chamfer"][-1] == "empty"
    assert "PAniC-3D (published)" in answers["chamfer"]
    assert answers["reversed"] == answers["chamfer"][::-1]
    assert answers["iou"][-2] == "empty", "before the published row, which has no IoU"
    assert answers["best"] == answers["worst"][::-1] and len(answers["best"]) == 2
    assert answers["pictures"] > 10
    assert answers["difference"].startswith("+2.") and " to +" in answers["difference"] and "worse" in answers["judged"]
    assert answers["itself"].startswith("0.00")
    assert not answers["wide"], "the page itself scrolls sideways"


def test_the_viewer_turns_truth_and_prediction(page: Path) -> None:
    answers = run_probe(page, VIEWER_PROBE, 1200)
    assert min(answers["front"]["drawn"]) > 2000, "one of the two halves is empty"
    assert answers["again"] == answers["front"]
    assert min(answers["turned"]["drawn"]) > 2000 and answers["turned"]["code"] != answers["front"]["code"]
    assert answers["shape"]["code"] != answers["turned"]["code"]
    assert answers["empty"]["drawn"][0] > 2000 and answers["empty"]["drawn"][1] == 0


def test_the_viewer_shades_a_mesh_without_colours(page: Path, tmp_path: Path) -> None:
    copy = tmp_path / "report"
    shutil.copytree(page.parent, copy, ignore=shutil.ignore_patterns("*.png"))
    board = json.loads((copy / "data" / "board-0.js").read_text().partition(",")[2].rpartition(")")[0])
    ball = trimesh.creation.icosphere(3, 0.15)
    white = np.full((len(ball.vertices), 3), 255, np.uint8)
    for pair in board["pairs"]:
        path = copy / pair["rows"][0]["model"]
        write_viewer_mesh(ColouredMesh(ball.vertices.astype(np.float32), ball.faces.astype(np.int64), white), path)
    start = VIEWER_PROBE.partition("answers.again")[0]
    answers = run_probe(copy / page.name, f"{start}; answers.said = panic3dViewer.said.textContent;", 1200)
    assert min(answers["front"]["drawn"]) > 2000, "the white ball is not visible"
    assert "shaded" in answers["said"]


def test_nothing_is_loaded_before_it_is_asked_for(page: Path) -> None:
    names = run_probe(page, 'answers.scripts = [...document.scripts].map((s) => s.getAttribute("src"));', 800)[
        "scripts"
    ]
    assert "data/board-0.js" in names and not any(name and ("three" in name or "models" in name) for name in names)


@pytest.mark.slow
def test_ten_methods_and_68_pairs_open_in_three_seconds(page: Path, tmp_path: Path) -> None:
    """The index of a report of that size, its pair data included; pictures are loaded as they come into view."""
    large = tmp_path / "large"
    shutil.copytree(page.parent, large, ignore=shutil.ignore_patterns("*.png"))
    data = (large / "data" / "board-0.js").read_text()
    board = json.loads(data[data.index(",") + 1 : data.rindex(")")])
    board["pairs"] = [
        {**pair, "key": f"{pair['key']}-{i}", "rows": [pair["rows"][r % 5] | {"row": r % 5} for r in range(10)]}
        for i in range(34)
        for pair in board["pairs"]
    ]
    (large / "data" / "board-0.js").write_text(f"panic3dBoard(0,{json.dumps(board)})")
    clock = """<script>addEventListener("load", () => document.title = [
      performance.now(), document.querySelectorAll(".pair").length].join(" "))</script></body>"""
    index = large / page.name
    index.write_text(index.read_text().replace("</body>", clock))
    with open_page(index, 1400) as opened:
        title = opened.title()
    milliseconds, sections = map(float, title.split())
    assert sections == 68
    assert milliseconds < 3000
