"""The report in headless Chromium, from disk, without network."""

import html
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scratch_suite import shared_self_test

from panic3d.benchmark.report.write import write_report

pytestmark = pytest.mark.browser

CHROMIUM = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000",
)  # fmt: skip
PROBE = """
<script>
addEventListener("load", () => {
  const rows = () => [...document.querySelectorAll(".board tbody th.name")].map((cell) => cell.textContent.trim());
  const press = (title) => [...document.querySelectorAll(".board thead tr:last-child button")]
    .filter((button) => button.textContent.includes(title)).at(0).click();
  const answers = {};
  press("chamfer"); answers.chamfer = rows();
  press("chamfer"); answers.reversed = rows();
  press("IoU"); answers.iou = rows();
  const keys = () => [...document.querySelectorAll(".pair")].map((pair) => pair.id);
  answers.worst = keys(); document.querySelector(".order").click(); answers.best = keys();
  answers.wide = document.documentElement.scrollWidth > innerWidth;
  document.body.innerHTML = `<pre id="answers">${JSON.stringify(answers)}</pre>`;
});
</script>
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("chromium") is None:
        pytest.skip("no Chromium: scripts/browser.sh")
    folder = tmp_path_factory.mktemp("browser")
    return write_report(shared_self_test(), folder / "report")


def chromium(page: Path, *options: str) -> str:
    command = (*CHROMIUM, f"--user-data-dir={page.parent / 'profile'}", *options, page.as_uri())
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.parametrize(("width", "height"), [(1500, 1200), (500, 1200)])
def test_pictures_are_drawn(page: Path, width: int, height: int) -> None:
    shot = page.parent / f"shot{width}.png"
    chromium(page, f"--window-size={width},{height}", f"--screenshot={shot}")
    with Image.open(shot) as image:
        pixels = np.asarray(image.convert("RGB"), np.int32)
    red_ear = (np.abs(pixels - (220, 20, 20)).max(axis=2) < 25).sum()
    assert red_ear > 300, f"the characters' red ears are not in {shot}"


@pytest.mark.parametrize("width", [1500, 500])
def test_sorting_and_width(page: Path, width: int) -> None:
    probed = page.with_name(f"probe{width}.html")
    probed.write_text(page.read_text().replace("</body>", PROBE + "</body>"))
    dom = chromium(probed, f"--window-size={width},900", "--dump-dom")
    answers = json.loads(html.unescape(dom.split('<pre id="answers">')[1].split("</pre>")[0]))
    assert answers["chamfer"][0] == "truth" and answers["chamfer"][-1] == "empty"
    assert answers["reversed"] == answers["chamfer"][::-1]
    assert answers["iou"][-1] == "empty"
    assert answers["best"] == answers["worst"][::-1] and len(answers["best"]) == 2
    assert not answers["wide"], "the page itself scrolls sideways"
