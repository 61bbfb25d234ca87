"""The polite visitor, against a site on this machine."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from helpers.sites.local_site import LocalSite, Reply, make_json_reply
from panic3d.datagen.sources.http.etiquette import RequestPolicy, RequestRefused, SiteRefused, SiteUnreachable
from panic3d.datagen.sources.http.web import WebClient
from panic3d.runtime.errors import UserError

QUICK = RequestPolicy(interval_s=0.0, timeout_s=5.0, tries=3, first_wait_s=1.0)


class Clock:
    """Waits without waiting, and remembers."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.waited_s.append(seconds)


class Login:
    def __init__(self, *secrets: str) -> None:
        self.secrets = list(secrets)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets[0]}"}

    def renew(self) -> bool:
        self.secrets.pop(0)
        return bool(self.secrets)


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


def visitor(site: LocalSite, clock: Clock, policy: RequestPolicy = QUICK, login: Login | None = None) -> WebClient:
    return WebClient(site.address, login, policy, sleep=clock.sleep)


def test_waits_as_long_as_the_site_asks(site: LocalSite, clock: Clock) -> None:
    in_half_an_hour = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)
    site.answers["GET /api"] = [
        make_json_reply({}, 429, **{"Retry-After": "7"}),
        make_json_reply({}, 429, **{"Retry-After": in_half_an_hour}),
        make_json_reply({"right": 1}),
    ]
    assert visitor(site, clock).fetch_json("/api") == {"right": 1}
    assert clock.waited_s[0] == 7
    assert 595 < clock.waited_s[1] <= 600


def test_a_busy_site_without_retry_after_gets_minutes_and_then_ends_the_run(site: LocalSite, clock: Clock) -> None:
    site.answers["GET /api"] = make_json_reply({"error": {"code": "TOO_MANY_REQUESTS"}}, 429)
    with pytest.raises(SiteRefused, match=r"429 TOO_MANY_REQUESTS and asks to wait 240 s: run the same command again"):
        visitor(site, clock).fetch_json("/api")
    assert clock.waited_s == [60, 120]
    site.answers["GET /api"] = Reply(429, headers={"Retry-After": "86400"})
    with pytest.raises(SiteRefused, match="wait 86400 s"):
        visitor(site, clock).fetch_json("/api")
    assert clock.waited_s == [60, 120], "a day is not waited for"


def test_broken_servers_get_a_few_tries(site: LocalSite, clock: Clock) -> None:
    site.answers["GET /api"] = [Reply(502), Reply(503), make_json_reply([1])]
    assert visitor(site, clock).fetch_json("/api") == [1]
    assert clock.waited_s == [1, 2]
    site.answers["GET /api"] = Reply(500)
    with pytest.raises(RequestRefused, match=r"answered 500, 3 times"):
        visitor(site, clock).fetch_json("/api")


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /api/", "/api/x", False),
        ("User-agent: *\nDisallow: /\nAllow: /api.php", "/api.php?action=query", True),
        ("User-agent: *\nDisallow: /*?action=", "/api.php?action=query", False),
        ("User-agent: GPTBot\nDisallow: /", "/api/x", True),
        ("User-agent: panic3d\nDisallow: /", "/api/x", False),
    ],
)
def test_robots_txt_is_obeyed(site: LocalSite, clock: Clock, robots: str, path: str, allowed: bool) -> None:
    site.answers["GET /robots.txt"] = Reply(body=robots.encode())
    site.answers[f"GET {path.partition('?')[0]}"] = make_json_reply({})
    if allowed:
        assert visitor(site, clock).fetch_json(path) == {}
        return
    with pytest.raises(SiteRefused, match=r"robots\.txt forbids programs to fetch /api"):
        visitor(site, clock).fetch_json(path)
    assert site.paths() == [], "nothing but robots.txt was requested"


def test_robots_that_cannot_be_had(site: LocalSite, clock: Clock) -> None:
    """RFC 9309, 2.3.1: no rules where there is no file, everything forbidden where the server is down."""
    site.answers["GET /api"] = make_json_reply({})
    site.answers["GET /robots.txt"] = Reply(403)
    assert visitor(site, clock).fetch_json("/api") == {}
    site.answers["GET /robots.txt"] = Reply(500)
    with pytest.raises(
        SiteRefused, match=r"robots\.txt answered 500, 3 times: without it all addresses count as forbidden"
    ):
        visitor(site, clock).fetch_json("/api")


def test_requests_keep_the_interval(site: LocalSite, clock: Clock) -> None:
    site.answers["GET /api"] = make_json_reply({})
    web = visitor(site, clock, RequestPolicy(interval_s=3.0))
    web.fetch_json("/api")
    web.fetch_json("/api")
    assert [2.5 < seconds <= 3 for seconds in clock.waited_s] == [True, True], "after robots.txt, and between the two"
    site.answers["GET /robots.txt"] = Reply(body=b"User-agent: *\nCrawl-delay: 9")
    clock.waited_s.clear()
    visitor(site, clock, RequestPolicy(interval_s=3.0)).fetch_json("/api")
    assert 8.5 < clock.waited_s[0] <= 9


def test_a_cut_body_is_fetched_again_and_never_kept(site: LocalSite, clock: Clock, tmp_path: Path) -> None:
    whole = b"x" * 5000
    site.answers["GET /f"] = [Reply(body=whole[:999], claimed=5000), Reply(body=whole)]
    fetched = visitor(site, clock).download("/f", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == whole
    assert fetched.bytes == 5000
    site.answers["GET /f"] = Reply(body=whole[:999], claimed=5000)
    with pytest.raises(RequestRefused, match="broke off after"):
        visitor(site, clock).download("/f", tmp_path / "g")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_cut_json_is_asked_for_again(site: LocalSite, clock: Clock) -> None:
    site.answers["GET /api"] = [Reply(body=b'{"a": ', claimed=100), make_json_reply({"a": 1})]
    assert visitor(site, clock).fetch_json("/api") == {"a": 1}


def test_a_web_page_is_no_answer(site: LocalSite, clock: Clock, tmp_path: Path) -> None:
    page = Reply(body=b"<html>Just a moment...</html>", headers={"Content-Type": "text/html; charset=utf-8"})
    site.answers["GET /api"] = page
    with pytest.raises(
        RequestRefused, match=r"expected JSON from 127\.0\.0\.1/api, found text/html: is it a login page"
    ):
        visitor(site, clock).fetch_json("/api")
    with pytest.raises(RequestRefused, match="found a web page: not logged in"):
        visitor(site, clock).download("/api", tmp_path / "f")
    assert not list(tmp_path.iterdir())


def test_credentials_stay_at_home(site: LocalSite, clock: Clock, tmp_path: Path) -> None:
    with LocalSite() as storage:
        storage.answers["GET /f"] = Reply(body=b"file", headers={"Set-Cookie": "tracker=1"})
        site.answers["GET /f"] = Reply(302, headers={"Location": f"{storage.address}/f?signature=s"})
        visitor(site, clock, login=Login("secret")).download("/f", tmp_path / "f")
        assert site.requests[-1].headers["authorization"] == "Bearer secret"
        assert storage.paths() == ["/f"]
        assert all("secret" not in str(request) for request in storage.requests)


def test_a_redirect_to_plain_http_is_not_followed(site: LocalSite, clock: Clock, tmp_path: Path) -> None:
    site.answers["GET /f"] = Reply(302, headers={"Location": "http://files.example/f?signature=s"})
    with pytest.raises(RequestRefused, match=r"redirects to files\.example/f, which is not https"):
        visitor(site, clock).download("/f", tmp_path / "f")
    site.answers["GET /f"] = Reply(302, headers={"Location": "/f"})
    with pytest.raises(RequestRefused, match="more than 5 redirects"):
        visitor(site, clock).download("/f", tmp_path / "f")
    with pytest.raises(UserError, match="expected an https:// address"):
        WebClient("http://hub.example")


def test_a_login_is_renewed_once(site: LocalSite, clock: Clock) -> None:
    site.answers["GET /api"] = lambda request: (
        make_json_reply({}) if request.headers["authorization"] == "Bearer new" else make_json_reply({}, 401)
    )
    assert visitor(site, clock, login=Login("old", "new")).fetch_json("/api") == {}
    with pytest.raises(SiteRefused, match="answered 401: the login is missing or no longer valid"):
        visitor(site, clock, login=Login("old", "older")).fetch_json("/api")


def test_errors_do_not_tell_signatures(clock: Clock, tmp_path: Path) -> None:
    with LocalSite() as gone:
        address = gone.address
    with pytest.raises(SiteUnreachable) as caught:
        WebClient(address, policy=QUICK, sleep=clock.sleep).download("/f?X-Amz-Signature=hush", tmp_path / "f")
    assert "cannot connect to http://127.0.0.1" in str(caught.value)
    assert not clock.waited_s, "the first connection is not tried again"
    assert "hush" not in str(caught.value)


def test_a_password_file_of_curl_is_left_alone(
    site: LocalSite, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    site.answers["GET /api"] = make_json_reply({})
    visitor(site, clock).fetch_json("/api")
    assert site.paths() == ["/api"]
    assert all("authorization" not in request.headers for request in site.requests)


def test_without_a_network_the_user_hears_it_at_once(clock: Clock) -> None:
    with pytest.raises(
        SiteUnreachable, match=r"cannot connect to https://nowhere\.invalid \(.*\): check that this machine"
    ):
        WebClient("https://nowhere.invalid", sleep=clock.sleep).fetch_json("/api")
    assert not clock.waited_s


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(site: LocalSite, clock: Clock, tmp_path: Path) -> None:
    policy = RequestPolicy(interval_s=0.0, timeout_s=0.5, connect_timeout_s=0.5, tries=2)
    site.answers["GET /f"] = Reply(body=b"x" * 4000, byte_interval_s=0.05)
    start_s = time.monotonic()
    with pytest.raises(RequestRefused, match=r"/f gave .* which is too slow"):
        visitor(site, clock, policy).download("/f", tmp_path / "f")
    assert not list(tmp_path.iterdir())
    with pytest.raises(RequestRefused, match=r"did not answer \(TimeoutError\), 2 times"):
        visitor(site, clock, policy).fetch_json("/f")
    assert time.monotonic() - start_s < 30, "nothing waits for the end of the body, which takes 200 s"


@pytest.mark.parametrize("text", ["²", "9" * 400, "-1", "soon"])
def test_an_odd_retry_after_is_none(site: LocalSite, clock: Clock, text: str) -> None:
    odd = Reply(503)
    site.change = lambda request, reply: replace(odd, headers={"Retry-After": text})
    with pytest.raises((RequestRefused, SiteRefused), match="answered 503, 3 times"):
        visitor(site, clock).fetch_json("/api")
    assert len(clock.waited_s) == 2 and max(clock.waited_s) <= QUICK.longest_wait_s


def test_json_of_100000_brackets_is_no_answer(site: LocalSite, clock: Clock) -> None:
    site.answers["GET /api"] = Reply(body=b"[" * 100_000, headers={"Content-Type": "application/json"})
    with pytest.raises(RequestRefused, match="gave JSON of another form than documented: it is nested"):
        visitor(site, clock).fetch_json("/api")


@pytest.mark.parametrize("path", ["/robots.txt", "/api", "/f"])
def test_a_body_without_end_is_given_up(
    site: LocalSite, clock: Clock, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panic3d.datagen.sources.http.web.MAX_ANSWER_BYTES", 100_000)
    monkeypatch.setattr("panic3d.datagen.sources.http.web.MAX_FILE_BYTES", 100_000)
    monkeypatch.setattr("panic3d.datagen.sources.http.web.CHUNK_BYTES", 10_000)
    site.answers[f"GET {path}"] = Reply(body=b" " * 10_000_000, claimed=1 << 50)
    with pytest.raises((RequestRefused, SiteRefused), match=r"gave more than 100,000 bytes"):
        visitor(site, clock).fetch_json("/api") if path != "/f" else visitor(site, clock).download("/f", tmp_path / "f")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [403, 500])
def test_an_error_with_a_body_without_end_is_given_up(
    site: LocalSite, clock: Clock, tmp_path: Path, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panic3d.datagen.sources.http.web.MAX_ANSWER_BYTES", 100_000)
    json_type = {"Content-Type": "application/json"}
    site.answers["GET /f"] = Reply(status, b" " * 10_000_000, json_type, claimed=1 << 50)
    with pytest.raises(RequestRefused, match=r"gave more than 100,000 bytes as an answer"):
        visitor(site, clock).download("/f", tmp_path / "f")


def test_words_of_a_site_are_one_line_of_300_characters(site: LocalSite, clock: Clock) -> None:
    site.answers["GET /api"] = make_json_reply({"error": {"code": "\x1b[2J\n" * 10_000}}, 403)
    with pytest.raises(RequestRefused, match=r"answered 403 \\x1b") as found:
        visitor(site, clock).fetch_json("/api")
    assert len(str(found.value)) <= 300 and str(found.value).isprintable()
