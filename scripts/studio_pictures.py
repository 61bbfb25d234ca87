"""Takes the pictures of `panic3d studio` in the documentation: docs/experiments/pictures.md has the commands.

    python scripts/studio_pictures.py http://127.0.0.1:7860/ NAME FOLDER

The studio must hold a finished head of that NAME. Writes page.jpg, 1,400 pixels wide: its head, and points.jpg,
500 pixels wide, dark: its points. Needs Chromium.
"""

import io
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from helpers.studio.page import open_studio, show_tab, wait_for_model  # noqa: E402

QUALITY = 88
SETTLED_MS = 3000


def save(screenshot: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(screenshot)) as image:
        image.convert("RGB").save(path, quality=QUALITY, optimize=True)


def main(url: str, name: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with open_studio(url, 1400, 900) as page:
        page.locator(".entry", has_text=name).click()
        wait_for_model(page)
        page.locator("[role=tabpanel]:visible").get_by_label("Blink now and then").uncheck()
        page.locator("[role=tabpanel]:visible").get_by_label("Happy").fill("0.4")
        page.mouse.move(800, 440)
        page.wait_for_timeout(SETTLED_MS)
        save(page.screenshot(), folder / "page.jpg")
    with open_studio(url, 500, 900) as page:
        page.locator(".entry", has_text=name).click()
        page.emulate_media(color_scheme="dark")
        show_tab(page, "points")
        page.wait_for_timeout(SETTLED_MS)
        save(page.screenshot(), folder / "points.jpg")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
