"""The cache of arrays: computed once, again when its origin changes or a file is incomplete, by one process only."""

import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from panic3d.datasets.cache import ArrayWriter, CachedArrays, announce_cache, load_or_compute
from panic3d.runtime.errors import UserError


def load(cache: Path, made_from: dict, calls: list[int], values: np.ndarray) -> CachedArrays:
    def compute(writer: ArrayWriter) -> None:
        calls.append(1)
        writer.write("values", values)
        writer.keys += [f"key{i}" for i in range(len(values))]

    return load_or_compute(cache, made_from, compute)


def test_the_space_is_announced_and_too_little_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("panic3d"), "propagate", True)
    with caplog.at_level(logging.INFO):
        announce_cache(tmp_path / "new" / "cache", 8952, 3 * 2**20)
    assert re.search(
        r"the pictures of 8952 samples take 3\.0 MiB in .*/new/cache, where [0-9.]+ GiB are free", caplog.text
    )
    with pytest.raises(UserError, match=r"take 1073741824\.0 GiB in .* are free: free some space, or put the cache"):
        announce_cache(tmp_path / "new" / "cache", 1, 2**60)
    assert list(tmp_path.iterdir()) == []


def test_arrays_are_computed_once_for_each_origin(tmp_path: Path) -> None:
    calls: list[int] = []
    first = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    load(tmp_path / "c", {"views": ("a", "b")}, calls, first)
    found = load(tmp_path / "c", {"views": ["a", "b"]}, calls, first)
    assert len(calls) == 1 and found.keys == ("key0", "key1", "key2")
    assert found.arrays["values"].dtype == np.float32 and np.array_equal(found.arrays["values"], first)
    assert isinstance(found.arrays["values"], np.memmap)
    second = load(tmp_path / "c", {"views": ["a"]}, calls, first[:1] + 1)
    assert len(calls) == 2 and np.array_equal(second.arrays["values"], first[:1] + 1)


@pytest.mark.parametrize(
    "change",
    [
        [],
        {"arrays": []},
        {"arrays": {"values": {"dtype": "O", "shape": [1000]}}},
        {"arrays": {"values": {"dtype": "x", "shape": [1000]}}},
        {"arrays": {"values": {"dtype": "<i8", "shape": [-1, -1000]}}},
        {"arrays": {"values": {"dtype": "<i8", "shape": [2**70]}}},
        {"arrays": {"values": {"dtype": "<i8"}}},
        {"keys": [1]},
        {"made_from": None},
    ],
)
def test_a_damaged_index_is_no_index(tmp_path: Path, change: Any) -> None:
    calls: list[int] = []
    values = np.arange(1000)
    load(tmp_path / "c", {}, calls, values)
    index = tmp_path / "c" / "index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), **change} if change else change))
    assert np.array_equal(load(tmp_path / "c", {}, calls, values).arrays["values"], values) and len(calls) == 2


@pytest.mark.parametrize("damage", ["cut array", "cut index", "lost array"])
def test_an_incomplete_cache_is_computed_again(tmp_path: Path, damage: str) -> None:
    calls: list[int] = []
    values = np.arange(1000)
    load(tmp_path / "c", {}, calls, values)
    array, index = tmp_path / "c" / "values.bin", tmp_path / "c" / "index.json"
    if damage == "cut array":
        array.write_bytes(array.read_bytes()[:100])
    elif damage == "cut index":
        index.write_text(index.read_text()[:10])
    else:
        array.unlink()
    assert np.array_equal(load(tmp_path / "c", {}, calls, values).arrays["values"], values) and len(calls) == 2


def test_an_interrupted_computation_leaves_the_old_cache(tmp_path: Path) -> None:
    calls: list[int] = []
    load(tmp_path / "c", {"version": 1}, calls, np.arange(3))

    def compute(writer: ArrayWriter) -> None:
        writer.write("values", np.arange(5))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_or_compute(tmp_path / "c", {"version": 2}, compute)
    load(tmp_path / "c", {"version": 1}, calls, np.arange(3))
    assert len(calls) == 1


def test_rows_of_other_shapes_are_refused(tmp_path: Path) -> None:
    def compute(writer: ArrayWriter) -> None:
        writer.append("values", np.zeros(3))
        writer.append("values", np.zeros(4))

    with pytest.raises(ValueError, match="in an array of"):
        load_or_compute(tmp_path / "c", {}, compute)


def test_processes_wait_for_the_one_that_computes(tmp_path: Path) -> None:
    program = """
import sys, time
from pathlib import Path
import numpy as np
from panic3d.datasets.cache import load_or_compute

def compute(writer):
    with (Path(sys.argv[1]).parent / "calls").open("a") as file:
        file.write("x")
    time.sleep(0.5)
    writer.write("values", np.arange(7))

print(load_or_compute(Path(sys.argv[1]), {}, compute).arrays["values"].sum())
"""
    words = [sys.executable, "-c", program, str(tmp_path / "c")]
    processes = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=120)[0] for process in processes] == ["21\n"] * 3
    assert (tmp_path / "calls").read_text() == "x"
