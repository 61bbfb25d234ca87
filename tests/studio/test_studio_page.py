"""The studio's page in headless Chromium with the real server: from a dropped drawing to a corrected, valid VRM."""

import base64
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pygltflib
import pytest
from playwright.sync_api import Page, expect

from helpers.sites.browser import find_chromium
from helpers.sites.npm import VALIDATOR, find_gltf_errors, npm_folder
from helpers.studio.drawings import make_drawing
from helpers.studio.page import (
    DROP,
    open_studio,
    show_tab,
    take_picture,
    wait_for_model,
    wait_for_status,
)
from helpers.studio.running import RunningStudio, run_studio

pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
TABS = ("stages", "view", "points", "frame", "matte", "character", "options", "files")
AVATAR = "panic3dStudio.workplace.panels.find((panel) => panel.name === 'view').sides[0].stage"
SWING = f"""() => Math.max(...[...{AVATAR}.avatar.vrm.springBoneManager.joints].map(
  (joint) => joint.bone.quaternion.angleTo(joint._initialLocalRotation)))"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    find_chromium()
    with run_studio(tmp_path_factory.mktemp("page") / "out") as running:
        yield running


@pytest.fixture(scope="module")
def head_id(studio: RunningStudio) -> str:
    """A finished head."""
    found = studio.upload(make_drawing(), "drawing.png")
    assert studio.wait_for(found)["status"] == "done"
    return found


def drop(page: Page, picture: bytes, name: str) -> None:
    page.evaluate(DROP, [name, base64.b64encode(picture).decode()])


def test_a_dropped_drawing_goes_through_its_stages_and_is_cancelled_and_deleted(studio: RunningStudio) -> None:
    with open_studio(studio.url) as page:
        drop(page, make_drawing(), "dropped.png")
        expect(page.locator(".summary h2")).to_have_text("dropped.png")
        expect(page.locator("[role=tab][aria-selected=true]")).to_have_text("Stages")
        page.locator("[data-stage=lines][data-state=done] img").wait_for(timeout=200_000)
        pictures = page.locator(".stages [data-state=done] img")
        assert pictures.count() >= 4
        assert all(pictures.nth(i).evaluate("image => image.naturalWidth") > 100 for i in range(4))
        wait_for_status(page, "Fitting the character, stage 6 of 8")
        assert page.locator(".summary progress").get_attribute("value") == "63"
        assert "Fitting the character" in page.locator("#announcer").inner_text()
        page.get_by_role("button", name="Cancel", exact=True).click()
        wait_for_status(page, "Cancelled")
        page.get_by_role("button", name="Try again").click()
        page.get_by_role("button", name="Cancel", exact=True).click()
        wait_for_status(page, "Cancelled")
        page.locator(".summary").get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
        expect(page.locator(".entry", has_text="dropped.png")).to_have_count(0)


def test_corrections_are_built_and_taken_back(
    studio: RunningStudio, head_id: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = studio.get(head_id)
    with open_studio(studio.url, head_id=head_id) as page:
        panel = show_tab(page, "points")
        page.wait_for_timeout(500)
        chin = panel.locator(".dot").nth(2)
        box = chin.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 6, y + 12, steps=4)
        page.mouse.up()
        page.keyboard.press("Shift+ArrowLeft")
        panel.get_by_role("button", name="Build again").click()
        panel.get_by_text("You have corrected this.").wait_for()

        panel = show_tab(page, "character")
        fringe = panel.locator("[data-field='hair.fringe'] select")
        likeliest = before["character"]["likeliest"]["hair.fringe"]
        shown = fringe.locator("optgroup").first.locator("option").all_inner_texts()
        assert len(shown) == 3 and shown[0].endswith(f"{round(100 * likeliest[0]['probability'])} %")
        fringe.select_option("curtain")
        panel.get_by_role("button", name="Build again").click()

        panel = show_tab(page, "options")
        panel.get_by_label("Name of the character").fill(MARKUP)
        panel.get_by_role("button", name="Build again").click()
        page.locator(".summary .state").get_by_text("Done").wait_for(state="detached")
        wait_for_status(page, "Done")
        after = studio.get(head_id)
        moved = np.array(after["settings"]["landmarks_px"]) - before["faces"][0]["landmarks_px"]
        assert -10 < moved[2, 0] < -5 and 1 < moved[2, 1] < 8, "the chin, by the pointer and then by the keys"
        assert np.abs(np.delete(moved, 2, axis=0)).max() < 0.01, "no other point"
        assert after["character"]["values"]["hair.fringe"] == "curtain"
        assert after["character"]["values"]["hair.fringe"] != before["character"]["values"]["hair.fringe"]
        assert after["revision"] >= before["revision"] + 2

        panel = show_tab(page, "files")
        with page.expect_download() as saved:
            panel.locator("[data-file='head.vrm']").click()
        path = Path(tmp_path_factory.mktemp("saved")) / saved.value.suggested_filename
        assert path.name == "drawing.vrm"
        saved.value.save_as(path)
        assert pygltflib.GLTF2().load_binary(str(path)).extensions["VRMC_vrm"]["meta"]["name"] == MARKUP
        errors = find_gltf_errors(npm_folder(tmp_path_factory, VALIDATOR), [path])
        assert len(errors) == 1 and not any(errors.values()), errors

        panel = show_tab(page, "points")
        panel.get_by_role("button", name="Use the points that were found").click()
        page.locator(".summary .state").get_by_text("Done").wait_for(state="detached")
        page.get_by_role("button", name="Cancel", exact=True).click()
        assert studio.get(head_id)["settings"]["landmarks_px"] is None
        show_tab(page, "character").get_by_role("button", name="Take all styles back").click()
        wait_for_status(page, "Done")
        assert studio.get(head_id)["settings"]["styles"] is None


def test_the_head_blinks_turns_and_swings(studio: RunningStudio, head_id: str) -> None:
    with open_studio(studio.url, head_id=head_id) as page:
        wait_for_model(page)
        panel = page.locator("[role=tabpanel]:visible")
        panel.get_by_label("Eyes and head follow the pointer").uncheck()
        panel.get_by_label("Blink now and then").uncheck()
        canvas = panel.locator("canvas").first
        page.wait_for_timeout(2000)
        rest = take_picture(canvas)
        panel.get_by_label("Blink", exact=True).fill("1")
        page.wait_for_timeout(1000)
        closed = take_picture(canvas)
        rows, columns = np.nonzero(np.abs(closed - rest).max(axis=2) > 60)
        height, width = rest.shape[:2]
        assert len(rows) > 150, "the eyes are closed"
        at_the_eyes = (np.abs(rows - height / 2) < 0.12 * height) & (np.abs(columns - width / 2) < 0.2 * height)
        assert at_the_eyes.mean() > 0.9, "and no more than the eyes has changed"
        panel.get_by_role("button", name="Reset", exact=True).click()

        for surface in ("Lit", "Shape", "Parts"):
            panel.get_by_text(surface, exact=True).click()
            page.wait_for_timeout(700)
            assert (np.abs(take_picture(canvas) - rest).max(axis=2) > 20).mean() > 0.05, surface
        assert {"Face", "Hair", "Mouth inside"} <= set(panel.locator(".parts li").all_inner_texts())
        panel.get_by_text("Drawn", exact=True).click()

        page.keyboard.press("4")
        assert page.evaluate(f"() => {AVATAR}.camera.position.z") < -1
        page.keyboard.press("2")
        assert page.evaluate(f"() => {AVATAR}.camera.position.x") > 1
        page.wait_for_timeout(2000)
        still = page.evaluate(SWING)
        panel.get_by_role("button", name="Shake the head").click()
        swings = []
        for _ in range(10):
            page.wait_for_timeout(150)
            swings.append(page.evaluate(SWING))
        assert max(swings) > still + 0.03, "the hair swings"


def test_two_methods_are_shown_side_by_side(studio: RunningStudio, head_id: str) -> None:
    with open_studio(studio.url, head_id=head_id) as page:
        wait_for_model(page)
        panel = page.locator("[role=tabpanel]:visible")
        panel.get_by_label("Beside it", exact=True).select_option(label="pifu")
        wait_for_model(page, 2)
        expect(panel.locator("figcaption").nth(1)).to_have_text("drawing.png, pifu")
        panel.get_by_role("button", name="Left", exact=True).click()
        page.wait_for_timeout(300)
        script = AVATAR.replace("sides[0].stage", "sides")
        turned = page.evaluate(f"""() => {script}.map(({{ stage }}) =>
          stage.camera.position.clone().sub(stage.controls.target).toArray())""")
        assert np.allclose(turned[0], turned[1], atol=1e-3) and turned[0][0] > 1
        canvases = [take_picture(panel.locator("canvas").nth(i)) for i in (0, 1)]
        assert all((np.abs(shown - shown[0, 0]).max(axis=2) > 30).mean() > 0.02 for shown in canvases)


def test_the_frame_and_the_matte_are_corrected(studio: RunningStudio, head_id: str) -> None:
    with open_studio(studio.url, head_id=head_id) as page:
        panel = show_tab(page, "frame")
        page.wait_for_timeout(500)
        corner = panel.locator(".corner.se").bounding_box()
        frame = panel.locator(".frame-box").bounding_box()
        assert corner is not None and frame is not None
        x, y = corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - frame["width"] / 10, y - frame["width"] / 10, steps=4)
        page.mouse.up()
        before = studio.get(head_id)["frame"]
        assert float(panel.get_by_label("Side (px)").input_value()) == pytest.approx(0.9 * before["size"], abs=3)
        panel.get_by_role("button", name="Discard changes").click()
        assert float(panel.get_by_label("Side (px)").input_value()) == pytest.approx(before["size"], abs=1)

        panel = show_tab(page, "matte")
        canvas = panel.locator("canvas")
        page.wait_for_timeout(1000)
        first = take_picture(canvas)
        panel.get_by_label("Size", exact=True).fill("60")
        box = canvas.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.85)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.85, steps=4)
        page.mouse.up()
        page.mouse.move(1, 1)
        page.wait_for_timeout(300)
        assert (np.abs(take_picture(canvas) - first).max(axis=2) > 40).mean() > 0.01
        page.keyboard.press("Control+z")
        page.wait_for_timeout(300)
        assert (np.abs(take_picture(canvas) - first).max(axis=2) > 40).mean() < 0.005
        canvas.focus()
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("Space")
        panel.get_by_role("button", name="Build again").click()
        page.locator(".summary .state").get_by_text("Done").wait_for(state="detached")
        record = studio.get(head_id)
        assert record["painted_matte"]
        page.locator("[data-tab=matte].corrected").wait_for()
        panel.get_by_role("button", name="Use the computed matte").click()
        page.locator("[data-tab=matte]:not(.corrected)").wait_for()
        wait_for_status(page, "Done")
        assert not studio.get(head_id)["painted_matte"]


def test_everything_is_downloaded(studio: RunningStudio, head_id: str) -> None:
    with open_studio(studio.url, head_id=head_id) as page:
        wait_for_status(page, "Done")
        panel = show_tab(page, "files")
        panel.get_by_role("button", name="Make a turntable").click()
        panel.locator("[data-file='turntable.webp']").wait_for(timeout=300_000)
        wait_for_status(page, "Done")
        starts = {"head.glb": b"glTF", "head.vrm": b"glTF", "head.character.json": b"{", "turntable.webp": b"RIFF"}
        for name, start in starts.items():
            with page.expect_download() as saved:
                panel.locator(f"[data-file='{name}']").click()
            assert Path(saved.value.path()).read_bytes().startswith(start), name
        with page.expect_download() as saved:
            panel.get_by_text("Everything as a zip").click()
        with zipfile.ZipFile(io.BytesIO(Path(saved.value.path()).read_bytes())) as archive:
            assert archive.testzip() is None and len(archive.namelist()) >= 13


@pytest.mark.parametrize("width", [500, 1000, 1400, 1920])
def test_nothing_is_cut_off(studio: RunningStudio, head_id: str, width: int) -> None:
    with open_studio(studio.url, width, head_id=head_id) as page:
        for tab in TABS:
            panel = show_tab(page, tab)
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), tab
            cut = panel.evaluate("""(panel) => [...panel.querySelectorAll("button, select, input, h3, p, li")]
              .filter((element) => element.checkVisibility() && !element.closest(".layer, [role=tablist]"))
              .filter((element) => { const box = element.getBoundingClientRect();
                return box.left < -1 || box.right > innerWidth + 1; }).map((element) => element.outerHTML)""")
            assert cut == [], tab
