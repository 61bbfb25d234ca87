"""Heads from uploads: stages, files and records, and corrections, which keep what they do not concern."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from helpers.avatars.corruptions import split_glb
from helpers.studio.running import RunningStudio, run_studio
from helpers.studio.uploads import encode_png, make_ball_picture, make_face_picture
from panic3d.models.character.fitting.character_file import read_character
from panic3d.studio.heads.settings import STAGES

EVIL = "</script><script>alert(1)</script>"
WHOLE = {"x": 0, "y": 0, "size": 256}
PREVIEWS = {
    "picture.png", "faces.png", "crop.png", "matte.png", "canonical.png", "line_free.png", "views.png", "overview.png",
}  # fmt: skip


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    with run_studio(tmp_path_factory.mktemp("heads") / "out") as running:
        yield running
        assert "Traceback" not in running.read_log()


@pytest.fixture(scope="module")
def ball(studio: RunningStudio) -> str:
    """Return the id of a finished head without a face, which takes seconds."""
    head_id = studio.upload(make_ball_picture(), "ball.png", crop=WHOLE, method="pifu", matting="given")
    assert studio.wait_for(head_id)["status"] == "done", studio.get(head_id)
    return head_id


def fetch(studio: RunningStudio, record: dict[str, Any], name: str) -> bytes:
    file = next(file for file in record["files"] if file["name"] == name)
    answer = studio.client.get(file["url"])
    assert answer.status_code == 200 and len(answer.content) == file["bytes"]
    return answer.content


def open_preview(studio: RunningStudio, record: dict[str, Any], name: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(fetch(studio, record, name))))


def measure_matte(studio: RunningStudio, record: dict[str, Any]) -> int:
    """Return the number of opaque pixels of the matte."""
    return int((open_preview(studio, record, "matte.png") > 128).sum())


def list_times(studio: RunningStudio, head_id: str) -> dict[str, int]:
    folder = studio.log.parent / "out" / head_id
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def correct(studio: RunningStudio, head_id: str, **settings: Any) -> tuple[dict[str, Any], set[str]]:
    """Change settings; return the record when that is done, and the names of the files that were written again."""
    before = list_times(studio, head_id)
    answer = studio.client.patch(f"/api/heads/{head_id}", json=settings)
    assert answer.status_code == 202, answer.text
    record = studio.wait_for(head_id)
    assert record["status"] == "done", record
    return record, {name for name, time in list_times(studio, head_id).items() if before.get(name) != time}


def test_a_head_without_a_face_has_its_stages_and_files(studio: RunningStudio, ball: str) -> None:
    record = studio.get(ball)
    assert [stage["name"] for stage in record["stages"]] == list(STAGES)
    assert all(stage["seconds"] >= 0 for stage in record["stages"])
    assert {file["name"] for file in record["files"]} == {"head.glb"} | PREVIEWS
    assert record["method"] == "pifu" and record["character"] is None and record["error"] is None
    assert record["faces"] == [] and record["frame"] == WHOLE
    assert (record["picture"]["width"], record["picture"]["height"]) == (256, 256)
    mesh = trimesh.load(io.BytesIO(fetch(studio, record, "head.glb")), file_type="glb", force="mesh")
    assert len(mesh.faces) > 100
    assert open_preview(studio, record, "canonical.png").shape == (512, 512, 4)
    assert open_preview(studio, record, "views.png").shape == (256, 7 * 256, 3)
    for stage in record["stages"]:
        if stage["picture"]:
            assert Image.open(io.BytesIO(studio.client.get(stage["picture"]).content)).format == "PNG"


def test_all_files_come_as_one_archive(studio: RunningStudio, ball: str) -> None:
    record = studio.get(ball)
    answer = studio.client.get(f"/api/heads/{ball}/all.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert {Path(name).suffix for name in archive.namelist()} == {".glb", ".png"}
        assert len(archive.namelist()) == len(record["files"])
        assert archive.read("ball.glb") == fetch(studio, record, "head.glb")


@pytest.mark.slow
def test_corrections_keep_the_stages_before(studio: RunningStudio, ball: str) -> None:
    revision, area = studio.get(ball)["revision"], measure_matte(studio, studio.get(ball))
    record, written = correct(studio, ball, line_removal="none")
    assert written & PREVIEWS == {"views.png", "overview.png"}
    assert "line_free.png" not in {file["name"] for file in record["files"]}
    assert record["revision"] == revision + 1
    record, written = correct(studio, ball, crop={"x": -64, "y": -64, "size": 384})
    assert written >= {"crop.png", "matte.png", "head.glb"} and not written & {"picture.png", "faces.png"}
    now = measure_matte(studio, record)
    assert now == pytest.approx(area * (256 / 384) ** 2, rel=0.1), "the figure is smaller in a larger frame"
    record, written = correct(studio, ball, line_removal=None, crop=WHOLE)
    assert "line_free.png" in written and record["settings"]["line_removal"] is None
    record, written = correct(studio, ball, crop=WHOLE)
    assert written == set(), "nothing has changed"


@pytest.mark.slow
def test_a_painted_matte_is_taken_until_the_frame_changes(studio: RunningStudio, ball: str) -> None:
    matte = np.zeros((512, 512), np.uint8)
    matte[100:400, 150:350] = 255
    before = list_times(studio, ball)
    answer = studio.client.put(f"/api/heads/{ball}/matte", files={"matte": ("m.png", encode_png(matte))})
    assert answer.status_code == 202
    record = studio.wait_for(ball)
    assert record["painted_matte"] and record["status"] == "done"
    assert (open_preview(studio, record, "canonical.png")[..., 3] == matte).all()
    assert list_times(studio, ball)["crop.png"] == before["crop.png"]
    record, _ = correct(studio, ball, crop={"x": 0, "y": 0, "size": 300})
    assert not record["painted_matte"] and any("painted matte" in sentence for sentence in record["warnings"])
    record, _ = correct(studio, ball, crop=WHOLE)
    assert record["warnings"] == []
    studio.client.put(f"/api/heads/{ball}/matte", files={"matte": ("m.png", encode_png(matte))})
    studio.wait_for(ball)
    studio.client.delete(f"/api/heads/{ball}/matte")
    record = studio.wait_for(ball)
    assert not record["painted_matte"]
    assert not (open_preview(studio, record, "canonical.png")[..., 3] == matte).all()


@pytest.mark.slow
def test_given_points_take_the_place_of_the_face_that_was_found(studio: RunningStudio) -> None:
    head_id = studio.upload(make_face_picture(), method="pifu", align="always")
    while len(studio.get(head_id)["stages"]) < 3:
        assert studio.get(head_id)["status"] in ("queued", "running"), studio.get(head_id)
    found = studio.get(head_id)
    points = [[x + 40, y] for x, y in found["faces"][0]["landmarks_px"]]
    assert studio.client.patch(f"/api/heads/{head_id}", json={"landmarks_px": points}).status_code == 202
    while (record := studio.get(head_id))["frame"] == found["frame"]:
        assert record["status"] in ("queued", "running"), record
    assert record["frame"]["x"] == pytest.approx(found["frame"]["x"] + 40)
    assert record["frame"]["y"] == pytest.approx(found["frame"]["y"])
    assert [face["chosen"] for face in record["faces"]] == [True]
    assert record["faces"][0]["landmarks_px"] == points and record["revision"] == 2
    studio.client.delete(f"/api/heads/{head_id}")


@pytest.mark.slow
def test_a_face_becomes_an_avatar_whose_character_is_corrected(studio: RunningStudio, tmp_path: Path) -> None:
    head_id = studio.upload(make_face_picture(), f"{EVIL}.png", title=EVIL, author="somebody")
    record = studio.wait_for(head_id)
    assert record["status"] == "done", record
    assert record["method"] == "panic3d-character" and "/" not in record["name"]
    assert {file["name"] for file in record["files"]} >= PREVIEWS | {
        "head.glb", "head.vrm", "head.character.json", "texture.png",
    }  # fmt: skip
    meta = split_glb(fetch(studio, record, "head.vrm"))[0]["extensions"]["VRMC_vrm"]["meta"]
    assert meta["name"] == EVIL and meta["authors"] == ["somebody"]
    (tmp_path / "head.character.json").write_bytes(fetch(studio, record, "head.character.json"))
    fringe = read_character(tmp_path / "head.character.json").hair.fringe
    assert record["character"]["values"]["hair.fringe"] == fringe
    likeliest = record["character"]["likeliest"]
    assert {"hair.back", "hair.fringe", "face.eyes.style", "clothes.kind"} <= set(likeliest)
    for listed in likeliest.values():
        chances = [value["probability"] for value in listed]
        assert len(listed) <= 3 and chances == sorted(chances, reverse=True)
    other = next(value["value"] for value in likeliest["hair.fringe"] if value["value"] != fringe)
    record, written = correct(studio, head_id, styles={"hair.fringe": other})
    assert record["character"]["values"]["hair.fringe"] == other
    assert written & PREVIEWS == {"views.png", "overview.png"}
    record, written = correct(studio, head_id, vrm_version="0.x", title="somebody else")
    assert "views.png" not in written and {"head.vrm", "head.glb"} <= written
    old = split_glb(fetch(studio, record, "head.vrm"))[0]["extensions"]["VRM"]["meta"]
    assert old["title"] == "somebody else"


@pytest.mark.slow
def test_a_turntable_is_added(studio: RunningStudio, ball: str) -> None:
    assert studio.client.post(f"/api/heads/{ball}/turntable").status_code == 202
    record = studio.wait_for(ball)
    assert record["status"] == "done"
    turning = Image.open(io.BytesIO(fetch(studio, record, "turntable.webp")))
    assert getattr(turning, "n_frames", 1) == 72
    record, _ = correct(studio, ball, line_removal="inpainting")
    assert "turntable.webp" not in {file["name"] for file in record["files"]}, "it shows another head"


@pytest.mark.slow
def test_a_picture_from_behind_is_taken_and_taken_back(studio: RunningStudio, ball: str) -> None:
    before = json.loads(json.dumps(studio.get(ball)))
    answer = studio.client.put(f"/api/heads/{ball}/back", files={"back": ("b.png", b"no picture")})
    assert answer.status_code == 202
    record = studio.wait_for(ball)
    assert record["status"] == "failed" and record["error"].startswith("picture_from_behind is not a picture")
    assert {file["name"] for file in record["files"]} == {file["name"] for file in before["files"]}, "they stay"
    studio.client.delete(f"/api/heads/{ball}/back")
    record = studio.wait_for(ball)
    assert record["status"] == "done" and not record["back"]
