"""Files that are no portraits: each gets one sentence in its record, and the server goes on."""

import random
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import numpy as np
import psutil
import pytest

from helpers.disks.small_disk import mount_small_disk
from helpers.fuzzing.files import damage_picture, make_pictures
from helpers.png_bombs import make_png_bomb
from helpers.studio.running import RunningStudio, run_studio
from helpers.studio.uploads import SVG, encode_png, make_face_picture, make_faceless_picture
from panic3d.studio.web.guard import MAX_PICTURE_BYTES

MAX_MEMORY_GB = 3.0
BROKEN = {
    "no picture": b"nothing",
    "an empty file": b"",
    "half a picture": make_faceless_picture()[:300],
    "an SVG": SVG,
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a bomb": make_png_bomb(60_000, 8, 6),
    "a smaller bomb": make_png_bomb(8000, 16, 6),
    "a picture of 9,000 pixels": make_png_bomb(9000, 8, 0),
    "a tiny picture": encode_png(np.zeros((3, 3, 3), np.uint8)),
    "an empty picture": encode_png(np.zeros((200, 200, 4), np.uint8)),
    "no face": make_faceless_picture(),
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    with run_studio(tmp_path_factory.mktemp("uploads") / "out") as running:
        yield running


def check_failed(studio: RunningStudio, head_id: str) -> str:
    """Check that a head has failed with one sentence, and return it."""
    record = studio.wait_for(head_id)
    assert record["status"] == "failed", record
    sentence: str = record["error"]
    assert 15 < len(sentence) <= 300 and sentence.isprintable()
    assert "Traceback" not in sentence and "does not know" not in sentence, sentence
    assert str(studio.log.parent) not in sentence, "no path of the server's machine"
    return sentence


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_no_portrait_is_one_sentence(studio: RunningStudio, kind: str) -> None:
    name = "drawing.png"
    sentence = check_failed(studio, studio.upload(BROKEN[kind], name))
    assert name in sentence or sentence.startswith("no face was found")
    assert studio.client.get("/").status_code == 200
    assert "Traceback" not in studio.read_log()


def test_wrong_points_and_squares_are_one_sentence(studio: RunningStudio) -> None:
    far = [[90_000.0 + i, 90_000.0 + i * i] for i in range(28)]
    for settings in ({"landmarks_px": far}, {"crop": {"x": 5000, "y": 5000, "size": 100}}, {"face": 7}):
        check_failed(studio, studio.upload(make_faceless_picture(), **settings))
    sentence = check_failed(studio, studio.upload(make_face_picture(), face=7))
    assert sentence.startswith("there is no face 7: 1")


def test_a_matte_that_is_no_picture_is_one_sentence(studio: RunningStudio) -> None:
    crop = {"x": 0, "y": 0, "size": 160}
    head_id = studio.upload(make_faceless_picture(), crop=crop, matting="given", method="pifu")
    while studio.get(head_id)["frame"] is None:
        assert studio.get(head_id)["status"] in ("queued", "running")
    studio.client.post(f"/api/heads/{head_id}/cancel")
    studio.wait_for(head_id)
    wrong_size = encode_png(np.zeros((64, 64), np.uint8))
    for matte in (b"nothing", wrong_size, make_png_bomb(30_000, 8, 0)):
        answer = studio.client.put(f"/api/heads/{head_id}/matte", files={"matte": ("m.png", matte)})
        assert answer.status_code == 202
        assert "512" in check_failed(studio, head_id)


@pytest.mark.slow
def test_twenty_uploads_at_once_are_answered(studio: RunningStudio) -> None:
    picture = make_faceless_picture()
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda i: studio.upload(picture, f"{i}.png"), range(20)))
    assert len(set(found)) == 20
    positions = [studio.get(head_id)["position"] for head_id in found]
    known = [position for position in positions if position is not None]
    assert len(set(known)) == len(known) and max(known) <= 20
    for head_id in found:
        assert check_failed(studio, head_id).startswith("no face was found")


def test_a_body_that_is_too_large_is_refused_by_the_server(studio: RunningStudio) -> None:
    before = len(studio.client.get("/api/heads").json()["heads"])
    too_large = bytes(MAX_PICTURE_BYTES + 1)
    answer = studio.client.post("/api/heads", files={"picture": ("a.png", too_large)})
    assert answer.status_code == 413
    with socket.create_connection((studio.client.base_url.host, studio.client.base_url.port or 0), timeout=20) as raw:
        host = f"{studio.client.base_url.host}:{studio.client.base_url.port}"
        raw.sendall(f"POST /api/heads HTTP/1.1\r\nHost: {host}\r\nContent-Length: {1 << 40}\r\n\r\nx".encode())
        assert b" 413 " in raw.recv(100), "without waiting for the rest"
    assert len(studio.client.get("/api/heads").json()["heads"]) == before


def fuzz(studio: RunningStudio, folder: Path, first: int, count: int) -> None:
    """Upload damaged pictures, and check that the server and its folder are as they should be."""
    good = folder / "good"
    good.mkdir()
    make_pictures(good)
    outside = {path for path in folder.rglob("*") if path.name != "copy" and "copy" not in path.parts}
    found = []
    for seed in range(first, first + count):
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(good, copy)
        rng = random.Random(seed)
        name = damage_picture(rng, copy)
        shown = rng.choice((name, f"../../{name}", f"{name}\x00", "", " ", "con", f"{name}.svg", "<b>" * 100))
        try:
            answer = studio.client.post("/api/heads", files={"picture": (shown, (copy / name).read_bytes())})
        except httpx2.HTTPError as error:
            raise AssertionError(f"case {seed}") from error
        assert answer.status_code in (202, 422), f"case {seed}: {answer.text}"
        if answer.status_code == 202:
            found.append(answer.json()["id"])
    for head_id in found:
        check_failed(studio, head_id)
    assert {path for path in folder.rglob("*") if path.name != "copy" and "copy" not in path.parts} == outside
    log = studio.read_log()
    assert "Traceback" not in log and "Error" not in log, log
    family = [studio.process.pid, studio.wait_for_worker().pid]
    memory_gb = sum(psutil.Process(pid).memory_info().rss for pid in family) / 2**30
    assert memory_gb < MAX_MEMORY_GB


@pytest.mark.slow
def test_twenty_damaged_files_are_answered(studio: RunningStudio, tmp_path: Path) -> None:
    fuzz(studio, tmp_path, 0, 20)


@pytest.mark.slow
def test_two_hundred_damaged_files_are_answered(studio: RunningStudio, tmp_path: Path) -> None:
    fuzz(studio, tmp_path, 1000, 200)


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with mount_small_disk(tmp_path / "disk", 8) as disk, run_studio(disk.folder / "out") as studio:
        disk.fill(20_000)
        large = studio.client.post("/api/heads", files={"picture": ("a.png", make_face_picture())})
        assert large.status_code == 507 and "free some space" in large.json()["error"]
        head_id = studio.upload(make_faceless_picture())
        disk.fill(0)
        assert "free some space" in check_failed(studio, head_id)
        disk.empty()
        assert check_failed(studio, studio.upload(make_faceless_picture())).startswith("no face was found")
        assert studio.client.patch(f"/api/heads/{head_id}", json={}).status_code == 202
        assert check_failed(studio, head_id).startswith("no face was found"), "it is tried again"
        assert "Traceback" not in studio.read_log()
