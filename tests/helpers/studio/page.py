"""The studio's page in headless Chromium, as its user has it before him."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from playwright.sync_api import Dialog, Locator, Page

from helpers.sites.browser import open_page

HEAD_LIMIT_MS = 500_000
DROP = """([name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "image/png" }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""
"""Drops a file on the page, as the browser does for a file of the desktop."""


@contextmanager
def open_studio(url: str, width: int = 1400, height: int = 900, head_id: str = "") -> Iterator[Page]:
    """Open the page, with a head chosen if one is given; at the end, no script may have failed or asked anything."""
    faults: list[str] = []

    def refuse(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    with open_page(f"{url}#{head_id}", width, height) as page:
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("dialog", refuse)
        page.locator("html[data-ready]").wait_for()
        yield page
    assert not faults


def show_tab(page: Page, name: str) -> Locator:
    """Show a tab by its name in the page's code, and return its panel."""
    page.locator(f"[data-tab={name}]").click()
    return page.locator("[role=tabpanel]:visible")


def wait_for_status(page: Page, text: str) -> None:
    """Wait until the chosen head's state begins with a text."""
    page.locator(".summary .state").get_by_text(text, exact=False).wait_for(timeout=HEAD_LIMIT_MS)


def wait_for_model(page: Page, count: int = 1) -> None:
    """Wait until that many heads are shown in 3D."""
    page.locator("figure[data-loaded]").nth(count - 1).wait_for(timeout=HEAD_LIMIT_MS)


def take_picture(place: Locator) -> np.ndarray:
    """Return what an element shows, as integers."""
    from PIL import Image

    with Image.open(io.BytesIO(place.screenshot())) as image:
        return np.asarray(image.convert("RGB")).astype(int)
