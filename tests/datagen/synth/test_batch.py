"""Many characters: kept, mended, labelled."""

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from panic3d.datagen.synth.batch import CharacterBatch, write_batch

COMMAND = [sys.executable, "-m", "panic3d", "synth", "--seed", "9"]


def _records(out: Path) -> dict[str, dict]:
    return {record["file"]: record for record in map(json.loads, (out / "labels.jsonl").read_text().splitlines())}


def test_worker_processes_give_the_same_files_as_one(tmp_path: Path) -> None:
    for workers in (1, 2):
        assert write_batch(CharacterBatch(tmp_path / str(workers), 3, 9), workers) == 3
    for path in (tmp_path / "1").iterdir():
        assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes(), path.name


def test_a_second_run_makes_only_what_is_missing_or_broken(tmp_path: Path) -> None:
    batch = CharacterBatch(tmp_path, 4, 9)
    write_batch(batch, 1)
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    batch.get_path(1).write_bytes(whole[batch.get_path(1).name][:1000])
    batch.get_path(2).unlink()
    labels = tmp_path / "labels.jsonl"
    labels.write_text(labels.read_text()[:-40])  # cut off in the last line: character 3
    assert write_batch(batch, 1) == 3
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == whole
    assert write_batch(batch, 1) == 0


def test_another_seed_in_the_same_folder_leaves_the_labels_of_the_first(tmp_path: Path) -> None:
    write_batch(CharacterBatch(tmp_path, 1, 9), 1)
    write_batch(CharacterBatch(tmp_path, 1, 10, "heldout", "0.x"), 1)
    assert {name: record["family"] for name, record in _records(tmp_path).items()} == {
        "synth-9-000000.vrm": "train",
        "synth-10-000000.vrm": "heldout",
    }


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_full_disk_is_one_sentence_and_nothing_is_lost(tmp_path: Path, workers: str) -> None:
    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    full = subprocess.run(
        [*COMMAND, "--count", "2", "--workers", workers, "--out", str(tmp_path)],
        preexec_fn=small_files_only,
        capture_output=True,
        text=True,
    )
    assert full.returncode == 1
    assert (
        full.stderr.strip().splitlines()[-1].startswith(f"panic3d: cannot write to {tmp_path} (File too large): free")
    )
    assert "Traceback" not in full.stderr
    assert write_batch(CharacterBatch(tmp_path, 2, 9), 1) == 2
    assert len(_records(tmp_path)) == 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_a_stopped_parent(tmp_path: Path, number: signal.Signals) -> None:
    words = [*COMMAND, "--count", "40", "--workers", "2", "--out", str(tmp_path)]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    end_s = time.monotonic() + 60
    while len(list(tmp_path.glob("*.vrm"))) < 2 and time.monotonic() < end_s:
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert psutil.wait_procs(children, timeout=5)[1] == [], "a worker outlives its parent"
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    if number != signal.SIGKILL:
        name = "SIGTERM" if number == signal.SIGTERM else "Ctrl-C"
        assert f"panic3d: stopped by {name}; the same command goes on from here" in errors
        assert "Traceback" not in errors and _records(tmp_path)
