"""Pages in headless Chromium, in real time: its virtual time ends before slow decoding and drawing do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-quic", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
TIMEOUT_S = 120


def find_chromium() -> str:
    """Find the browser; skips the test where there is none."""
    path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium: scripts/browser.sh")
    return path


@contextmanager
def open_page(address: str | Path, width: int, height: int = 900) -> Iterator[Page]:
    """Open a file or an address in a window of a size in pixels, with no network but this machine's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, NO_NETWORK])
        try:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_default_timeout(TIMEOUT_S * 1000)
            page.goto(address.as_uri() if isinstance(address, Path) else address)
            yield page
        finally:
            browser.close()
