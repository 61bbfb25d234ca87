"""A MediaWiki on this machine: categories in pages, infobox pictures, file pages with their templates."""

import hashlib
import io
from typing import Any

import numpy as np
from PIL import Image

from helpers.sites.local_site import LocalSite, Reply, Request, make_json_reply

MEMBERS_A_PAGE = 2


def make_picture(seed: int, size: tuple[int, int] = (300, 400), kind: str = "PNG") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


class LocalWiki:
    """Category to articles (`Category:X` for a subcategory), article to its infobox' picture, picture to its bytes."""

    def __init__(self) -> None:
        self.site = LocalSite()
        self.categories: dict[str, list[str]] = {}
        self.infobox: dict[str, str] = {}
        self.gallery: dict[str, list[str]] = {}
        self.files: dict[str, bytes] = {}
        self.templates: dict[str, list[str]] = {}
        self.stated_sha1: dict[str, str] = {}
        self.site.answers["GET /api.php"] = self._api

    def add(self, title: str, data: bytes, *templates: str) -> None:
        self.files[title] = data
        self.templates[title] = list(templates)
        self.site.answers[f"GET /images/{title}"] = Reply(body=data, headers={"Content-Type": "image/png"})

    def _api(self, request: Request) -> Reply:
        query = request.query
        assert (query["action"], query["format"], query["formatversion"]) == ("query", "json", "2")
        if query.get("meta") == "siteinfo":
            rights = {"url": "https://www.fandom.com/licensing", "text": "CC-BY-SA"}
            return make_json_reply({"batchcomplete": True, "query": {"rightsinfo": rights}})
        if query.get("list") == "categorymembers":
            return self._members(query)
        titles = query["titles"].split("|")
        assert len(titles) <= 50
        if query.get("generator") == "images":
            titles = [f"File:{name}" for name in self.gallery.get(titles[0], [])]
        if query["prop"] == "pageimages":
            pages = [
                {"ns": 0, "title": title, **({"pageimage": self.infobox[title]} if title in self.infobox else {})}
                for title in titles
            ]
            return make_json_reply({"query": {"pages": pages}})
        if "continue" in query:  # templates come in a later answer than the rest, as they may
            pages = [self._page(title, later=True) for title in titles]
            return make_json_reply({"batchcomplete": True, "query": {"pages": pages}})
        pages = [self._page(title, later=False) for title in titles]
        return make_json_reply({"continue": {"tlcontinue": "1", "continue": "||"}, "query": {"pages": pages}})

    def _members(self, query: dict[str, str]) -> Reply:
        names = self.categories.get(query["cmtitle"].removeprefix("Category:"), [])
        names = [name for name in names if "subcat" in query["cmtype"] or not name.startswith("Category:")]
        start = int(query.get("cmcontinue", "0"))
        members = [{"ns": 14 if name.startswith("Category:") else 0, "title": name} for name in names]
        answer: dict[str, Any] = {"query": {"categorymembers": members[start : start + MEMBERS_A_PAGE]}}
        if start + MEMBERS_A_PAGE < len(names):
            answer["continue"] = {"cmcontinue": str(start + MEMBERS_A_PAGE), "continue": "-||"}
        return make_json_reply(answer)

    def _page(self, title: str, later: bool) -> dict[str, Any]:
        name = title.removeprefix("File:").replace(" ", "_")
        if name not in self.files:
            return {"ns": 6, "title": title, "missing": True}
        if later:
            return {"ns": 6, "title": title, "templates": [{"ns": 10, "title": t} for t in self.templates[name]]}
        data = self.files[name]
        try:
            with Image.open(io.BytesIO(data)) as image:
                (width, height), mime = image.size, image.get_format_mimetype()
        except OSError:
            (width, height), mime = (500, 500), "image/png"
        info = {
            "url": f"{self.site.address}/images/{name}",
            "descriptionurl": f"{self.site.address}/wiki/{name}",
            "mime": mime,
            "width": width,
            "height": height,
            "size": len(data),
            "sha1": self.stated_sha1.get(name, hashlib.sha1(data).hexdigest()),
            "extmetadata": {},
        }
        return {"ns": 6, "title": title, "imageinfo": [info]}

    def __enter__(self) -> "LocalWiki":
        self.site.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.site.__exit__()
