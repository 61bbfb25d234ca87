"""How a site is treated: pace, waits, and the errors that end one item or the whole run."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

import requests

from panic3d.runtime.errors import UserError

T = TypeVar("T")


class Refused(Exception):
    """One request got no useful answer: its item fails, the others go on. The message holds no query and no secret."""

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status


class SiteSaysNo(UserError):
    """The site refuses the program or the account as such: everything stops."""


class TryAgain(Exception):
    """The same request may succeed later; `wait_s` is what the site asked for."""

    def __init__(self, sentence: str, wait_s: float | None = None, busy: bool = False) -> None:
        super().__init__(sentence)
        self.wait_s, self.busy = wait_s, busy


@dataclass(frozen=True)
class Manners:
    """How a site is treated."""

    interval_s: float = 1.0
    """Between two requests to the same host; a longer Crawl-delay in robots.txt wins."""
    timeout_s: float = 60.0
    tries: int = 6
    """For a request that meets 429, 5xx, a broken connection or a body cut short."""
    first_wait_s: float = 2.0
    """After a broken connection or a 5xx; doubled each time."""
    busy_wait_s: float = 60.0
    """After a 429 without Retry-After (VRoid Hub's documentation: "wait a few minutes"); doubled each time."""
    longest_wait_s: float = 900.0
    """A site that asks for more ends the run: the user may come back later."""


DEFAULT_MANNERS = Manners()


def persist(attempt: Callable[[], T], manners: Manners, sleep: Callable[[float], None]) -> T:
    """The first result of `attempt` that is no TryAgain. Refused after the last try; SiteSaysNo where it is a 429."""
    for number in range(manners.tries):
        try:
            return attempt()
        except TryAgain as error:
            wait_s = error.wait_s
            if wait_s is None:
                wait_s = (manners.busy_wait_s if error.busy else manners.first_wait_s) * 2**number
            if error.busy and (wait_s > manners.longest_wait_s or number + 1 == manners.tries):
                raise SiteSaysNo(f"{error} and asks to wait {wait_s:.0f} s: give the same command again then") from None
            if number + 1 == manners.tries:
                raise Refused(f"{error}, {manners.tries} times") from None
            wait_s = min(wait_s, manners.longest_wait_s)
            if wait_s >= manners.busy_wait_s:
                print(f"{error}: waiting {wait_s:.0f} s", file=sys.stderr, flush=True)
            sleep(wait_s)
    raise AssertionError("unreachable")


def judge(response: requests.Response, where: str) -> requests.Response:
    """An answer below 300 as it is. TryAgain for 429 and 5xx, else Refused."""
    status = response.status_code
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return response
    code = error_code(response)
    answer = f"{where} answered {status}{' ' + code if code else ''}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise TryAgain(answer, retry_after_s(response), busy=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TryAgain(answer, retry_after_s(response))
    raise Refused(answer, status)


def error_code(response: requests.Response) -> str:
    """What an API calls its error: VRoid Hub's and MediaWiki's `error.code`, or OAuth's `error`."""
    if "json" not in response.headers.get("Content-Type", ""):
        return ""
    try:
        error = response.json().get("error")
    except (requests.RequestException, ValueError, AttributeError):
        return ""
    return str(error.get("code") or "") if isinstance(error, dict) else str(error or "")


def retry_after_s(response: requests.Response) -> float | None:
    """Seconds in Retry-After, a number or a date (RFC 9110); None where there is none that can be read."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
