"""Download an archive of a package from the user's Python package index without running code of the package.

`pip download` of a source distribution runs its build backend, so the index (PEP 503 and 691) is read directly here.
Index addresses, certificate and proxy come from the configuration of pip.
"""

import ast
import base64
import json
import re
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Set
from contextlib import closing
from html.parser import HTMLParser
from http.client import HTTPException, HTTPResponse
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

from panic3d.runtime.errors import UserError
from panic3d.runtime.time_limit import Transfer

PYPI = "https://pypi.org/simple"
PIP_SECTIONS = ("global", "download", ":env:")  # later sections override earlier ones, as in pip
TIMEOUT_S = 60.0
CHUNK_BYTES = 1 << 16
MAX_ARCHIVE_BYTES = 1 << 28
"""The largest archive of the catalogue has 10 MB."""
QUOTED_CHARS = 80


def download_archive(project: str, version: str, wanted: Set[str]) -> bytes:
    """Download the first file of a project whose name is in `wanted`, and return its bytes.

    Raises UserError, with the answer of each index, if no index has the file.
    """
    settings = read_pip_settings()
    page = re.sub(r"[-_.]+", "-", project).lower()
    answers = []
    for index in (settings.get("index-url", PYPI), *settings.get("extra-index-url", "").split()):
        url = f"{index.rstrip('/')}/{page}/"
        try:
            links = list_file_links(url + ("index.html" if url.startswith("file:") else ""), settings)
            for name, link in links.items():
                if name in wanted:
                    return _download(link, settings)[0]
            answers.append(f"{url} has no {project} {version}")
        except (OSError, HTTPException) as error:  # URLError and TimeoutError are OSErrors
            answers.append(f"{url} answered: {str(error)[:QUOTED_CHARS] or type(error).__name__}")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            answers.append(f"{url} gave no list of files ({type(error).__name__})")
    raise UserError(f"could not download {project}=={version}: {'; '.join(answers)}. Check pip's index settings, "
                    f"or pass a copy of {min(wanted)} with --file")  # fmt: skip


def read_pip_settings() -> dict[str, str]:
    """Return pip's settings for downloads from its files and environment variables, by name without the section."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    lines = re.findall(r"^(\S+?)\.([\w-]+)=(.*)$", listing, flags=re.MULTILINE)
    settings = {}
    for section in PIP_SECTIONS:
        settings.update({key: str(ast.literal_eval(value)) for name, key, value in lines if name == section})
    return settings


def list_file_links(url: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the address of each file by name, from a project's page of a simple index in HTML or JSON."""
    body, kind = _download(url, settings)
    if "json" in kind:
        return {file["filename"]: urljoin(url, file["url"]) for file in json.loads(body)["files"]}
    anchors = _LinkParser()
    anchors.feed(body.decode())
    links = [urldefrag(urljoin(url, href)).url for href in anchors.hrefs]
    return {unquote(urlsplit(link).path.rsplit("/", 1)[-1]): link for link in links}


class _LinkParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.hrefs += [value for name, value in attrs if name == "href" and value]


def _download(url: str, settings: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the body and content type at an address. A user name and password in the address become a header."""
    parts = urlsplit(url)
    headers = {"Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.5, */*;q=0.1"}
    if parts.username:
        account = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(account.encode()).decode()
        parts = parts._replace(netloc=parts.netloc.rsplit("@", 1)[1])
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=settings.get("cert")))
    ]
    if "proxy" in settings:
        handlers.append(urllib.request.ProxyHandler(dict.fromkeys(("http", "https"), settings["proxy"])))
    request = urllib.request.Request(urlunsplit(parts), headers=headers)
    transfer = Transfer(TIMEOUT_S)

    def read() -> tuple[bytes, str]:
        with closing(urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_S)) as response:
            chunks = []
            while chunk := response.read(CHUNK_BYTES):
                chunks.append(chunk)
                transfer.bytes += len(chunk)
                if transfer.bytes > MAX_ARCHIVE_BYTES:
                    raise OSError(f"the body is longer than {MAX_ARCHIVE_BYTES:,} bytes")
            claimed = response.headers.get("Content-Length")
            if isinstance(response, HTTPResponse) and claimed is not None and transfer.bytes < int(claimed):
                raise OSError(f"the body ends after {transfer.bytes} of {claimed} bytes")
            return b"".join(chunks), response.headers.get_content_type()

    return transfer.run(read)
