"""An HTTP client with a pace, which follows robots.txt and Retry-After and sends credentials to their site only."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urljoin, urlsplit

import protego
import requests

from panic3d.datagen.sources.http.etiquette import (
    DEFAULT_POLICY,
    RequestPolicy,
    RequestRefused,
    SiteRefused,
    SiteUnreachable,
    TemporaryFailure,
    check_response,
    retry,
)
from panic3d.runtime.errors import UserError
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import MAX_FILE_BYTES
from panic3d.runtime.time_limit import Transfer

AGENT = "panic3d"
REDIRECTS = (301, 302, 303, 307, 308)
MAX_REDIRECTS = 5
CHUNK_BYTES = 1 << 20
MAX_ANSWER_BYTES = 1 << 25
"""Of an answer that is no file; records and lists have less than a thousandth of it."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@runtime_checkable
class Credentials(Protocol):
    """The headers that identify a user to a site."""

    def headers(self) -> dict[str, str]:
        """Return the headers of each request to the site itself; they are not sent to where it redirects."""

    def renew(self) -> bool:
        """Renew the credentials after a 401. Returns whether the request should be repeated."""


class NoCredentials:
    """Requests without an account."""

    def headers(self) -> dict[str, str]:
        return {}

    def renew(self) -> bool:
        return False


@dataclass(frozen=True)
class FetchedFile:
    """The size and the hashes of a downloaded file."""

    bytes: int
    sha256: str
    sha1: str


class WebClient:
    """Requests to one site, and to the hosts that it redirects to."""

    def __init__(
        self,
        site: str,
        credentials: Credentials | None = None,
        policy: RequestPolicy = DEFAULT_POLICY,
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`headers` are sent to the site itself, as credentials are.

        Raises UserError where the address of the site is neither https nor that of this machine.
        """
        self.site = site.rstrip("/")
        if not _is_safe(self.site):
            raise UserError(f"expected an https:// address of the site, found {self.site}")
        self.credentials: Credentials = credentials or NoCredentials()
        self.policy, self.own_headers, self.sleep = policy, dict(headers or {}), sleep
        self._robots: dict[str, protego.Protego] = {}
        self._last_s: dict[str, float] = {}
        self._was_answered = False
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"{AGENT}/{version('panic3d')} (dataset download by its user)"
        self._session.auth = _leave_unchanged  # otherwise requests searches ~/.netrc for passwords
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def fetch_json(self, path: str, kind: Any = Any, method: str = "GET", **body: Any) -> Any:
        """Request the JSON at a path of the site, as a `kind` (see `panic3d.runtime.records.parse_json`).

        `body` is requests' `params`, `json` or `data`. Raises RequestRefused where there is no JSON or one of another
        kind, SiteRefused or SiteUnreachable.
        """

        def attempt() -> Any:
            response = self._request(method, self.site + path, **body)
            try:
                return parse_json(response.content, kind)
            except (json.JSONDecodeError, UnicodeDecodeError):
                found = response.headers.get("Content-Type", "").split(";")[0] or "something else"
                raise RequestRefused(
                    f"expected JSON from {strip_query(response.url)}, found {found}: is it a login page?"
                ) from None
            except ValueError as error:
                raise RequestRefused(
                    f"{strip_query(response.url)} gave JSON of another form than documented: {error}"
                ) from None

        return retry(attempt, self.policy, self.sleep)

    def download(
        self, path: str, target: Path, check: Callable[[Path, FetchedFile], str] = lambda *_: ""
    ) -> FetchedFile:
        """Download the file at a path or an address. `target` appears when it is complete.

        `check` returns what is wrong with the complete file, in which case it is downloaded once more, or an empty
        string. Raises RequestRefused or SiteRefused where the site does not give the file, OSError for a full disk.
        """
        working = target.with_name(f".{target.name}.part")
        target.parent.mkdir(parents=True, exist_ok=True)

        complaints: list[str] = []

        def attempt() -> FetchedFile:
            response = self._request("GET", urljoin(self.site + "/", path), stream=True)
            where = strip_query(response.url)
            if "text/html" in response.headers.get("Content-Type", ""):
                response.close()
                raise RequestRefused(f"expected a file from {where}, found a web page: not logged in?")
            fetched = _save(response, working, self.policy.timeout_s)
            if complaint := check(working, fetched):
                complaints.append(f"{where} gave {complaint}")
                raise (TemporaryFailure if len(complaints) == 1 else RequestRefused)(complaints[-1])
            working.replace(target)
            return fetched

        try:
            return retry(attempt, self.policy, self.sleep)
        finally:
            working.unlink(missing_ok=True)

    def _request(self, method: str, url: str, **request: Any) -> requests.Response:
        """Request an address, with redirects and at most one renewed login. Returns an answer below 300."""
        renewed = False
        for _ in range(MAX_REDIRECTS + 2):
            self._check_robots(url)
            response = self._send(method, url, **request)
            if response.status_code in REDIRECTS:
                url = self._follow(response)
                if response.status_code in (301, 302, 303):
                    method, request = "GET", {"stream": request.get("stream", False)}
            elif response.status_code != HTTPStatus.UNAUTHORIZED or parse_origin(url) != parse_origin(self.site):
                return check_response(response, strip_query(url))
            elif renewed or not self.credentials.renew():
                raise SiteRefused(
                    f"{strip_query(url)} answered 401: the login is missing or no longer valid; log in again, "
                    "then run the same command again"
                )
            else:
                renewed = True
        raise RequestRefused(f"{strip_query(url)}: more than {MAX_REDIRECTS} redirects")

    def _send(self, method: str, url: str, **request: Any) -> requests.Response:
        host = parse_origin(url)
        rules = self._robots.get(host)
        interval_s = max(self.policy.interval_s, float((rules and rules.crawl_delay(AGENT)) or 0))
        self.sleep(max(0.0, self._last_s.get(host, -1e9) + interval_s - time.monotonic()))
        own = {**self.own_headers, **self.credentials.headers()} if host == parse_origin(self.site) else {}
        timeouts_s = (self.policy.connect_timeout_s, self.policy.timeout_s)
        is_file = request.pop("stream", False)

        def run() -> requests.Response:
            response = self._session.request(
                method, url, headers=own, timeout=timeouts_s, allow_redirects=False, stream=True, **request
            )
            if not is_file or response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
                _read_body(response)
            return response

        try:
            response = Transfer(sum(timeouts_s)).run(run)
            self._was_answered = True
            return response
        except (requests.RequestException, TimeoutError) as error:  # its text holds addresses with signatures
            if isinstance(error, requests.ConnectionError) and not self._was_answered:
                raise SiteUnreachable(
                    f"cannot connect to {host} ({_name_cause(error)}): check that this machine has a network, and its "
                    "proxy settings, then run the same command again"
                ) from None
            raise TemporaryFailure(f"{host} did not answer ({type(error).__name__})") from None
        except (ValueError, OSError, HTTPException) as error:  # such as a header that cannot be decoded
            raise TemporaryFailure(f"{host} gave a damaged answer ({type(error).__name__})") from None
        finally:
            self._last_s[host] = time.monotonic()

    def _follow(self, response: requests.Response) -> str:
        url = urljoin(response.url, response.headers.get("Location", ""))
        if not _is_safe(url):
            raise RequestRefused(f"{strip_query(response.url)} redirects to {strip_query(url)}, which is not https")
        return url

    def _check_robots(self, url: str) -> None:
        """Raise SiteRefused where robots.txt (RFC 9309) forbids the address, or cannot be fetched."""
        host = parse_origin(url)
        if host not in self._robots:
            try:
                text = retry(lambda: self._fetch_robots(host), self.policy, self.sleep)
            except RequestRefused as error:
                raise SiteRefused(f"{error}: without it all addresses count as forbidden; try again later") from None
            self._robots[host] = protego.Protego.parse(text)
        if not self._robots[host].can_fetch(url, AGENT):
            raise SiteRefused(f"{host}/robots.txt forbids programs to fetch {urlsplit(url).path}: stopped")

    def _fetch_robots(self, host: str) -> str:
        url = f"{host}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send("GET", url)
            if response.status_code not in REDIRECTS:
                break
            url = self._follow(response)
        if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and response.status_code != 429:
            return response.text if response.status_code == HTTPStatus.OK else ""  # 4xx: no rules (RFC 9309, 2.3.1.3)
        return check_response(response, strip_query(url)).text


def strip_query(url: str) -> str:
    """Remove the query of an address, which may have signatures and tokens."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def parse_origin(url: str) -> str:
    """Return the scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _leave_unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _name_cause(error: BaseException) -> str:
    """Name the innermost cause of an error of requests in words: a class such as NameResolutionError."""
    causes = [error]
    while causes[-1].args and isinstance(causes[-1].args[0], BaseException):
        causes.append(causes[-1].args[0])
    reason = getattr(causes[-1], "reason", None) or causes[-1]
    return " ".join(re.findall("[A-Z][a-z]*", type(reason).__name__)).lower()


def _read_body(response: requests.Response) -> None:
    """Read the body into the response. Raises RequestRefused where it is larger than an answer is."""
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_content(CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            response.close()
            raise RequestRefused(f"{strip_query(response.url)} gave more than {MAX_ANSWER_BYTES:,} bytes as an answer")
    response._content = b"".join(chunks)  # requests reads bodies of any size, and has no other way to set one


def _save(response: requests.Response, target: Path, limit_s: float) -> FetchedFile:
    """Write the body to a file, and close the response.

    Raises TemporaryFailure where the body ends early, RequestRefused where it is too slow.
    """
    target.unlink(missing_ok=True)  # a thread of an earlier attempt may still hold the old file
    transfer = Transfer(limit_s)
    try:
        return transfer.run(lambda: _copy_body(response, target, transfer))
    except TimeoutError as error:
        raise RequestRefused(f"{strip_query(response.url)} {error}") from None


def _copy_body(response: requests.Response, target: Path, transfer: Transfer) -> FetchedFile:
    sha256, sha1, size = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
    try:
        # closed in the thread that reads: any other would wait for a slow read to end
        with response, target.open("wb") as file:
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
                sha256.update(chunk)
                sha1.update(chunk)
                size += len(chunk)
                transfer.bytes = size
                if size > MAX_FILE_BYTES:
                    raise RequestRefused(f"{strip_query(response.url)} gave more than {MAX_FILE_BYTES:,} bytes")
    except (requests.RequestException, HTTPException):
        raise TemporaryFailure(f"{strip_query(response.url)} broke off after {size} bytes") from None
    return FetchedFile(size, sha256.hexdigest(), sha1.hexdigest())
