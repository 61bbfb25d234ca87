"""Who may ask the studio for what: other hosts, pages and paths are refused, and nothing of a user's runs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from helpers.studio.uploads import SVG, make_faceless_picture
from helpers.studio.waiting import HOST, PORT, open_waiting_studio
from panic3d.studio.heads.records import FileRecord
from panic3d.studio.heads.store import ResultsFolder
from panic3d.studio.queue.studio import Studio
from panic3d.studio.web import guard
from panic3d.studio.web.guard import Address, is_loopback

OUTSIDE = "0123456789abcdef.secret"


@pytest.fixture
def opened(tmp_path: Path) -> tuple[TestClient, Studio]:
    (tmp_path / OUTSIDE).write_text("secret")
    return open_waiting_studio(tmp_path / "out")


@pytest.fixture
def client(opened: tuple[TestClient, Studio]) -> TestClient:
    return opened[0]


def upload(client: TestClient, name: str = "a.png", **more: str) -> str:
    answer = client.post("/api/heads", files={"picture": (name, make_faceless_picture())}, data=more)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


@pytest.mark.parametrize("host", ["evil.example:7860", "127.0.0.1", "127.0.0.1:7861", "192.168.0.1:7860", "", "a:b:c"])
def test_another_host_is_refused(client: TestClient, host: str) -> None:
    for path in ("/", "/api/heads", "/static/page.js"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 403
        assert list(answer.json()) == ["error"]


@pytest.mark.parametrize("host", [f"localhost:{PORT}", f"[::1]:{PORT}", f"127.0.0.1:{PORT}", f"LocalHost:{PORT}"])
def test_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/api/heads", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", f"http://localhost:{PORT}", f"https://{HOST}:{PORT}", "null"]
)
def test_another_origin_is_refused(client: TestClient, origin: str, opened: tuple[TestClient, Studio]) -> None:
    answer = client.post(
        "/api/heads", files={"picture": ("a.png", make_faceless_picture())}, headers={"Origin": origin}
    )
    assert answer.status_code == 403
    assert opened[1].heads == {}
    assert client.get("/api/heads", headers={"Origin": origin}).status_code == 403


def test_the_own_origin_is_answered(client: TestClient) -> None:
    assert client.get("/api/heads", headers={"Origin": f"http://{HOST}:{PORT}"}).status_code == 200


def test_requests_that_other_pages_cause_are_refused(client: TestClient) -> None:
    for site in ("cross-site", "same-site"):
        assert client.get("/api/heads", headers={"Sec-Fetch-Site": site}).status_code == 403
        assert client.get("/", headers={"Sec-Fetch-Site": site}).status_code == 200, "a link to the page"


def test_every_answer_has_the_headers(client: TestClient) -> None:
    head_id = upload(client)
    for path in ("/", "/api/heads", f"/api/heads/{head_id}", "/api/nothing", "/static/nothing.js"):
        for headers in ({}, {"Host": "evil.example"}):
            answer = client.get(path, headers=headers)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        f"/api/heads/../{OUTSIDE}",
        f"/api/heads/%2e%2e%2f{OUTSIDE}",
        "/api/heads/ID/files/../record.json",
        "/api/heads/ID/files/record.json",
        "/api/heads/ID/files/upload",
        f"/api/heads/ID/files/..%2f..%2f{OUTSIDE}",
        f"/api/heads/ID/files/%2e%2e/%2e%2e/{OUTSIDE}",
        f"/api/heads/..%2f{OUTSIDE}/all.zip",
        "/api/heads/ID/files//etc/passwd",
        "/api/heads/ID/files/%00",
        f"/static/../../{OUTSIDE}",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static/..%2f..%2f__init__.py",
        "/static/vendor/..%2fpage.html",
        "/static//etc/passwd",
    ],
)
def test_no_path_leaves_the_served_files(client: TestClient, path: str) -> None:
    answer = client.get(path.replace("ID", upload(client)))
    assert answer.status_code in (404, 405)
    assert "secret" not in answer.text and "root:" not in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.png",
        "..\\..\\evil.png",
        "/etc/evil.png",
        "a\x00b.png",
        "\u202egnp.png",
        "<img src=x>.png",
        "é" * 300,
    ],
)
def test_a_name_of_a_user_is_shown_and_is_no_path(opened: tuple[TestClient, Studio], tmp_path: Path, name: str) -> None:
    client, studio = opened
    before = {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    record = client.get(f"/api/heads/{upload(client, name)}").json()
    assert "/" not in record["name"] and "\\.." not in record["name"] and record["name"].isprintable()
    assert len(record["name"]) <= 120
    assert {path for path in tmp_path.rglob("*") if "out" not in path.parts} == before
    folder = studio.results.get_folder(record["id"])
    assert {path.name for path in folder.iterdir()} == {"upload", "record.json"}


def test_a_download_has_a_harmless_name_and_type(opened: tuple[TestClient, Studio]) -> None:
    client, studio = opened
    head_id = upload(client, 'a"; filename=evil.html\r\nX-Evil: 1;<script>.svg')
    studio.heads[head_id].record.files = [FileRecord(name="head.vrm", url="", bytes=4, kind="vrm")]
    (studio.results.get_folder(head_id) / "head.vrm").write_bytes(b"glTF")
    answer = client.get(f"/api/heads/{head_id}/files/head.vrm?download=1")
    assert answer.headers["Content-Type"] == "model/gltf-binary"
    assert "X-Evil" not in answer.headers
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;") and disposition.count('"') in (0, 2)
    assert "<" not in disposition and disposition.rstrip('"').endswith(".vrm")


def test_an_svg_is_never_served(opened: tuple[TestClient, Studio]) -> None:
    client, studio = opened
    head_id = upload(client)
    answer = client.post("/api/heads", files={"picture": ("a.svg", SVG, "image/svg+xml")})
    head_id = answer.json()["id"]
    assert (studio.results.get_folder(head_id) / "upload").read_bytes() == SVG
    assert client.get(f"/api/heads/{head_id}/files/upload").status_code == 404
    assert client.get(f"/api/heads/{head_id}/files/a.svg").status_code == 404


def test_an_upload_is_limited_while_it_is_received(
    opened: tuple[TestClient, Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, studio = opened
    monkeypatch.setattr(guard, "MAX_UPLOAD_BYTES", 100_000)
    sent = 0

    def send_forever() -> Iterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
        for _ in range(1000):
            sent += 10_000
            yield bytes(10_000)

    monkeypatch.setattr(guard, "MAX_DISCARDED_BYTES", 300_000)
    answer = client.post(
        "/api/heads", content=send_forever(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 413 and "too large" in answer.json()["error"]
    answer = client.post("/api/heads", files={"picture": ("a.png", bytes(200_000))})
    assert answer.status_code == 413
    answer = client.patch("/api/heads/0123456789abcdef", content=b"[" * (2 << 20))
    assert answer.status_code == 413
    assert studio.heads == {} and [path.name for path in studio.results.root.iterdir()] == []


def test_a_part_that_is_too_large_is_refused(
    opened: tuple[TestClient, Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, studio = opened
    monkeypatch.setattr("panic3d.studio.web.routes.MAX_PICTURE_BYTES", 1000)
    answer = client.post("/api/heads", files={"picture": ("a.png", bytes(2000))})
    assert answer.status_code == 413 and studio.heads == {}
    assert list(studio.results.root.iterdir()) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"weights": "/etc/passwd"},
        {"line_removal": "line-removal=/etc/passwd"},
        {"method": "/tmp/evil.safetensors"},
        {"method": "mean"},
        {"unknown": 1},
        {"styles": {"hair.back": "../x"}},
        {"styles": {"__class__": "x"}},
        {"landmarks_px": [[0, 0]] * 27},
        {"landmarks_px": [[1, 1]] * 28},
        {"crop": {"x": 0, "y": 0, "size": 0}},
        {"face": 0},
        {"title": "x" * 1000},
        {"texture": "albedo", "line_removal": "none"},
    ],
)
def test_a_wrong_setting_is_one_sentence(opened: tuple[TestClient, Studio], settings: dict) -> None:
    client, studio = opened
    answer = client.post(
        "/api/heads",
        files={"picture": ("a.png", make_faceless_picture())},
        data={"settings": json.dumps(settings)},
    )
    assert answer.status_code == 422 and studio.heads == {}
    sentence = answer.json()["error"]
    assert list(answer.json()) == ["error"] and 10 < len(sentence) <= 300 and sentence.isprintable()
    head_id = upload(client)
    changed = client.patch(f"/api/heads/{head_id}", json=settings)
    assert changed.status_code == 422 and client.get(f"/api/heads/{head_id}").json()["revision"] == 1


def test_the_token_is_needed_off_this_machine(tmp_path: Path) -> None:
    address = Address.choose("0.0.0.0", PORT)
    assert address.token is not None and len(address.token) >= 32
    client, _ = open_waiting_studio(tmp_path, address, "192.168.0.7")
    assert client.get("/api/heads").status_code == 401
    assert client.get("/", follow_redirects=False).status_code == 401
    assert client.get("/?token=wrong", follow_redirects=False).status_code == 401
    assert client.get("/api/heads", headers={"Authorization": "Bearer wrong"}).status_code == 401
    bearer = {"Authorization": f"Bearer {address.token}"}
    assert client.get("/api/heads", headers=bearer).status_code == 200
    assert client.get("/api/heads", headers=bearer | {"Origin": "http://evil.example"}).status_code == 403
    welcome = client.get(f"/?token={address.token}", follow_redirects=False)
    assert welcome.status_code == 303 and welcome.headers["Location"] == "/"
    assert "HttpOnly" in welcome.headers["Set-Cookie"] and "SameSite=Strict" in welcome.headers["Set-Cookie"]
    assert client.get("/api/heads").status_code == 200, "the cookie holds"


def test_no_token_is_needed_on_this_machine() -> None:
    for host, is_local in (
        ("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.9.1", True), ("0.0.0.0", False),
        ("::", False), ("192.168.0.2", False), ("studio.example", False),
    ):  # fmt: skip
        assert is_loopback(host) == is_local, host
        assert (Address.choose(host, 1).token is None) == is_local


def test_only_ids_of_the_studio_name_folders(tmp_path: Path) -> None:
    results = ResultsFolder(tmp_path / "out")
    for given in ("..", "", "a/b", "0123456789ABCDEF", "0123456789abcdef\n", "../0123456789abcdef"):
        with pytest.raises(ValueError, match="no id"):
            results.get_folder(given)
