"""The page with an avatar inside."""

import base64
import html
import re
from importlib.resources import files

PACKAGE = "panic3d.avatar.viewer"


def make_page(vrm: bytes, title: str) -> str:
    """Return a page of HTML that shows a VRM, with everything that it needs."""
    folder = files(PACKAGE)
    parts = {
        "TITLE": html.escape(title),
        "AVATAR": base64.b64encode(vrm).decode(),
        "LIBRARY": (folder / "vendor" / "three_vrm.min.js").read_text(encoding="utf-8"),
        "SCRIPT": (folder / "viewer.js").read_text(encoding="utf-8"),
    }
    page = (folder / "page.html").read_text(encoding="utf-8")
    return re.sub("@([A-Z]+)@", lambda place: parts[place[1]], page)
