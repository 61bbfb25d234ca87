"""The reader of package indexes, on an index that lies in a folder."""

import json
import time
from pathlib import Path

import pytest

from helpers.sites.local_site import LocalSite, Reply
from panic3d.runtime.errors import UserError
from panic3d.weights import package_index


@pytest.fixture
def index(tmp_path: Path) -> Path:
    page = tmp_path / "simple" / "some-thing"
    page.mkdir(parents=True)
    (page / "some_thing-1.0.tar.gz").write_bytes(b"the archive")
    (page / "index.html").write_text('<a href="some_thing-1.0.tar.gz#sha256=00">x</a><a name="no link">y</a>')
    return tmp_path / "simple"


def test_finds_the_file_in_a_second_index(index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = {"index-url": (tmp_path / "empty").as_uri(), "extra-index-url": index.as_uri()}
    monkeypatch.setattr(package_index, "read_pip_settings", lambda: settings)
    assert package_index.download_archive("some_thing", "1.0", {"some_thing-1.0.tar.gz"}) == b"the archive"
    with pytest.raises(UserError, match=r"could not download some_thing==2\.0.*has no some_thing 2\.0.*--file"):
        package_index.download_archive("some_thing", "2.0", {"some_thing-2.0.tar.gz"})


def test_json_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    page = json.dumps({"files": [{"filename": "a-1.tar.gz", "url": "../a-1.tar.gz"}]}).encode()
    monkeypatch.setattr(package_index, "_download", lambda *_: (page, "application/vnd.pypi.simple.v1+json"))
    assert package_index.list_file_links("https://h/simple/a/", {}) == {"a-1.tar.gz": "https://h/simple/a-1.tar.gz"}


def test_pip_settings_are_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert package_index.read_pip_settings()["index-url"] == "https://mirror.example/simple"


JSON_TYPE = {"Content-Type": "application/vnd.pypi.simple.v1+json"}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b'{"files": ', headers=JSON_TYPE),
        Reply(body=b'{"files": [1]}', headers=JSON_TYPE),
        Reply(body=b"[" * 100_000, headers=JSON_TYPE),
        Reply(body=b"\xff\xfe", headers={"Content-Type": "text/html"}),
        Reply(body=b"<a href='a-1.tar.gz'>", claimed=5000),
        Reply(500),
    ],
)
def test_damaged_answers_are_one_sentence(reply: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalSite() as site:
        site.answers["GET /a/"] = reply
        monkeypatch.setattr(package_index, "read_pip_settings", lambda: {"index-url": site.address})
        with pytest.raises(UserError, match="could not download a==1") as caught:
            package_index.download_archive("a", "1", {"a-1.tar.gz"})
    assert len(str(caught.value)) <= 300 and "\n" not in str(caught.value)


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_index, "TIMEOUT_S", 0.5)
    with LocalSite() as site:
        site.answers["GET /a/"] = Reply(body=b"x" * 400, byte_interval_s=0.05)
        monkeypatch.setattr(package_index, "read_pip_settings", lambda: {"index-url": site.address})
        start_s = time.monotonic()
        with pytest.raises(UserError, match="which is too slow"):
            package_index.download_archive("a", "1", {"a-1.tar.gz"})
        assert time.monotonic() - start_s < 5
