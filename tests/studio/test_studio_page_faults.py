"""The studio's page when something is wrong: broken files, no face, large pictures, markup, a server that is killed."""

import base64
import io
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from helpers.heads.sphere_shards import make_sphere_views
from helpers.sites.browser import find_chromium
from helpers.studio.page import HEAD_LIMIT_MS, open_studio, show_tab, take_picture, wait_for_model, wait_for_status
from helpers.studio.running import RunningStudio, run_studio
from helpers.studio.uploads import make_face_picture, make_faceless_picture

pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=alert(1)><b>bold"
LARGE_PX = 6000
PASTE = """(base64) => {
  const carried = new DataTransfer(), bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  carried.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    find_chromium()
    with run_studio(tmp_path_factory.mktemp("faults") / "out") as running:
        yield running


def make_upload(name: str, picture: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="image/png", buffer=picture)


def test_a_broken_file_and_markup_are_a_sentence(studio: RunningStudio) -> None:
    with open_studio(studio.url) as page:
        page.set_input_files("#files", [make_upload(f"{MARKUP}.png", b"no picture")])
        wait_for_status(page, "Failed")
        expect(page.locator(".summary h2")).to_have_text(f"{MARKUP}.png")
        expect(page.locator(".summary .error")).to_contain_text("is not a picture")
        assert page.locator("main img[src=x], main b, aside b").count() == 0
        page.wait_for_timeout(500)


def test_a_head_without_a_face_is_shown_without_expressions(studio: RunningStudio) -> None:
    ball = make_sphere_views(0.2, 0.05, 256)["front.rgba.png"]
    head_id = studio.upload(ball, "ball.png", method="pifu", align="never")
    names = {file["name"] for file in studio.wait_for(head_id)["files"]}
    assert "head.glb" in names and "head.vrm" not in names
    with open_studio(studio.url, head_id=head_id) as page:
        wait_for_model(page)
        panel = page.locator("[role=tabpanel]:visible")
        page.wait_for_timeout(1000)
        shown = take_picture(panel.locator("canvas").first)
        assert (np.abs(shown - shown[0, 0]).max(axis=2) > 30).mean() > 0.05
        expect(panel.get_by_role("button", name="Shake the head")).to_be_hidden()
        expect(panel.get_by_role("heading", name="Expressions")).to_be_hidden()


def test_a_pasted_picture_becomes_a_head(studio: RunningStudio) -> None:
    with open_studio(studio.url) as page:
        page.evaluate(PASTE, base64.b64encode(make_faceless_picture()).decode())
        expect(page.locator(".summary h2")).to_have_text("pasted.png")
        wait_for_status(page, "Failed")


def test_a_picture_without_a_face_asks_for_points_or_a_frame(studio: RunningStudio) -> None:
    with open_studio(studio.url) as page:
        page.set_input_files("#files", [make_upload("empty.png", make_faceless_picture())])
        wait_for_status(page, "Failed")
        expect(page.locator(".summary .error")).to_contain_text("No face was found")
        panel = show_tab(page, "points")
        whole = panel.get_by_role("button", name="All points")
        whole.focus()
        page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("+")
        panel.get_by_role("button", name="Build again").click()
        page.locator("[data-tab=points].corrected").wait_for()
        (head,) = (head for head in studio.client.get("/api/heads").json()["heads"] if head["name"] == "empty.png")
        points = np.array(head["settings"]["landmarks_px"])
        assert points.shape == (28, 2) and abs(points[:, 0].mean() - 80) < 2 and points[:, 1].mean() < 80
        page.locator(".summary .error").wait_for(state="hidden")
        page.get_by_role("button", name="Cancel", exact=True).click()
        wait_for_status(page, "Cancelled")


def write_large(path: Path, side_px: int) -> Path:
    with Image.open(io.BytesIO(make_face_picture())) as image:
        image.resize((side_px, side_px), Image.Resampling.NEAREST).save(path, "PNG", compress_level=1)
    return path


def test_a_picture_of_9000_pixels_is_a_sentence(studio: RunningStudio, tmp_path: Path) -> None:
    with open_studio(studio.url) as page:
        page.set_input_files("#files", [write_large(tmp_path / "9000.png", 9000)])
        expect(page.locator(".summary h2")).to_have_text("9000.png", timeout=60_000)
        wait_for_status(page, "Failed")
        expect(page.locator(".summary .error")).to_contain_text("expected at most 8000x8000")


def test_the_points_of_a_reduced_picture_are_in_place(studio: RunningStudio, tmp_path: Path) -> None:
    path = write_large(tmp_path / "large.png", LARGE_PX)
    with open_studio(studio.url) as page:
        page.set_input_files("#files", [path])
        expect(page.locator(".summary h2")).to_have_text(path.name, timeout=60_000)
        page.locator("[data-stage=alignment][data-state=done]").wait_for(timeout=HEAD_LIMIT_MS)
        (head,) = (head for head in studio.client.get("/api/heads").json()["heads"] if head["name"] == path.name)
        width = head["picture"]["width"]
        assert 2048 < width <= LARGE_PX
        panel = show_tab(page, "points")
        page.wait_for_timeout(1500)
        image_box = panel.locator(".picture-view img").bounding_box()
        assert image_box is not None
        assert panel.locator(".picture-view img").evaluate("image => image.naturalWidth") <= 2048
        chosen = next(face for face in head["faces"] if face["chosen"])
        for index in (0, 2, 14, 27):
            box = panel.locator(".dot").nth(index).bounding_box()
            assert box is not None
            centre = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
            share = np.array(chosen["landmarks_px"][index]) / width
            expected = np.array([image_box["x"], image_box["y"]]) + share * image_box["width"]
            assert np.abs(centre - expected).max() < 2
        page.get_by_role("button", name="Cancel", exact=True).click()
        wait_for_status(page, "Cancelled")


def test_two_uploads_at_once_wait_for_each_other(studio: RunningStudio) -> None:
    both = [make_upload(f"{name}.png", make_face_picture()) for name in ("one", "two")]
    with open_studio(studio.url) as page:
        page.set_input_files("#files", both)
        page.locator(".entry[data-status=queued]", has_text="two.png").get_by_text("Waiting, 1 before it").wait_for()
        page.locator(".entry[data-status=running]", has_text="one.png").wait_for()
        expect(page.locator(".summary h2")).to_have_text("one.png")
        page.get_by_role("button", name="Cancel", exact=True).click()
        page.locator(".entry[data-status=cancelled]", has_text="one.png").wait_for()
        page.locator(".entry[data-status=running]", has_text="two.png").click()
        expect(page.locator(".summary h2")).to_have_text("two.png")
        page.get_by_role("button", name="Cancel", exact=True).click()
        wait_for_status(page, "Cancelled")


def test_a_file_that_is_too_large_is_not_sent(studio: RunningStudio, tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    with open_studio(studio.url) as page:
        page.set_input_files("#files", [path])
        expect(page.locator("#messages")).to_contain_text("huge.png has 67.1 MB")
        page.get_by_role("button", name="Dismiss").click()
        expect(page.locator(".message")).to_have_count(0)


def test_the_page_waits_for_a_server_that_was_killed(tmp_path: Path) -> None:
    find_chromium()
    with run_studio(tmp_path / "out") as first:
        port = first.url.rstrip("/").rpartition(":")[2]
        with open_studio(first.url) as page:
            page.set_input_files("#files", [make_upload("face.png", make_face_picture())])
            page.locator("[data-stage=matte][data-state=done]").wait_for(timeout=HEAD_LIMIT_MS)
            first.stop(signal.SIGKILL)
            expect(page.locator("#connection")).to_have_text("The server does not answer. This page waits for it.")
            page.get_by_role("button", name="Cancel", exact=True).click()
            expect(page.locator("#messages")).to_contain_text("The server does not answer.")
            with run_studio(tmp_path / "out", "--port", port) as second:
                expect(page.locator("#connection")).to_have_text("", timeout=60_000)
                page.locator("[data-stage=matte][data-state=done]").wait_for(timeout=HEAD_LIMIT_MS)
                wait_for_status(page, "Done")
                assert second.client.get("/api/heads").json()["heads"][0]["status"] == "done"
