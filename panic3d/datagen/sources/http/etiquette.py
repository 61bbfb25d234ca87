"""The pace of requests to a site, retries, and the errors that end one item or the whole run."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

import requests

from panic3d.runtime.errors import UserError
from panic3d.runtime.sentences import shorten_sentence

MAX_CODE_CHARS = 60
logger = logging.getLogger(__name__)
T = TypeVar("T")


class RequestRefused(Exception):
    """A request got no usable answer: its item fails, the others continue. The message has no query and no secret."""

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(shorten_sentence(sentence))
        self.status = status


class SiteRefused(UserError):
    """The site refuses the program or the account: the whole run ends."""


class SiteUnreachable(UserError):
    """No connection was possible, not even the first: this machine has no network, or the site is down."""


class TemporaryFailure(Exception):
    """The same request may succeed later, after `wait_s` if the site states it. `busy`: too many requests."""

    def __init__(self, sentence: str, wait_s: float | None = None, busy: bool = False) -> None:
        super().__init__(sentence)
        self.wait_s, self.busy = wait_s, busy


@dataclass(frozen=True)
class RequestPolicy:
    """How often and how long requests to a site are made."""

    interval_s: float = 1.0
    """Time between two requests to the same host, unless robots.txt has a longer Crawl-delay."""
    timeout_s: float = 60.0
    """Time without a byte after which a request has failed, and time of a whole answer that is no file."""
    connect_timeout_s: float = 10.0
    tries: int = 6
    """Attempts at a request that meets 429, 5xx, a broken connection or an incomplete body."""
    first_wait_s: float = 2.0
    """Wait after a broken connection or a 5xx; doubled each time."""
    busy_wait_s: float = 60.0
    """Wait after a 429 without Retry-After (VRoid Hub: "wait a few minutes"); doubled each time."""
    longest_wait_s: float = 900.0
    """A 429 with a longer Retry-After ends the run."""


DEFAULT_POLICY = RequestPolicy()


def retry(attempt: Callable[[], T], policy: RequestPolicy, sleep: Callable[[float], None]) -> T:
    """Call `attempt` until it raises no TemporaryFailure, and return its result.

    After the last attempt raises RequestRefused, or SiteRefused where there were too many requests.
    """
    for number in range(policy.tries):
        try:
            return attempt()
        except TemporaryFailure as error:
            wait_s = error.wait_s
            if wait_s is None:
                wait_s = (policy.busy_wait_s if error.busy else policy.first_wait_s) * 2**number
            if error.busy and (wait_s > policy.longest_wait_s or number + 1 == policy.tries):
                raise SiteRefused(f"{error} and asks to wait {wait_s:.0f} s: run the same command again then") from None
            if number + 1 == policy.tries:
                raise RequestRefused(f"{error}, {policy.tries} times") from None
            wait_s = min(wait_s, policy.longest_wait_s)
            if wait_s >= policy.busy_wait_s:
                logger.info("%s: waiting %.0f s", error, wait_s)
            sleep(wait_s)
    raise AssertionError("unreachable")


def check_response(response: requests.Response, where: str) -> requests.Response:
    """Return an answer below 300 as it is. Raises TemporaryFailure for 429 and 5xx, else RequestRefused."""
    status = response.status_code
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return response
    code = extract_error_code(response)
    answer = f"{where} answered {status}{' ' + code if code else ''}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise TemporaryFailure(answer, parse_retry_after_s(response), busy=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TemporaryFailure(answer, parse_retry_after_s(response))
    raise RequestRefused(answer, status)


def extract_error_code(response: requests.Response) -> str:
    """Extract an API's name of an error: VRoid Hub's and MediaWiki's `error.code`, or OAuth's `error`; else empty."""
    if "json" not in response.headers.get("Content-Type", ""):
        return ""
    try:
        error = response.json().get("error")
    except (requests.RequestException, ValueError, AttributeError, RecursionError):
        return ""
    code = (error.get("code") if isinstance(error, dict) else error) or ""
    return str(code)[:MAX_CODE_CHARS]


def parse_retry_after_s(response: requests.Response) -> float | None:
    """Parse Retry-After, a number or a date (RFC 9110), to seconds; None where there is none that is valid."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
