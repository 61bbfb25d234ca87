"""MediaWiki's API, as far as portraits need it: members of categories, their pictures, and the facts about each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict
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


MAX_CONTINUATIONS = 1000
"""Of the answer to one query; MediaWiki gives up to 500 entries at once."""


class _Titled(TypedDict):
    title: str


class _Member(TypedDict):
    ns: int
    title: str


class _ImageInfo(TypedDict):
    url: str
    descriptionurl: NotRequired[str]
    mime: NotRequired[str]
    width: NotRequired[int]
    height: NotRequired[int]
    size: NotRequired[int]
    sha1: NotRequired[str]
    extmetadata: NotRequired[Any]
    """Names and values; an empty list where there are none."""


class _Page(TypedDict):
    title: str
    pageimage: NotRequired[str]
    imageinfo: NotRequired[list[_ImageInfo]]
    templates: NotRequired[list[_Titled]]
    categories: NotRequired[list[_Titled]]


class _Query(TypedDict, total=False):
    rightsinfo: dict[str, Any] | None
    categorymembers: list[_Member]
    pages: list[_Page]


_Answer = TypedDict("_Answer", {"query": _Query | None, "continue": dict[str, Any] | None, "error": Any}, total=False)
"""An answer of the API; other entries are kept."""


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

    def _pages(self, query: dict[str, str]) -> Iterator[_Query]:
        """Iterate over the answers to a query, including continuations."""
        more: dict[str, Any] = {}
        for _ in range(MAX_CONTINUATIONS):
            answer = self._request({**query, **more})
            yield answer.get("query") or {}
            more = answer.get("continue") or {}
            if not more:
                return
        raise RequestRefused(f"{self.web.site}/api.php continues its answer without end")

    def _query(self, query: dict[str, str]) -> _Query:
        return self._request(query).get("query") or {}

    def _request(self, query: dict[str, str]) -> _Answer:
        common = {"action": "query", "format": "json", "formatversion": "2"}
        answer: _Answer = self.web.fetch_json("/api.php?" + urlencode({**common, **query}), _Answer)
        if "error" in answer:
            error = answer["error"]
            said = f"{error.get('code')}: {error.get('info', '')}" if isinstance(error, dict) else str(error)
            raise RequestRefused(f"{self.web.site}/api.php: {said}")
        return answer


def _collect_files(answers: Iterator[_Query]) -> dict[str, WikiFile]:
    """Collect files by title. Templates and categories may come in later answers than the rest."""
    pages: dict[str, dict[str, Any]] = {}
    for answer in answers:
        for part in answer.get("pages", []):
            known = pages.setdefault(part["title"], {"imageinfo": [], "templates": [], "categories": []})
            for name in known:
                known[name] += part.get(name, [])
    files = {}
    for title, page in pages.items():
        if page["imageinfo"]:
            info = page["imageinfo"][0]
            files[title] = WikiFile(
                title, info["url"], info.get("descriptionurl", ""), info.get("mime", ""), info.get("width", 0),
                info.get("height", 0), info.get("size", 0), info.get("sha1", ""), _find_licence(page),
            )  # fmt: skip
    return files


def _find_licence(page: dict[str, Any]) -> str:
    metadata = page["imageinfo"][0].get("extmetadata")
    entries = [metadata.get(name) for name in ("LicenseShortName", "UsageTerms")] if isinstance(metadata, dict) else []
    stated = [str(entry["value"]) for entry in entries if isinstance(entry, dict) and "value" in entry]
    licences = stated or [entry["title"] for name in ("templates", "categories") for entry in page[name]]
    return "; ".join(dict.fromkeys(licences))
