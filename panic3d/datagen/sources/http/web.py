"""Polite HTTP: paced, obedient to robots.txt and Retry-After; credentials go to their own site and nowhere else."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urljoin, urlsplit

import protego
import requests

from panic3d.datagen.sources.http.etiquette import (
    DEFAULT_MANNERS,
    Manners,
    Refused,
    SiteSaysNo,
    TryAgain,
    judge,
    persist,
)
from panic3d.runtime.errors import UserError

AGENT = "panic3d"
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
CHUNK_BYTES = 1 << 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@runtime_checkable
class Credentials(Protocol):
    """What proves to a site who asks."""

    def headers(self) -> dict[str, str]:
        """Sent with each request to the site itself, never to where it redirects."""

    def renew(self) -> bool:
        """Called after a 401: whether the request is worth another try."""


class Nobody:
    """No account."""

    def headers(self) -> dict[str, str]:
        return {}

    def renew(self) -> bool:
        return False


@dataclass(frozen=True)
class Fetched:
    """A file as it lies on the disk."""

    bytes: int
    sha256: str
    sha1: str


class Web:
    """One site and the hosts that it sends its visitors to."""

    def __init__(
        self,
        site: str,
        credentials: Credentials | None = None,
        manners: Manners = DEFAULT_MANNERS,
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`headers` go to the site itself, like credentials. UserError where the site is not https (or loopback)."""
        self.site = site.rstrip("/")
        if not _is_safe(self.site):
            raise UserError(f"expected an https:// address of the site, found {self.site}")
        self.credentials: Credentials = credentials or Nobody()
        self.manners, self.own_headers, self.sleep = manners, dict(headers or {}), sleep
        self._robots: dict[str, protego.Protego] = {}
        self._last_s: dict[str, float] = {}
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"{AGENT}/{version('panic3d')} (dataset download by its user)"
        self._session.auth = _as_it_is  # else requests would look for passwords in ~/.netrc
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def json(self, path: str, method: str = "GET", **body: Any) -> Any:
        """The JSON at a path of the site; `body` is requests' `params`, `json` or `data`. Refused, SiteSaysNo."""

        def attempt() -> Any:
            response = self._visit(method, self.site + path, **body)
            try:
                return response.json()
            except ValueError:
                found = response.headers.get("Content-Type", "").split(";")[0] or "something else"
                raise Refused(
                    f"expected JSON from {place(response.url)}, found {found}: a login page or a page against robots?"
                ) from None

        return persist(attempt, self.manners, self.sleep)

    def download(self, path: str, target: Path, check: Callable[[Path, Fetched], str] = lambda *_: "") -> Fetched:
        """The file behind a path or an address, whole or not at all.

        `check` looks at the finished file and says what is wrong with it, in which case it is fetched once more.
        Refused, SiteSaysNo; OSError where the disk does not take it.
        """
        working = target.with_name(f".{target.name}.part")
        target.parent.mkdir(parents=True, exist_ok=True)

        complaints: list[str] = []

        def attempt() -> Fetched:
            with self._visit("GET", urljoin(self.site + "/", path), stream=True) as response:
                if "text/html" in response.headers.get("Content-Type", ""):
                    raise Refused(f"expected a file from {place(response.url)}, found a web page: not logged in?")
                fetched = _save(response, working)
                if complaint := check(working, fetched):
                    complaints.append(f"{place(response.url)} gave {complaint}")
                    raise (TryAgain if len(complaints) == 1 else Refused)(complaints[-1])
            working.replace(target)
            return fetched

        try:
            return persist(attempt, self.manners, self.sleep)
        finally:
            working.unlink(missing_ok=True)

    def _visit(self, method: str, url: str, **request: Any) -> requests.Response:
        """An answer below 300, after redirects and at most one renewed login."""
        renewed = False
        for _ in range(MOST_REDIRECTS + 2):
            self._ask_robots(url)
            response = self._send(method, url, **request)
            if response.status_code in REDIRECTS:
                url = self._follow(response)
                if response.status_code in (301, 302, 303):
                    method, request = "GET", {"stream": request.get("stream", False)}
            elif response.status_code != HTTPStatus.UNAUTHORIZED or origin(url) != origin(self.site):
                return judge(response, place(url))
            elif renewed or not self.credentials.renew():
                raise SiteSaysNo(f"{place(url)} answered 401: the login is missing or no longer valid; log in again, "
                                 "then give the same command again")  # fmt: skip
            else:
                renewed = True
        raise Refused(f"{place(url)}: more than {MOST_REDIRECTS} redirects")

    def _send(self, method: str, url: str, **request: Any) -> requests.Response:
        host = origin(url)
        rules = self._robots.get(host)
        interval_s = max(self.manners.interval_s, float((rules and rules.crawl_delay(AGENT)) or 0))
        self.sleep(max(0.0, self._last_s.get(host, -1e9) + interval_s - time.monotonic()))
        own = {**self.own_headers, **self.credentials.headers()} if host == origin(self.site) else {}
        try:
            return self._session.request(
                method, url, headers=own, timeout=self.manners.timeout_s, allow_redirects=False, **request
            )
        except requests.RequestException as error:  # its text holds the address, signatures and all: only its name
            raise TryAgain(f"{host} did not answer ({type(error).__name__})") from None
        finally:
            self._last_s[host] = time.monotonic()

    def _follow(self, response: requests.Response) -> str:
        url = urljoin(response.url, response.headers.get("Location", ""))
        if not _is_safe(url):
            raise Refused(f"{place(response.url)} redirects to {place(url)}, which is not https")
        return url

    def _ask_robots(self, url: str) -> None:
        """SiteSaysNo where robots.txt (RFC 9309) forbids the address, or cannot be had."""
        host = origin(url)
        if host not in self._robots:
            try:
                text = persist(lambda: self._robots_text(host), self.manners, self.sleep)
            except Refused as error:
                raise SiteSaysNo(f"{error}: without it everything counts as forbidden; try again later") from None
            self._robots[host] = protego.Protego.parse(text)
        if not self._robots[host].can_fetch(url, AGENT):
            raise SiteSaysNo(f"{host}/robots.txt forbids programs to fetch {urlsplit(url).path}: stopped")

    def _robots_text(self, host: str) -> str:
        url = f"{host}/robots.txt"
        for _ in range(MOST_REDIRECTS + 1):
            response = self._send("GET", url)
            if response.status_code not in REDIRECTS:
                break
            url = self._follow(response)
        if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and response.status_code != 429:
            return response.text if response.status_code == HTTPStatus.OK else ""  # 4xx: no rules (RFC 9309, 2.3.1.3)
        return judge(response, place(url)).text


def place(url: str) -> str:
    """An address without its query, where signatures and tokens are."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def origin(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _save(response: requests.Response, target: Path) -> Fetched:
    """The body into a file. TryAgain where it ends before its Content-Length."""
    sha256, sha1, size = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
    try:
        with target.open("wb") as file:
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
                sha256.update(chunk)
                sha1.update(chunk)
                size += len(chunk)
    except requests.RequestException:
        raise TryAgain(f"{place(response.url)} broke off after {size} bytes") from None
    return Fetched(size, sha256.hexdigest(), sha1.hexdigest())
