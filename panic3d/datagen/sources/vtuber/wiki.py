"""MediaWiki's API, as far as portraits need it: members of categories, their pictures, and the facts about each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from panic3d.datagen.sources.http.etiquette import RequestRefused
from panic3d.datagen.sources.http.web import WebClient

TITLES_PER_REQUEST = 50
"""MediaWiki's limit for clients without special rights."""
MEDIA_HOST = "static.wikia.nocookie.net"
"""Fandom's host of pictures, which answers with WebP unless a query requests the original."""
FILE_QUERY = {
    "prop": "imageinfo|templates|categories",
    "iiprop": "url|size|mime|sha1|extmetadata",
    "tllimit": "max",
    "cllimit": "max",
}


@dataclass(frozen=True)
class WikiFile:
    """A picture, as its description page states it."""

    title: str
    url: str
    page_url: str
    mime: str
    width: int
    height: int
    bytes: int
    sha1: str
    licence: str
    """As found: the licence in the file's metadata, else the templates and categories of its page; may be empty."""

    @property
    def address(self) -> str:
        """The address of the original bytes."""
        if urlsplit(self.url).hostname != MEDIA_HOST:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}format=original"


class Wiki:
    """A MediaWiki site, read through `/api.php`."""

    def __init__(self, web: WebClient) -> None:
        self.web = web

    def fetch_rights(self) -> str:
        """Return the licence of the wiki's texts. Pictures have licences of their own."""
        info = self._query({"meta": "siteinfo", "siprop": "rightsinfo"}).get("rightsinfo") or {}
        return " ".join(str(info[name]) for name in ("text", "url") if info.get(name))

    def fetch_members(self, category: str, depth: int) -> dict[str, str]:
        """Return the articles' titles in a category and in `depth` levels of subcategories, each with its category."""
        titles: dict[str, str] = {}
        level, seen = [category], {category}
        for remaining in range(depth, -1, -1):
            below: list[str] = []
            for name in level:
                query = {"list": "categorymembers", "cmtitle": f"Category:{name}", "cmlimit": "500"}
                for answer in self._pages({**query, "cmtype": "page|subcat" if remaining else "page"}):
                    for member in answer.get("categorymembers", []):
                        if member["ns"] == 0:
                            titles.setdefault(member["title"], name)
                        elif member["ns"] == 14:
                            below.append(member["title"].partition(":")[2])
            level = [name for name in dict.fromkeys(below) if name not in seen]
            seen.update(level)
        return titles

    def fetch_portrait_titles(self, titles: list[str]) -> dict[str, str]:
        """Return the title of the picture in the infobox of each article; articles without one are left out."""
        found = {}
        for start in range(0, len(titles), TITLES_PER_REQUEST):
            some = "|".join(titles[start : start + TITLES_PER_REQUEST])
            query = {"titles": some, "prop": "pageimages", "piprop": "name", "pilimit": "50", "pilicense": "any"}
            for answer in self._pages(query):
                for page in answer.get("pages", []):
                    if page.get("pageimage"):
                        found[page["title"]] = "File:" + page["pageimage"].replace("_", " ")
        return found

    def fetch_gallery(self, title: str) -> list[WikiFile]:
        """Return all pictures of an article."""
        query = {"titles": title, "generator": "images", "gimlimit": "50", **FILE_QUERY}
        return list(_collect_files(self._pages(query)).values())

    def fetch_files(self, titles: list[str]) -> dict[str, WikiFile]:
        """Return the facts about pictures by title; those that do not exist are left out."""
        found = {}
        for start in range(0, len(titles), TITLES_PER_REQUEST):
            query = {"titles": "|".join(titles[start : start + TITLES_PER_REQUEST]), **FILE_QUERY}
            found.update(_collect_files(self._pages(query)))
        return found

    def _pages(self, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Iterate over the answers to a query, including continuations."""
        more: dict[str, str] = {}
        while True:
            answer = self._request({**query, **more})
            yield answer.get("query") or {}
            more = answer.get("continue") or {}
            if not more:
                return

    def _query(self, query: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = self._request(query).get("query") or {}
        return found

    def _request(self, query: dict[str, str]) -> dict[str, Any]:
        common = {"action": "query", "format": "json", "formatversion": "2"}
        answer = self.web.fetch_json("/api.php?" + urlencode({**common, **query}))
        if not isinstance(answer, dict):
            raise RequestRefused(f"expected a JSON object from {self.web.site}/api.php, found another")
        if "error" in answer:
            error = answer["error"]
            raise RequestRefused(f"{self.web.site}/api.php: {error.get('code')}: {error.get('info', '')}")
        return answer


def _collect_files(answers: Iterator[dict[str, Any]]) -> dict[str, WikiFile]:
    """Collect files by title. Templates and categories may come in later answers than the rest."""
    pages: dict[str, dict[str, Any]] = {}
    for answer in answers:
        for page in answer.get("pages", []):
            known = pages.setdefault(page["title"], {"imageinfo": [], "templates": [], "categories": []})
            for name in known:
                known[name] += page.get(name, [])
    files = {}
    for title, page in pages.items():
        if page["imageinfo"]:
            info = page["imageinfo"][0]
            files[title] = WikiFile(
                title, info["url"], info.get("descriptionurl", ""), info.get("mime", ""), int(info.get("width", 0)),
                int(info.get("height", 0)), int(info.get("size", 0)), info.get("sha1", ""), _find_licence(page),
            )  # fmt: skip
    return files


def _find_licence(page: dict[str, Any]) -> str:
    metadata = page["imageinfo"][0].get("extmetadata") or {}
    stated = [str(metadata[name]["value"]) for name in ("LicenseShortName", "UsageTerms") if name in metadata]
    licences = stated or [entry["title"] for name in ("templates", "categories") for entry in page[name]]
    return "; ".join(dict.fromkeys(licences))
