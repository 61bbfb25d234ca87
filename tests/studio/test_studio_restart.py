"""The studio ends and begins: signals, kill -9 of the server and of the worker, cancelled heads."""

import json
import signal
import subprocess
import time
from pathlib import Path

import httpx2
import psutil
import pytest

from helpers.panic3d_command import build_command
from helpers.studio.running import RunningStudio, run_studio
from helpers.studio.uploads import make_faceless_picture
from panic3d.studio.heads.records import HeadRecord, StoredHead
from panic3d.studio.heads.store import ResultsFolder

STOP_LIMIT_S = 5.0
PICTURE = make_faceless_picture()


def start_head(studio: RunningStudio) -> str:
    """Upload a picture, and return its id when the worker, which still loads its networks, has it."""
    head_id = studio.upload(PICTURE)
    studio.wait_for(head_id, "running")
    return head_id


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_everything(tmp_path: Path, number: signal.Signals, code: int) -> None:
    out = tmp_path / "out"
    with run_studio(out) as studio:
        head_id = start_head(studio)
        worker = studio.wait_for_worker()
        with studio.client.stream("GET", "/api/events") as events:
            assert next(events.iter_lines()).startswith("event: head")
            found, seconds, left = studio.stop(number)
        assert found == code and seconds < STOP_LIMIT_S and left == []
        assert not worker.is_running()
        assert "Traceback" not in studio.read_log()
        assert studio.read_log().count("\n") == 1 and "the same command goes on" in studio.read_log()
    assert not (out / ".lock").exists()
    assert json.loads((out / head_id / "record.json").read_text())["record"]["status"] == "running"


@pytest.mark.slow
def test_the_queue_survives_kill_9(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with run_studio(out) as studio:
        first = start_head(studio)
        waiting = [studio.upload(PICTURE, f"{i}.png") for i in range(3)]
        cancelled = studio.upload(PICTURE)
        studio.client.post(f"/api/heads/{cancelled}/cancel")
        code, _, left = studio.stop(signal.SIGKILL)
        assert code == -signal.SIGKILL and left == [], "the worker dies with its parent"
    (out / "0123456789abcdef").mkdir()
    (out / "0123456789abcdef" / "upload").write_bytes(b"half an upl")
    (out / "notes").mkdir()
    with run_studio(out) as studio:
        records = [studio.get(head_id) for head_id in (first, *waiting)]
        order = [(-1 if r["position"] is None else r["position"]) for r in records if r["status"] != "failed"]
        assert order == sorted(order)
        for head_id in (first, *waiting):
            assert studio.wait_for(head_id)["error"].startswith("no face was found")
        assert studio.get(cancelled)["status"] == "cancelled"
        assert not (out / "0123456789abcdef").exists(), "an upload that was not wholly received"
        assert (out / "notes").exists(), "what is not the studio's stays"


@pytest.mark.slow
def test_a_head_whose_worker_dies_is_tried_once_more(tmp_path: Path) -> None:
    with run_studio(tmp_path / "out") as studio:
        head_id = start_head(studio)
        studio.wait_for_worker().kill()
        assert studio.wait_for(head_id)["error"].startswith("no face was found"), "the second try"
        second = studio.upload(PICTURE)
        for _ in range(2):
            studio.wait_for(second, "running")
            dying = studio.wait_for_worker()
            dying.kill()
            dying.wait(10)
        record = studio.wait_for(second)
        assert record["status"] == "failed" and "ended twice" in record["error"]
        third = studio.upload(PICTURE)
        assert studio.wait_for(third)["error"].startswith("no face was found")
        assert "Traceback" not in studio.read_log()


def test_a_running_head_is_cancelled_and_removed(tmp_path: Path) -> None:
    with run_studio(tmp_path / "out") as studio:
        head_id = start_head(studio)
        second = studio.upload(PICTURE)
        assert studio.get(second)["position"] == 1
        assert studio.client.post(f"/api/heads/{head_id}/cancel").status_code == 202
        assert studio.wait_for(head_id)["status"] == "cancelled"
        studio.wait_for(second, "running")
        assert studio.client.delete(f"/api/heads/{second}").status_code == 204
        assert studio.client.get(f"/api/heads/{second}").status_code == 404
        assert not (tmp_path / "out" / second).exists()
        assert studio.client.patch(f"/api/heads/{head_id}", json={}).status_code == 202, "tried again"
        assert studio.wait_for(head_id)["error"].startswith("no face was found")
        assert "Traceback" not in studio.read_log()


@pytest.mark.slow
def test_events_tell_of_every_change(tmp_path: Path) -> None:
    with run_studio(tmp_path / "out") as studio:
        before = studio.upload(PICTURE)
        seen: list[tuple[str, dict]] = []
        with studio.client.stream("GET", "/api/events") as events:
            name = ""
            for line in events.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    seen.append((name, json.loads(line.removeprefix("data: "))))
                    if seen[-1][1].get("status") == "failed":
                        studio.client.delete(f"/api/heads/{before}")
                    if name == "removed":
                        break
        assert {value["id"] for _, value in seen} == {before}
        statuses = [value["status"] for name, value in seen if name == "head"]
        stages = [value["stage"] for name, value in seen if name == "head"]
        assert statuses[-1] == "failed" and "running" in statuses
        assert [stage for stage in dict.fromkeys(stages) if stage] == ["reading", "faces", "alignment"]


def test_one_server_at_a_time_has_a_folder_and_a_port(tmp_path: Path) -> None:
    with run_studio(tmp_path / "out") as studio:
        port = str(httpx2.URL(studio.url).port)
        for words in (["--out", tmp_path / "out", "--port", "0"], ["--out", tmp_path / "other", "--port", port]):
            command = build_command("studio", "--no-browser", *words)
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert done.returncode == 1 and done.stdout == ""
            assert done.stderr.startswith("panic3d: ") and done.stderr.count("\n") == 1
            assert "in use" in done.stderr


def test_records_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    results = ResultsFolder(tmp_path)
    ids = [results.make_head_folder() for _ in range(4)]
    good = StoredHead(record=HeadRecord(id=ids[0], name="a.png", created=time.time()))
    (tmp_path / ids[0] / "record.json").write_text(good.model_dump_json())
    (tmp_path / ids[1] / "record.json").write_text("{")
    (tmp_path / ids[2] / "record.json").write_text(good.model_dump_json())
    assert list(results.load()) == [ids[0]]
    assert not (tmp_path / ids[3]).exists() and (tmp_path / ids[2]).exists()


def test_server_and_worker_are_named_in_no_orphan(tmp_path: Path) -> None:
    with run_studio(tmp_path / "out") as studio:
        worker = studio.wait_for_worker()  # it is killed while it imports
        studio.stop(signal.SIGKILL)
        psutil.wait_procs([worker], timeout=30)
        assert not worker.is_running()
