"""`panic3d data vtuber` against a wiki on this machine."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest
from click.testing import CliRunner

from helpers.sites.local_site import Reply, make_json_reply
from helpers.sites.local_wiki import LocalWiki, make_picture
from panic3d.cli import panic3d
from panic3d.datagen.sources.http.etiquette import RequestPolicy
from panic3d.datagen.sources.http.web import WebClient
from panic3d.datagen.sources.vtuber.download import VtuberOptions, fetch_portraits
from panic3d.datagen.sources.vtuber.wiki import Wiki, WikiFile
from panic3d.runtime.errors import UserError


@pytest.fixture
def wiki() -> Iterator[LocalWiki]:
    with LocalWiki() as running:
        running.categories = {
            "Hololive": ["Gawr Gura", "Category:Hololive English", "A Group", "Minato Aqua", "Tiny One"],
            "Hololive English": ["Gawr Gura", "Mori Calliope", "Category:Hololive"],
        }
        running.infobox = {
            "Gawr Gura": "Gura_Portrait.png",
            "Mori Calliope": "Calli.jpg",
            "Minato Aqua": "Aqua.gif",
            "Tiny One": "Tiny.png",
        }
        running.gallery = {"Gawr Gura": ["Gura_Portrait.png", "Gura_2.png", "Copy.png"]}
        running.add("Gura_Portrait.png", make_picture(1), "Template:Fairuse", "Template:Copyright")
        running.add("Calli.jpg", make_picture(2, kind="JPEG"))
        running.add("Aqua.gif", make_picture(3, kind="GIF"))
        running.add("Tiny.png", make_picture(4, (90, 200)))
        running.add("Gura_2.png", make_picture(5))
        running.add("Copy.png", make_picture(1))
        yield running


def run(wiki: LocalWiki, out: Path, *more: str, code: int = 0) -> str:
    site = ["--site", wiki.site.address, "--interval", "0", "--category", "Hololive"]
    done = CliRunner().invoke(panic3d, ["data", "vtuber", "--out", str(out), *site, *more])
    if done.exception and not isinstance(done.exception, UserError | SystemExit):
        raise done.exception
    words = done.output + str(done.exception or "")
    assert getattr(done.exception, "exit_code", done.exit_code) == code, words
    return words


def test_portraits_and_what_is_said_of_them(wiki: LocalWiki, tmp_path: Path) -> None:
    words = run(wiki, tmp_path)
    table = pandas.read_parquet(tmp_path / "metadata.parquet").set_index("article")
    assert sorted(table.index) == ["Gawr Gura", "Minato Aqua", "Mori Calliope", "Tiny One"], "subcategories are walked"
    gura = table.loc["Gawr Gura"]
    assert gura["file"] == "images/hololive/gawr_gura/0000.png"
    assert (tmp_path / gura["file"]).read_bytes() == make_picture(1)
    assert gura["sha256"] == hashlib.sha256(make_picture(1)).hexdigest()
    assert gura["licence"] == "Template:Fairuse; Template:Copyright"
    assert table.loc["Mori Calliope", "licence"] == ""
    assert gura["wiki_text_licence"] == "CC-BY-SA https://www.fandom.com/licensing"
    assert table["status"].to_dict()["Mori Calliope"] == "ok"
    assert str(table.loc["Minato Aqua", "reason"]).startswith("image/gif is no still picture")
    assert table.loc["Tiny One", "reason"] == "90x200 pixels, wanted 256 or more a side"
    assert "2 ok, 2 skipped, 0 failed" in words

    wiki.site.requests.clear()
    run(wiki, tmp_path)
    assert not [path for path in wiki.site.paths() if path != "/api.php"], "a rerun fetches no picture again"


def test_galleries_are_fetched_without_copies(wiki: LocalWiki, tmp_path: Path) -> None:
    run(wiki, tmp_path, "--gallery")
    table = pandas.read_parquet(tmp_path / "metadata.parquet").set_index("key")
    assert table.loc["hololive/gawr_gura/0002.png", "status"] == "ok"
    assert table.loc["hololive/gawr_gura/0001.png", "reason"] == "the same picture as hololive/gawr_gura/0000.png"


def test_wrong_bytes_are_not_kept(wiki: LocalWiki, tmp_path: Path) -> None:
    wiki.stated_sha1["Gura_Portrait.png"] = "0" * 40
    wiki.add("Calli.jpg", b"no picture at all")
    web = WebClient(wiki.site.address, policy=RequestPolicy(interval_s=0.0), sleep=lambda _: None)
    fetch_portraits(web, tmp_path, VtuberOptions(("Hololive",)))
    lines = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    reasons = {record["key"]: record["reason"] for record in lines if record["status"] == "failed"}
    assert "other bytes (sha1 " in reasons["hololive/gawr_gura/0000.png"]
    assert "no readable picture" in reasons["hololive/mori_calliope/0000.png"]
    assert not list((tmp_path / "images").rglob("*.*"))
    assert wiki.site.paths().count("/images/Calli.jpg") == 2, "what is wrong is fetched once more, not for ever"


def test_a_wiki_that_does_not_answer_as_one(wiki: LocalWiki, tmp_path: Path) -> None:
    assert "expected articles in Category:NoCredentials" in run(wiki, tmp_path, "--category", "NoCredentials", code=1)
    wiki.site.answers["GET /api.php"] = make_json_reply({"error": {"code": "readapidenied", "info": "You need rights"}})
    assert "the wiki cannot be listed" in run(wiki, tmp_path, code=1)
    wiki.site.answers["GET /api.php"] = Reply(body=b"<html>", headers={"Content-Type": "text/html"})
    assert "expected JSON from 127.0.0.1/api.php, found text/html" in run(wiki, tmp_path, code=1)
    wiki.site.answers["GET /robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /api.php")
    assert "robots.txt forbids programs" in run(wiki, tmp_path, code=1)


@pytest.mark.parametrize(
    "answer",
    [
        [1],
        3,
        {"query": [1]},
        {"query": {"rightsinfo": 3}},
        {"query": {"categorymembers": 3}},
        {"query": {"categorymembers": [3]}},
        {"query": {"categorymembers": [{"ns": "0", "title": "A"}]}},
        {"query": {"categorymembers": [{"ns": 0}]}},
        {"query": {"pages": {"1": {}}}},
        {"query": {"pages": [{"title": "A", "imageinfo": [{"width": "wide", "url": "x"}]}]}},
        {"query": {"pages": [{"title": "A", "imageinfo": [{"url": None}]}]}},
        {"continue": [1]},
        {"error": [1, "\x1b[2J" * 1000]},
    ],
)
def test_json_of_another_form_is_one_sentence(wiki: LocalWiki, tmp_path: Path, answer: object) -> None:
    wiki.site.answers["GET /api.php"] = make_json_reply(answer)
    words = run(wiki, tmp_path, code=1).strip()
    assert words.startswith("the wiki cannot be listed: ") and len(words) <= 330 and words.isprintable()


def test_an_answer_that_continues_without_end(wiki: LocalWiki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panic3d.datagen.sources.vtuber.wiki.MAX_CONTINUATIONS", 5)
    wiki.site.answers["GET /api.php"] = make_json_reply({"query": {}, "continue": {"x": "1"}})
    assert "continues its answer without end" in run(wiki, tmp_path, code=1)


def test_a_picture_whose_metadata_are_an_empty_list(wiki: LocalWiki) -> None:
    """PHP writes an empty object so."""
    page = {"title": "File:A", "imageinfo": [{"url": "https://x/A", "extmetadata": []}]}
    wiki.site.answers["GET /api.php"] = make_json_reply({"query": {"pages": [page]}})
    client = WebClient(wiki.site.address, policy=RequestPolicy(interval_s=0.0), sleep=lambda _: None)
    assert Wiki(client).fetch_files(["File:A"])["File:A"].url == "https://x/A"


def test_fandom_is_asked_for_the_original_bytes() -> None:
    """Its media host answers in WebP otherwise, and no hash fits."""
    url = "https://static.wikia.nocookie.net/virtualyoutuber/images/a/ab/X.png/revision/latest?cb=1"
    assert WikiFile("File:X", url, "", "image/png", 1, 1, 1, "", "").address == f"{url}&format=original"
