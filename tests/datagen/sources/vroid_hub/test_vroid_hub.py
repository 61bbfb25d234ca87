"""`panic3d data vroid` against a VRoid Hub on this machine."""

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas
import pytest
from click.testing import CliRunner

from helpers.sites.local_site import Reply, make_json_reply
from helpers.sites.local_vroid_hub import SIGNATURE, LocalVroidHub, make_error, make_model_file, make_record
from panic3d.cli import panic3d
from panic3d.datagen.sources.vroid_hub.login import Token, get_token_path, save_token
from panic3d.runtime.errors import UserError

KEYS = ["1000050438984538394", "1000840261433614040", "1001275948686780577"]
SECRETS = ("token-one", "token-two", "refresh-one", "the-secret", "cookie-one", SIGNATURE)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalVroidHub]:
    """A hub with three models, to which the user is logged in; and nothing of this machine's own logins."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("VROID_SESSION", "VROID_CLIENT_ID", "VROID_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "ids.txt").write_text("\n".join(KEYS) + "\n")
    with LocalVroidHub(KEYS) as running:
        save_token(Token(running.address, "token-one", "refresh-one", time.time() + 7200), get_token_path())
        yield running


def arguments(hub: LocalVroidHub, folder: Path, *more: str, lists: str = "ids.txt") -> list[str]:
    site = ["--site", hub.address, "--interval", "0"]
    return ["data", "vroid", str(folder / lists), "--out", str(folder / "out"), *site, *more]


def run(hub: LocalVroidHub, folder: Path, *more: str, code: int = 0, lists: str = "ids.txt") -> str:
    """The command's words, in which no secret may be."""
    done = CliRunner().invoke(panic3d, arguments(hub, folder, *more, lists=lists))
    if done.exception and not isinstance(done.exception, UserError | SystemExit):
        raise done.exception
    words = done.output + str(done.exception or "")
    assert getattr(done.exception, "exit_code", done.exit_code) == code, words
    assert not any(secret in words for secret in SECRETS)
    return words


def manifest(folder: Path) -> dict[str, tuple[str, str]]:
    lines = (folder / "out" / "manifest.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    assert len(records) == len({record["key"] for record in records}), "one line a model"
    return {record["key"]: (record["status"], record["reason"]) for record in records}


def file_of(folder: Path, key: str) -> Path:
    return folder / "out" / key[-1] / key / f"{key}.vrm"


def test_fetches_what_authors_offer_and_says_what_became_of_the_rest(hub: LocalVroidHub, tmp_path: Path) -> None:
    ids = [*KEYS, "1002", "1003003", "https://hub.vroid.com/en/characters/1/models/1004004"]
    (tmp_path / "ids.txt").write_text("\n".join(["# mine", *ids[:3], "", *ids[4:]]))
    hub.records[KEYS[1]] = make_record(KEYS[1], downloadable=False)
    hub.site.answers[f"GET /api/download_licenses/L{KEYS[2]}/download"] = make_error(403, "OAUTH_FORBIDDEN")
    hub.site.answers["GET /api/character_models/1004004"] = make_error(404, "COMMON_NOT_FOUND")
    words = run(hub, tmp_path, code=3)
    found = manifest(tmp_path)
    assert found[KEYS[0]] == ("ok", "")
    assert found[KEYS[1]] == ("skipped", "its licence record does not allow download (is_downloadable)")
    assert found[KEYS[2]][0] == "failed"
    assert found[KEYS[2]][1].endswith("/download answered 403 OAUTH_FORBIDDEN")
    assert found["1003003"] == ("skipped", "no longer on VRoid Hub (404)")
    assert found["1004004"] == ("skipped", "no longer on VRoid Hub (404)")
    assert "1 ok, 3 skipped, 1 failed" in words
    assert file_of(tmp_path, KEYS[0]).read_bytes() == make_model_file(KEYS[0])

    table = pandas.read_parquet(tmp_path / "out" / "metadata.parquet").set_index("id")
    assert list(table.index) == sorted(found)
    good = table.loc[KEYS[0]]
    assert good["sha256"] == hashlib.sha256(make_model_file(KEYS[0])).hexdigest()
    assert (good["file"], good["bytes"]) == (f"4/{KEYS[0]}/{KEYS[0]}.vrm", len(make_model_file(KEYS[0])))
    assert (good["author"], good["licence_modification"], good["is_r18"]) == ("an author", "disallow", False)
    assert good["tags"].tolist() == ["VRoid"]
    assert table.loc[KEYS[1], "reason"] == found[KEYS[1]][1]
    assert table["sha256"].notna().sum() == 1

    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or not any(secret.encode() in path.read_bytes() for secret in SECRETS), path
    assert all("authorization" not in request.headers for request in hub.storage.requests)
    downloads = [path for path in hub.site.paths() if "download" in path]
    assert not any(KEYS[1] in path for path in downloads), "what is not offered is not requested"


@pytest.mark.parametrize(
    "change",
    [
        {"name": 3},
        {"license": [1]},
        {"age_limit": "none"},
        {"character": "someone"},
        {"character": {"user": [1]}},
        {"tags": [3]},
        {"tags": {"name": "a"}},
        {"latest_character_model_version": 3},
        {"latest_character_model_version": {"id": 1, "vrm_meta": [1]}},
        {"is_downloadable": "yes"},
    ],
)
def test_a_record_of_another_form_fails_alone(hub: LocalVroidHub, tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "ids.txt").write_text("\n".join(KEYS[:2]))
    hub.records[KEYS[0]].update(change)
    run(hub, tmp_path, code=3)
    status, reason = manifest(tmp_path)[KEYS[0]]
    assert status == "failed" and "gave JSON of another form than documented: expected" in reason
    assert manifest(tmp_path)[KEYS[1]] == ("ok", "")


@pytest.mark.parametrize("answer", [[1], {"data": [1]}, {"data": {"character_model": 3}}, None])
def test_answers_of_another_form_fail_alone(hub: LocalVroidHub, tmp_path: Path, answer: Any) -> None:
    (tmp_path / "ids.txt").write_text("\n".join(KEYS[:2]))
    hub.site.answers[f"GET /api/character_models/{KEYS[0]}"] = make_json_reply(answer)
    run(hub, tmp_path, code=3)
    assert manifest(tmp_path)[KEYS[0]][0] == "failed"
    assert manifest(tmp_path)[KEYS[1]] == ("ok", "")


@pytest.mark.parametrize(
    "text", [b"[1]", b"\xff", b'{"record": 3, "file": null}', b'{"record": {}, "file": {"bytes": 1}}']
)
def test_a_damaged_file_beside_a_model_is_made_again(hub: LocalVroidHub, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "ids.txt").write_text(KEYS[0])
    run(hub, tmp_path)
    sidecar = file_of(tmp_path, KEYS[0]).with_suffix(".json")
    whole = sidecar.read_bytes()
    sidecar.write_bytes(text)
    run(hub, tmp_path)
    assert sidecar.read_bytes() == whole


def test_a_rerun_does_only_what_is_missing(hub: LocalVroidHub, tmp_path: Path) -> None:
    hub.site.answers[f"GET /api/character_models/{KEYS[1]}"] = Reply(403)
    run(hub, tmp_path, code=3)
    hub.site.requests.clear()
    hub.storage.requests.clear()
    run(hub, tmp_path, code=3)
    assert hub.site.paths() + hub.storage.paths() == []

    file_of(tmp_path, KEYS[0]).unlink()
    damaged = bytearray(make_model_file(KEYS[2]))
    damaged[-1] ^= 1
    file_of(tmp_path, KEYS[2]).write_bytes(damaged)
    hub.site.answers[f"GET /api/character_models/{KEYS[1]}"] = make_json_reply({"data": make_record(KEYS[1])})
    run(hub, tmp_path, "--retry-failed", "--verify")
    assert sorted(hub.storage.paths()) == [f"/bucket/{key}.vrm" for key in KEYS]
    assert all(file_of(tmp_path, key).read_bytes() == make_model_file(key) for key in KEYS)
    assert f"/api/character_models/{KEYS[0]}" not in hub.site.paths(), "its record is known"


def test_bad_bodies_are_fetched_again_and_never_kept(hub: LocalVroidHub, tmp_path: Path) -> None:
    """The real waits between tries are part of this test: once 2 s."""
    whole = make_model_file(KEYS[0])
    hub.storage.answers[f"GET /bucket/{KEYS[0]}.vrm"] = [Reply(body=whole[:500]), Reply(body=whole)]
    page = Reply(body=b"<html>sign in</html>", headers={"Content-Type": "text/html"})
    hub.storage.answers[f"GET /bucket/{KEYS[1]}.vrm"] = page
    (tmp_path / "ids.txt").write_text("\n".join(KEYS[:2]))
    run(hub, tmp_path, code=3)
    assert manifest(tmp_path)[KEYS[0]] == ("ok", "")
    assert "found a web page: not logged in?" in manifest(tmp_path)[KEYS[1]][1]
    assert [path.name for path in file_of(tmp_path, KEYS[1]).parent.iterdir()] == [f"{KEYS[1]}.json"]


def test_a_list_with_hashes_takes_those_files_only(hub: LocalVroidHub, tmp_path: Path) -> None:
    """Somebody else's metadata.parquet makes the same dataset, or says where it cannot."""
    run(hub, tmp_path)
    (tmp_path / "out" / "metadata.parquet").rename(tmp_path / "list.parquet")
    (tmp_path / "out").rename(tmp_path / "theirs")
    hub.storage.answers[f"GET /bucket/{KEYS[1]}.vrm"] = Reply(body=make_model_file("changed"))
    run(hub, tmp_path, code=3, lists="list.parquet")
    states = manifest(tmp_path)
    assert [states[key][0] for key in KEYS] == ["ok", "failed", "ok"]
    assert states[KEYS[1]][1].startswith(
        f"expected sha256 {hashlib.sha256(make_model_file(KEYS[1])).hexdigest()}, found "
    )
    assert not file_of(tmp_path, KEYS[1]).exists()


def test_licence_filters_skip_models_with_the_reason(hub: LocalVroidHub, tmp_path: Path) -> None:
    hub.records[KEYS[1]] = make_record(KEYS[1], modification="allow", personal_commercial_use="profit")
    hub.records[KEYS[2]]["age_limit"]["is_r15"] = True
    run(hub, tmp_path, "--licence", "personal_commercial_use=profit,nonprofit", "--without-age-limit")
    assert manifest(tmp_path)[KEYS[2]] == ("skipped", "age limit: is_r15")
    hub.site.requests.clear()
    run(hub, tmp_path, "--licence", "modification=allow")
    reason = "licence: modification is disallow, wanted allow; the file of an earlier run is still here"
    assert manifest(tmp_path)[KEYS[0]] == ("skipped", reason)
    assert manifest(tmp_path)[KEYS[1]] == ("ok", "")
    assert hub.site.paths() == [], "the records are known: another filter asks for nothing"
    assert "choose from modification, redistribution" in run(hub, tmp_path, "--licence", "remix=allow", code=2)
    assert "modification is one of default, disallow, allow" in run(
        hub, tmp_path, "--licence", "modification=yes", code=2
    )


def test_what_authors_changed_since(hub: LocalVroidHub, tmp_path: Path) -> None:
    """With --refresh: a new version is fetched, a model taken back is no longer counted."""
    run(hub, tmp_path)
    hub.records[KEYS[0]]["latest_character_model_version"]["id"] = "90002"
    hub.storage.answers[f"GET /bucket/{KEYS[0]}.vrm"] = Reply(body=make_model_file("version 2"))
    hub.records[KEYS[1]]["is_downloadable"] = False
    run(hub, tmp_path)
    assert {state for state, _ in manifest(tmp_path).values()} == {"ok"}, "nothing is asked without --refresh"
    run(hub, tmp_path, "--refresh")
    assert file_of(tmp_path, KEYS[0]).read_bytes() == make_model_file("version 2")
    state, reason = manifest(tmp_path)[KEYS[1]]
    assert state == "skipped"
    assert reason.endswith("(is_downloadable); the file of an earlier run is still here")
    assert hub.storage.paths().count(f"/bucket/{KEYS[2]}.vrm") == 1


def test_an_old_token_is_renewed_and_kept(hub: LocalVroidHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VROID_CLIENT_ID", "the-app")
    monkeypatch.setenv("VROID_CLIENT_SECRET", "the-secret")
    hub.tokens = set()  # the site takes the first token no more
    run(hub, tmp_path)
    stored = json.loads(get_token_path().read_text())
    assert (stored["access_token"], stored["refresh_token"]) == ("token-two", "refresh-one")
    assert get_token_path().stat().st_mode & 0o777 == 0o600


def test_without_a_valid_login(hub: LocalVroidHub, tmp_path: Path) -> None:
    hub.tokens = set()
    words = run(hub, tmp_path, code=1)
    assert "answered 401: the login is missing or no longer valid; log in again" in words
    assert manifest(tmp_path) == {}, "no model is to blame"
    get_token_path().unlink()
    assert "run `panic3d data login`, or put your browser's cookie _vroid_session" in run(hub, tmp_path, code=1)


@pytest.mark.parametrize("how", ["value", "header", "browser", "environment"])
def test_the_session_of_a_browser_logs_in(
    hub: LocalVroidHub, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "value": "cookie-one\n",
        "header": "Cookie: a=b; _vroid_session=cookie-one; c=d",
        "browser": "# Netscape HTTP Cookie File\n.hub.vroid.com\tTRUE\t/\tTRUE\t0\t_vroid_session\tcookie-one\n",
    }
    get_token_path().unlink()
    if how == "environment":
        monkeypatch.setenv("VROID_SESSION", "cookie-one")
        run(hub, tmp_path, "--limit", "1")
    else:
        (tmp_path / "cookie").write_text(texts[how])
        run(hub, tmp_path, "--limit", "1", "--cookie-file", str(tmp_path / "cookie"))
    assert file_of(tmp_path, KEYS[0]).read_bytes() == make_model_file(KEYS[0])
    assert f"/api/character_models/{KEYS[0]}/versions/9{KEYS[0]}/download" in hub.site.paths()
    assert all("cookie" not in request.headers for request in hub.storage.requests)


def test_stops_where_robots_are_not_wanted(hub: LocalVroidHub, tmp_path: Path) -> None:
    hub.site.answers["GET /robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /api/")
    assert "robots.txt forbids programs to fetch /api/character_models" in run(hub, tmp_path, code=1)
    assert hub.site.paths() == []


def test_stops_after_many_failures_in_a_row(hub: LocalVroidHub, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("\n".join(f"20000{i:02d}" for i in range(30)))
    for i in range(30):
        hub.site.answers[f"GET /api/character_models/20000{i:02d}"] = Reply(403, b"<html>no</html>")
    assert "8 failures in a row" in run(hub, tmp_path, code=1)
    assert len(hub.site.paths()) == 8


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_of_a_file(hub: LocalVroidHub, tmp_path: Path, how: signal.Signals) -> None:
    slow = f"GET /bucket/{KEYS[1]}.vrm"
    hub.storage.answers[slow] = Reply(body=make_model_file(KEYS[1]), delay_s=3.0)
    process = subprocess.Popen(
        [sys.executable, "-m", "panic3d", *arguments(hub, tmp_path)], stderr=subprocess.PIPE, text=True
    )
    for _ in range(600):
        if f"/bucket/{KEYS[1]}.vrm" in hub.storage.paths():
            break
        time.sleep(0.05)
    process.send_signal(how)
    words = process.communicate(timeout=30)[1]
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "stopped by Ctrl-C" in words
        assert (tmp_path / "out" / "metadata.parquet").exists()
    assert not file_of(tmp_path, KEYS[1]).exists()

    hub.storage.answers[slow] = Reply(body=make_model_file(KEYS[1]))
    hub.storage.requests.clear()
    run(hub, tmp_path)
    assert hub.storage.paths() == [f"/bucket/{key}.vrm" for key in KEYS[1:]], "the first was there"
    assert {state for state, _ in manifest(tmp_path).values()} == {"ok"}
    left = [path.name for path in (tmp_path / "out").rglob("*") if path.name.startswith(".")]
    assert left == []


def test_a_full_disk_is_one_sentence_and_nothing_is_lost(hub: LocalVroidHub, tmp_path: Path) -> None:
    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    command = [sys.executable, "-m", "panic3d", *arguments(hub, tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, preexec_fn=small_files)
    assert done.returncode == 1
    assert f"cannot write to {tmp_path / 'out'} (File too large)" in done.stderr
    assert "Traceback" not in done.stderr
    run(hub, tmp_path)
    assert all(file_of(tmp_path, key).read_bytes() == make_model_file(key) for key in KEYS)


def test_logging_in_stores_a_token_that_fetches(hub: LocalVroidHub, tmp_path: Path) -> None:
    """As documented: a code for the challenge that was sent, then tokens for the code and its verifier."""
    get_token_path().unlink()
    (tmp_path / "app.json").write_text('{"ClientId": "the-app", "ClientSecret": "the-secret"}')
    command = ["data", "login", "--site", hub.address, "--application", str(tmp_path / "app.json")]
    process = subprocess.Popen(
        [sys.executable, "-m", "panic3d", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdin and process.stdout
    process.stdout.readline()
    query = parse_qs(urlsplit(process.stdout.readline().strip()).query)
    assert query["redirect_uri"] == ["urn:ietf:wg:oauth:2.0:oob"]
    assert query["code_challenge_method"] == ["S256"]
    hub.verifier_challenge = query["code_challenge"][0]
    out, err = process.communicate("the-code\n", timeout=30)
    assert process.returncode == 0, err
    assert not any(secret in out + err for secret in SECRETS)
    assert get_token_path().stat().st_mode & 0o777 == 0o600
    run(hub, tmp_path)
    assert {state for state, _ in manifest(tmp_path).values()} == {"ok"}
