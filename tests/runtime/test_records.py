"""JSON of other types, deep, or with numbers that are not finite ends in one short sentence at its reader."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from panic3d.benchmark.predictions import read_method_record
from panic3d.benchmark.results import MethodResult, PairResult, load_result
from panic3d.runtime.errors import UserError
from panic3d.runtime.records import parse_json
from panic3d.shards.metadata.samples import parse_meta, parse_pair
from panic3d.shards.plan import DatasetInfo, load_dataset_info

DATASET = asdict(
    DatasetInfo(
        rig="spin12", size=512, engine="pyrender", options={}, versions={"numpy": "2"}, per_shard=8, plan=[["a", "b"]],
        counts={"ok": 2}, splits={"test": ["a"]},
        shards=[{"name": "shard-000000.tar", "samples": 2, "bytes": 1024, "sha256": "0"}],
    )
)  # fmt: skip
RESULT = asdict(
    MethodResult(
        suite={"name": "s", "version": 1, "sha256": "0", "folder": "f"}, protocol={"name": "standard", "version": 1},
        method="m", input=None, weights_sha256=None, predictions="p", machine={}, versions={},
        pairs={"a": PairResult({"psnr_db": 30.0}, [], {}, "0", "0", 1.0, None)},
    )
)  # fmt: skip
META: dict[str, Any] = {
    "sha256": "0", "scale": 1.0, "cut": False, "views": {"front": {}},
    "labels": {"family": "train", "tags": ["a"], "landmarks_head_m": [[0.0, 0.0, 0.0]] * 28},
}  # fmt: skip
PAIR = {"align": [[1.0, 0.0, 0.0]] * 3, "roi": [0.0, 0.0, 1.0, 1.0]}
FREE = {"options", "machine", "source", "numbers.free"}
"""Entries that may hold anything."""
WRONG: tuple[Any, ...] = (None, True, "text", 1.5, -1, [], [[]], {}, {"x": 1}, float("inf"), float("nan"), [None], [1])


def break_entries(record: Any) -> Iterator[Any]:
    """Every variant of a record in which one value is another."""
    if isinstance(record, dict):
        for name, value in record.items():
            if name not in FREE:
                for other in (*WRONG, *break_entries(value)):
                    yield {**record, name: deepcopy(other)}
    elif isinstance(record, list):
        for other in (*WRONG, *break_entries(record[0] if record else None)):
            yield [other, *record[1:]]


DEEP = "[" * 100_000 + "]" * 100_000


def break_texts(record: Any) -> Iterator[str]:
    yield from map(json.dumps, break_entries(record))
    yield from map(json.dumps, WRONG)
    yield from ("", "{", DEEP, '{"options": ' + DEEP + "}", '{"a": ' * 100_000, "1" * 5000, '"\\ud800"', "\0")
    yield json.dumps({**record, "options": json.loads("[" * 90 + "]" * 90)})


def read_or_explain(read: Any, path: Path, text: str) -> Any:
    path.write_text(text)
    try:
        return read(path)
    except (UserError, ValueError) as error:
        assert len(str(error).replace(str(path.parent), "")) <= 300
        assert len(str(error).splitlines()) == 1
        return None


def test_dataset_json(tmp_path: Path) -> None:
    path = tmp_path / "dataset.json"
    assert read_or_explain(lambda path: load_dataset_info(path.parent), path, json.dumps(DATASET)) is not None
    for text in break_texts(DATASET):
        info = read_or_explain(lambda path: load_dataset_info(path.parent), path, text)
        if info is not None:
            assert all(isinstance(key, str) for key in info.keys()), text  # noqa: SIM118
            assert info.per_shard > 0, text
            assert all(isinstance(shard["bytes"], int) for shard in info.shards)


def test_results(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    assert read_or_explain(load_result, path, json.dumps(RESULT)) is not None
    for text in break_texts(RESULT):
        result = read_or_explain(load_result, path, text)
        if result is not None:
            for column in result.columns:
                result.average(column.name)
            result.median("seconds")
            assert "Infinity" not in json.dumps(asdict(result)["pairs"])
            assert "NaN" not in json.dumps(asdict(result)["pairs"])


def test_method_json(tmp_path: Path) -> None:
    path = tmp_path / "method.json"
    for text in break_texts({"name": "m", "notes": "", "bound": False, "input": "render", "weights_sha256": "0"}):
        record = read_or_explain(lambda path: read_method_record(path.parent), path, text)
        if record is not None:
            assert isinstance(record.get("name"), str | None)


def test_members(tmp_path: Path) -> None:
    for good, parse in ((META, parse_meta), (PAIR, parse_pair)):
        read = lambda path, parse=parse: parse(path.read_bytes())  # noqa: E731
        assert read_or_explain(read, tmp_path / "a.json", json.dumps(good)) == good
        for text in break_texts(good):
            found = read_or_explain(read, tmp_path / "a.json", text)
            if found is not None:
                assert isinstance(found.get("views", {}), dict)


def test_the_place_is_named() -> None:
    with pytest.raises(ValueError, match=r"expected a finite number as 'a'\.'b', found 'text'"):
        parse_json('{"a": {"b": "text"}}', dict[str, dict[str, float]])
    with pytest.raises(ValueError, match="found inf"):
        parse_json('{"a": 1e999}', dict[str, float])
    with pytest.raises(ValueError, match="nested more than 64 deep"):
        parse_json(DEEP, list[Any])
