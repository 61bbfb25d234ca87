"""Several worker processes write the predictions and numbers of one, and a worker that dies says so."""

import json
import os
from pathlib import Path

import pytest

from helpers.heads.small_suite import make_two_pair_suite
from panic3d.benchmark import pair_workers
from panic3d.benchmark.evaluation import run_benchmark, score
from panic3d.benchmark.predictions import FILES
from panic3d.registry import register_method
from panic3d.runtime.errors import UserError

METHODS = ["panic3d-unet"]


def test_two_workers_give_the_numbers_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever numbers of threads their processes start with."""
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    suite = make_two_pair_suite()
    results = [run_benchmark(suite, METHODS, tmp_path / str(n), workers=n)[0] for n in (1, 2)]
    numbers = [{key: pair.numbers for key, pair in result.pairs.items()} for result in results]
    assert len(numbers[0]) == 2 and numbers[0] == numbers[1]
    assert all(len(values) > 10 for values in numbers[0].values())
    folders = [Path(result.predictions) for result in results]
    for key in numbers[0]:
        for file in FILES:
            assert (folders[0] / key / file).read_bytes() == (folders[1] / key / file).read_bytes(), file
    records = [json.loads((folder / "method.json").read_text()) for folder in folders]
    assert records[0].keys() == records[1].keys() and records[1]["seconds"].keys() == numbers[0].keys()
    again = score(folders[1], suite, tmp_path / "again", workers=2)
    assert {key: pair.numbers for key, pair in again.pairs.items()} == numbers[0]


def die(*_: object) -> None:
    os._exit(3)


def test_a_worker_that_dies_ends_the_run_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_workers, "_work_in_process", die)
    with pytest.raises(UserError, match=r"a worker process of the benchmark ended unexpectedly.*fewer than 2 workers"):
        run_benchmark(make_two_pair_suite(), METHODS, tmp_path, workers=2)


def test_random_numbers_belong_to_the_pair(tmp_path: Path) -> None:
    """A method that draws: the second pair's prediction is the same with and without the first one before it."""
    register_method("drawing-test-method", make_drawing_method)
    suite = make_two_pair_suite()
    both = run_benchmark(suite, ["drawing-test-method"], tmp_path / "both")[0]
    last = list(both.pairs)[-1]
    (Path(both.predictions) / last / "front.png").unlink()
    drawn = (Path(both.predictions) / last / "back.png").read_bytes()
    run_benchmark(suite, ["drawing-test-method"], tmp_path / "both")
    assert (Path(both.predictions) / last / "back.png").read_bytes() == drawn


def make_drawing_method(weights: Path | None) -> object:
    """Draw the size of a ball at random."""
    from helpers.heads.random_ball import RandomBallMethod

    return RandomBallMethod()
