"""`panic3d data vtuber`: portraits of the virtual YouTuber wiki, for training line removal.

The pictures belong to agencies and artists. The licences that their pages state are recorded as found and grant
nothing.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from panic3d.datagen.sources.http.collection import Skip, fetch_all, write_metadata
from panic3d.datagen.sources.http.etiquette import RequestRefused
from panic3d.datagen.sources.http.web import FetchedFile, WebClient
from panic3d.datagen.sources.vtuber.wiki import Wiki, WikiFile
from panic3d.runtime.errors import UserError
from panic3d.runtime.pictures import open_picture
from panic3d.runtime.regular_files import UnsuitableFile
from panic3d.shards.manifest import Manifest
from panic3d.shards.schema import compute_sha256

SITE = "https://virtualyoutuber.fandom.com"
CATEGORIES = ("Hololive", "Nijisanji", "VShojo")
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


@dataclass(frozen=True)
class VtuberOptions:
    """Which portraits are fetched."""

    categories: tuple[str, ...] = CATEGORIES
    depth: int = 1
    """Levels of subcategories."""
    gallery: bool = False
    """Also fetch the other pictures of each article."""
    min_side_px: int = 256
    limit: int | None = None
    """Number of articles, for a trial."""
    retry_failed: bool = False
    verify: bool = False


@dataclass(frozen=True)
class WikiPicture:
    """A picture and its place: `AGENCY/NAME/0000.png` is the portrait, `0001` and following the gallery."""

    category: str
    article: str
    index: int
    file: WikiFile

    @property
    def key(self) -> str:
        suffix = SUFFIXES.get(self.file.mime, "")
        return f"{make_folder_name(self.category)}/{make_folder_name(self.article)}/{self.index:04d}{suffix}"


def make_folder_name(name: str) -> str:
    """Make a folder name: letters and digits of any script, lower case, the rest `_`; never empty, never a path."""
    return re.sub(r"\W+", "_", name.lower()).strip("_") or "_"


def fetch_portraits(web: WebClient, folder: Path, options: VtuberOptions) -> Manifest:
    """Fetch what is missing into `folder/images`, and write the index.

    Raises UserError where the wiki cannot be listed.
    """
    wiki = Wiki(web)
    try:
        rights = wiki.fetch_rights()
        wanted = {item.key: item for item in _list_pictures(wiki, options)}
    except RequestRefused as error:
        raise UserError(f"the wiki cannot be listed: {error}") from None
    if not wanted:
        raise UserError(
            f"expected articles with portraits in {', '.join(options.categories)} of {web.site}, found none"
        )
    first_by_sha1: dict[str, str] = {}

    def fetch(key: str) -> None:
        item, path = wanted[key], folder / "images" / key
        refusal = _find_refusal(item.file, options)
        first = first_by_sha1.setdefault(item.file.sha1, key)
        if not refusal and first != key:
            refusal = f"the same picture as {first}"
        if refusal:
            raise Skip(refusal)
        if not _is_present(path, item.file, options.verify):
            web.download(item.file.address, path, lambda part, fetched: _check_picture(part, fetched, item.file))

    def write_index(manifest: Manifest) -> None:
        write_metadata(folder, (_make_row(item, manifest, folder, rights) for item in wanted.values()))

    sources = {key: item.file.page_url or item.file.title for key, item in wanted.items()}
    return fetch_all("vtuber", sources, fetch, write_index, folder, options.retry_failed)


def _list_pictures(wiki: Wiki, options: VtuberOptions) -> Iterator[WikiPicture]:
    articles: dict[str, str] = {}
    for category in options.categories:
        members = wiki.fetch_members(category, options.depth)
        if not members:
            raise UserError(f"expected articles in Category:{category} of {wiki.web.site}, found none")
        for title in members:
            articles.setdefault(title, category)
    titles = sorted(articles)[: options.limit]
    portraits = wiki.fetch_portrait_titles(titles)
    files = wiki.fetch_files(sorted(set(portraits.values())))
    for title in titles:
        portrait = files.get(portraits.get(title, ""))
        if portrait is not None:
            yield WikiPicture(articles[title], title, 0, portrait)
        if options.gallery:
            others = [file for file in wiki.fetch_gallery(title) if portrait is None or file.title != portrait.title]
            for index, file in enumerate(sorted(others, key=lambda file: file.title)):
                yield WikiPicture(articles[title], title, index + 1, file)


def _find_refusal(file: WikiFile, options: VtuberOptions) -> str:
    if file.mime not in SUFFIXES:
        return f"{file.mime or 'an unknown kind'} is no still picture (wanted {', '.join(SUFFIXES)})"
    if min(file.width, file.height) < options.min_side_px:
        return f"{file.width}x{file.height} pixels, wanted {options.min_side_px} or more a side"
    return ""


def _is_present(path: Path, file: WikiFile, verify: bool) -> bool:
    if not path.is_file() or (file.bytes and path.stat().st_size != file.bytes):
        return False
    return not verify or not _check_picture(path, None, file)


def _check_picture(path: Path, fetched: FetchedFile | None, file: WikiFile) -> str:
    """Check the file of a picture. Returns what is wrong with it, else empty."""
    with path.open("rb") as data:
        sha1 = fetched.sha1 if fetched else hashlib.file_digest(data, "sha1").hexdigest()
    if file.sha1 and sha1 != file.sha1:
        return f"other bytes (sha1 {sha1}) than the wiki states ({file.sha1})"
    try:
        with open_picture(path) as image:
            image.load()
    except (UnsuitableFile, OSError, SyntaxError, ValueError) as error:
        return f"no readable picture ({type(error).__name__})"
    return ""


def _make_row(item: WikiPicture, manifest: Manifest, folder: Path, rights: str) -> dict[str, Any]:
    state, path = manifest.records.get(item.key), folder / "images" / item.key
    here = state is not None and state.status == "ok" and path.is_file()
    return {
        "key": item.key,
        "article": item.article,
        "category": item.category,
        "index": item.index,
        **{name: value for name, value in asdict(item.file).items() if name not in ("title", "url")},
        "file_title": item.file.title,
        "wiki_text_licence": rights,
        "status": state.status if state else "missing",
        "reason": state.reason if state else "",
        "file": f"images/{item.key}" if here else None,
        "sha256": compute_sha256(path) if here else None,
    }
