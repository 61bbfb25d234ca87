"""Kills, full disks, Ctrl-C, limits, cut shards: after the rerun nothing is missing and nothing is double."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from helpers.panic3d_command import (
    COUNT,
    QUICK,
    build_command,
    have_same_shards,
    list_shard_keys,
    run_panic3d,
    write_avatars,
)
from helpers.requirements import needs_blender

pytestmark = needs_blender

PER_SHARD = ("--per-shard", 3)


@pytest.fixture(scope="module")
def avatars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_avatars(tmp_path_factory.mktemp("faults") / "avatars")


@pytest.fixture(scope="module")
def undisturbed(avatars: Path) -> Path:
    """What a run that nobody disturbs leaves."""
    out = avatars.parent / "undisturbed"
    assert run_panic3d("render", avatars, "--out", out, *PER_SHARD, *QUICK).returncode == 0
    assert len(list_shard_keys(out)) == COUNT
    return out


def start(avatars: Path, out: Path, *more: object) -> subprocess.Popen:
    words = build_command("render", avatars, "--out", out, *PER_SHARD, *QUICK, *more)
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_until(condition: Callable[[], object], process: subprocess.Popen) -> None:
    """Wait for a condition while the process runs. Fails where the process ends before, or it takes over a minute."""
    end_s = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, f"the process ended ({process.returncode}) before it could be disturbed"
        assert time.monotonic() < end_s, "the process did not come to the state that this test disturbs"
        time.sleep(0.01)
    assert process.poll() is None, "the process ended before it could be disturbed"


def first_sample(out: Path) -> bool:
    return any((out / ".partial").glob("*/*/*.png"))


def statuses(out: Path) -> list[str]:
    return sorted(json.loads(line)["status"] for line in (out / "manifest.jsonl").read_text().splitlines())


def finish(avatars: Path, out: Path, undisturbed: Path) -> None:
    """The rerun, and the whole claim."""
    result = run_panic3d("render", avatars, "--out", out, *PER_SHARD, *QUICK)
    assert result.returncode == 0, result.stderr
    assert have_same_shards(out, undisturbed)
    assert statuses(out) == ["ok"] * COUNT


def test_kill_9_of_the_render(avatars: Path, tmp_path: Path, undisturbed: Path) -> None:
    out = tmp_path / "D"
    process = start(avatars, out)
    wait_until(lambda: first_sample(out), process)
    process.kill()
    process.communicate()
    list_shard_keys(out)  # whatever stands under a final name is whole
    finish(avatars, out, undisturbed)


@pytest.mark.slow
def test_kill_9_of_the_render_again_and_again(avatars: Path, tmp_path: Path, undisturbed: Path) -> None:
    out, draw = tmp_path / "D", random.Random(0)
    for _ in range(12):
        process = start(avatars, out)
        time.sleep(draw.uniform(0.3, 3.0))
        process.kill()
        process.communicate()
        keys = list_shard_keys(out)
        assert len(keys) == len(set(keys))
    finish(avatars, out, undisturbed)


def test_kill_9_of_a_worker_costs_one_try(avatars: Path, tmp_path: Path, undisturbed: Path) -> None:
    out = tmp_path / "D"
    process = start(avatars, out, "--workers", 1)
    parent = psutil.Process(process.pid)
    wait_until(lambda: parent.children(), process)
    parent.children()[0].kill()
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert have_same_shards(out, undisturbed)
    attempts = [json.loads(line)["attempts"] for line in (out / "manifest.jsonl").read_text().splitlines()]
    assert sorted(attempts) == [1] * (COUNT - 1) + [2]


def test_workers_go_when_the_render_is_killed(avatars: Path, tmp_path: Path) -> None:
    process = start(avatars, tmp_path / "D")
    parent = psutil.Process(process.pid)
    wait_until(lambda: parent.children(), process)
    workers = parent.children()
    process.kill()
    process.communicate()
    assert workers and psutil.wait_procs(workers, timeout=10)[1] == []


@pytest.mark.parametrize(("blocks", "where"), [(1, "a worker's picture"), (12, "the parent's shard")])
def test_a_full_disk(avatars: Path, tmp_path: Path, undisturbed: Path, blocks: int, where: str) -> None:
    out = tmp_path / "D"
    words = build_command("render", avatars, "--out", out, *PER_SHARD, *QUICK)
    limited = ["bash", "-c", f'ulimit -f {blocks}; exec "$@"', "bash", *words]
    result = subprocess.run(limited, capture_output=True, text=True, timeout=300)
    assert result.returncode == 1 and "Traceback" not in result.stderr, (where, result.stderr)
    assert "free some space and run the same command again" in result.stderr
    assert not list_shard_keys(out) and not list(out.glob(".shard*.tmp"))
    finish(avatars, out, undisturbed)


@pytest.mark.slow
def test_a_full_file_system(avatars: Path, tmp_path: Path, undisturbed: Path) -> None:
    out = tmp_path / "D"
    out.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", out], capture_output=True, text=True)
    if mount.returncode:
        pytest.skip(f"may not mount a tmpfs: {mount.stderr.strip()}")
    try:
        result = run_panic3d("render", avatars, "--out", out, *PER_SHARD, *QUICK)
        assert result.returncode == 1 and "Traceback" not in result.stderr, result.stderr
        assert "No space left" in result.stderr and "free some space" in result.stderr
        subprocess.run(["mount", "-o", "remount,size=16m", out], check=True)
        finish(avatars, out, undisturbed)
    finally:
        subprocess.run(["umount", out], check=True)


@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_stopped_in_the_middle(
    avatars: Path, tmp_path: Path, undisturbed: Path, number: signal.Signals, name: str
) -> None:
    out = tmp_path / "D"
    process = start(avatars, out)
    wait_until(lambda: first_sample(out), process)
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert f"panic3d: stopped by {name}; the same command goes on from here" in errors and "Traceback" not in errors
    finish(avatars, out, undisturbed)


@pytest.mark.parametrize("name", ["render", "doctor"])
@pytest.mark.parametrize("after_s", [0.3, 0.8])
def test_ctrl_c_in_the_first_seconds(avatars: Path, tmp_path: Path, name: str, after_s: float) -> None:
    words = build_command(name, *((avatars, "--out", "D") if name == "render" else ()))
    process = subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    wait_until(lambda: psutil.Process(process.pid).cpu_times().user > after_s / 3, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    # Where it hit Python code that a library's C code was running, Python ends itself by the signal: 130 to a shell.
    assert process.returncode in (130, -signal.SIGINT)
    assert errors.splitlines()[-1].startswith("panic3d: stopped by Ctrl-C")
    assert "Traceback" not in errors and "ignored" not in errors


def test_limits_end_an_avatar_with_a_reason(avatars: Path, tmp_path: Path) -> None:
    few = sorted(avatars.iterdir())[:2]
    result = run_panic3d("render", *few, "--out", tmp_path / "M", "--max-memory-mb", 64, *QUICK)
    assert result.returncode == 1 and "took more than 64 MB of memory and was stopped" in result.stderr
    records = [json.loads(line) for line in (tmp_path / "M" / "manifest.jsonl").read_text().splitlines()]
    assert all(record["peak_mb"] > 64 and record["attempts"] == 1 for record in records)
    start_s = time.monotonic()
    result = run_panic3d("render", *few, "--out", tmp_path / "T", "--timeout", 0.2, *QUICK)
    assert result.returncode == 1 and "took longer than 0.2 s and was stopped (--timeout)" in result.stderr
    assert time.monotonic() - start_s < 60
    result = run_panic3d("render", *few, "--out", tmp_path / "T", "--retry-failed", *QUICK)
    assert result.returncode == 0, "what a limit stopped can be tried again with another one"
    peaks = [json.loads(line)["peak_mb"] for line in (tmp_path / "T" / "manifest.jsonl").read_text().splitlines()]
    assert all(64 < peak < 4096 for peak in peaks)


def test_a_cut_shard_is_named_and_mended(avatars: Path, tmp_path: Path, undisturbed: Path) -> None:
    out = tmp_path / "D"
    subprocess.run(["cp", "-r", undisturbed, out], check=True)
    shard = out / "shard-000001.tar"
    shard.write_bytes(shard.read_bytes()[: int(shard.stat().st_size * 0.5)])
    (out / "shard-000002.tar").unlink()
    said = run_panic3d("dataset", "inspect", out)
    assert said.returncode == 3
    assert "shard-000001.tar breaks off after square_no_" in said.stderr and "1 complete samples" in said.stderr
    assert "shard-000002.tar is missing" in said.stderr
    again = run_panic3d("render", avatars, "--out", out, *PER_SHARD, *QUICK)
    assert "render: 3/3" in again.stderr, "two samples of the cut shard and the one of the lost shard"
    assert again.returncode == 0 and have_same_shards(out, undisturbed)
    assert run_panic3d("dataset", "inspect", out).returncode == 0


def test_links_to_nowhere_stop_nothing(avatars: Path, tmp_path: Path) -> None:
    (tmp_path / "gone.glb").symlink_to(tmp_path / "nowhere.glb")
    (tmp_path / "loop.glb").symlink_to(tmp_path / "loop.glb")
    (tmp_path / "good.glb").write_bytes((avatars / "Square No.0.glb").read_bytes())
    result = run_panic3d("render", tmp_path, "--out", tmp_path / "D", *QUICK)
    assert result.returncode == 0 and "Traceback" not in result.stderr
    assert len(list_shard_keys(tmp_path / "D")) == 1
