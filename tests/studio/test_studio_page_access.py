"""Who cannot see the studio's page or has no mouse: axe-core's rules for every tab, and the tabs by keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from helpers.sites.browser import find_chromium
from helpers.sites.npm import npm_folder
from helpers.studio.page import open_studio, show_tab, wait_for_model
from helpers.studio.running import RunningStudio, run_studio
from helpers.studio.uploads import make_face_picture, make_faceless_picture

pytestmark = pytest.mark.browser
AXE = "axe-core@4.11"
TABS = ("stages", "view", "points", "frame", "matte", "character", "options", "files")
RULES = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map((rule) =>
  `${rule.id}: ${rule.help}: ${rule.nodes.map((node) => node.html.slice(0, 160) + node.failureSummary).join(" | ")}`)"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    find_chromium()
    with run_studio(tmp_path_factory.mktemp("access") / "out") as running:
        yield running


@pytest.fixture(scope="module")
def head_id(studio: RunningStudio) -> str:
    studio.wait_for(studio.upload(make_faceless_picture(), "no face.png"))
    found = studio.upload(make_face_picture(), "face.png")
    assert studio.wait_for(found)["status"] == "done"
    return found


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = npm_folder(tmp_path_factory, AXE)
    return (Path(folder) / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def find_violations(page: Page) -> list[str]:
    found: list[str] = page.evaluate(RULES)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [500, 1400])
def test_axe_finds_nothing(studio: RunningStudio, head_id: str, axe: str, width: int, scheme: str) -> None:
    with open_studio(studio.url, width, head_id=head_id) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.evaluate(axe)
        wait_for_model(page)
        for tab in TABS:
            panel = show_tab(page, tab)
            page.wait_for_timeout(300)
            if tab == "character":
                panel.get_by_label("Find a field").fill("hair")
            assert find_violations(page) == [], tab
        page.get_by_role("button", name="Keys and help").click()
        assert find_violations(page) == [], "help"
        page.keyboard.press("Escape")
        page.locator(".entry", has_text="no face.png").click()
        assert find_violations(page) == [], "a failed head"
        page.locator(".summary").get_by_role("button", name="Delete", exact=True).click()
        assert find_violations(page) == [], "a question"


def test_the_tabs_and_points_work_by_keys(studio: RunningStudio, head_id: str) -> None:
    with open_studio(studio.url, head_id=head_id) as page:
        wait_for_model(page)
        page.locator("[data-tab=view]").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("[role=tab][aria-selected=true]")).to_have_text("Points")
        first = page.get_by_role("button", name="jaw, left end")
        for _ in range(4):
            page.keyboard.press("Tab")
            if first.evaluate("button => button === document.activeElement"):
                break
        else:
            raise AssertionError("the first point is not reached by the Tab key")
        label = first.get_attribute("aria-label")
        page.keyboard.press("ArrowRight")
        assert first.get_attribute("aria-label") != label
        page.keyboard.press("Control+z")
        assert first.get_attribute("aria-label") == label
