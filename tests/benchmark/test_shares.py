"""Ranks and a Ray cluster write the predictions, numbers and files of one process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from helpers.heads.small_suite import make_two_pair_suite, write_suite, write_training_heads
from helpers.requirements import needs_ray
from panic3d.benchmark import scoring
from panic3d.benchmark.commands import benchmark
from panic3d.benchmark.share import list_parts

TIMES = ("seconds", "peak_mb")
NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite of two pairs, training heads, and the results of one process."""
    folder = tmp_path_factory.mktemp("ground")
    write_training_heads(folder / "data", range(3))
    write_suite(folder / "suite", [10, 11])
    run(folder, folder / "one")
    return folder


def invoke(*words: object) -> Result:
    result = CliRunner().invoke(benchmark, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result


def run(ground: Path, out: Path, *words: object) -> str:
    method = f"relief={ground / 'data'}"
    return invoke("run", "--suite", ground / "suite", "--method", method, "--out", out, *words).output


def list_files(out: Path) -> dict[str, Any]:
    """Return every file below a folder by its relative path: its bytes, and JSON without times and absolute paths."""
    files: dict[str, Any] = {}
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        record: Any = path.read_bytes()
        if path.suffix == ".json":
            record = json.loads(record)
            record.pop("predictions", None)
            for measured in (record, *(record.get("pairs") or {}).values()):
                for field in TIMES:
                    value = measured.pop(field, None)
                    measured[f"has {field}"] = sorted(value) if isinstance(value, dict) else value is not None
        files[str(path.relative_to(out))] = record
    return files


def test_ranks_leave_parts_that_the_whole_run_joins_without_doing_anything_again(
    ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "two"
    for rank in (1, 0):
        said = run(ground, out, "--rank", rank, "--world-size", 2)
        assert f"pairs of rank {rank} of 2 (relief: 1)" in said
    (result,) = [path for path in out.rglob("*") if path.name == "relief.json.rank0"]
    assert len(list_parts(result.with_suffix(""))) == 2 and not list(out.rglob("relief.json"))
    made = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    with monkeypatch.context() as patch:
        patch.setattr(scoring.PairScorer, "__call__", lambda *_: pytest.fail("a pair is scored again"))
        run(ground, out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.png")} == made
    assert list_files(out) == list_files(ground / "one")


def test_a_missing_rank_is_done_by_the_whole_run(ground: Path, tmp_path: Path) -> None:
    run(ground, tmp_path / "one", "--rank", 1, "--world-size", 2)
    run(ground, tmp_path / "one")
    assert list_files(tmp_path / "one") == list_files(ground / "one")


def test_ranks_score_a_folder_as_one_process(ground: Path, tmp_path: Path) -> None:
    (predictions,) = (ground / "one").rglob("predictions/relief")
    words = ("score", predictions, "--suite", ground / "suite", "--out")
    invoke(*words, tmp_path / "whole")
    for rank in range(2):
        invoke(*words, tmp_path / "parts", "--rank", rank, "--world-size", 2)
    invoke(*words, tmp_path / "parts")
    assert list_files(tmp_path / "parts") == list_files(tmp_path / "whole")


def test_ranks_that_make_no_sense_are_refused() -> None:
    words = ("run", "--suite", make_two_pair_suite(), "--method", "mean", "--out", "out")
    for more, message in (
        (("--rank", "2", "--world-size", "2"), "--rank 2 needs a --world-size over 2"),
        (("--executor", "ray", "--world-size", "2"), "leave --rank and --world-size out"),
    ):
        result = CliRunner().invoke(benchmark, [str(word) for word in (*words, *more)])
        assert message in f"{result.output}{result.exception}"


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    made.add_node(**NODE)
    monkeypatch.setenv("RAY_ADDRESS", made.address)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.mark.slow
@needs_ray
def test_a_cluster_writes_the_files_of_one_process(cluster: Any, ground: Path, tmp_path: Path) -> None:
    run(ground, tmp_path / "ray", "--executor", "ray")
    assert list_files(tmp_path / "ray") == list_files(ground / "one")
