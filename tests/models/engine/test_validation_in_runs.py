"""Validation in a run: few samples, the same in every run, shared by the processes, and never before the weights."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from helpers.small_trainings import COMMON, SMALL_TRAININGS, train_small
from panic3d.datasets.splits import choose_by_key
from panic3d.models.engine.checkpoint import read_facts
from panic3d.models.engine.exports import is_better
from panic3d.models.engine.validation import ValidationClock
from panic3d.models.reconstructor.training.task import MultiviewTask
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.errors import UserError
from panic3d.shards.plan import DatasetInfo

VALIDATION_CHARACTERS = 1200


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Five characters to train on and 1,200 to validate on, which are copies of five others."""
    folder = tmp_path_factory.mktemp("data")
    training = {f"train{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.02 * i, 32) for i in range(5)}
    five = [make_sphere_views(0.12 + 0.02 * i, -0.01 * i, 32) for i in range(5)]
    validation = {f"val{i:04}-{i:08x}": five[i % 5] for i in range(VALIDATION_CHARACTERS)}
    write_shard(folder / "shard-000000.tar", training | validation)
    splits = {"train": list(training), "val": list(validation)}
    DatasetInfo("ortho4", 32, "balls", {}, {}, VALIDATION_CHARACTERS, splits=splits).save(folder)
    return {"spheres": folder}


def list_validations(run: Path) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [record for record in records if "validated" in record]


def test_of_1200_characters_32_are_validated_within_their_share_and_after_the_weights(
    data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scored: list[list[str]] = []
    score_samples = MultiviewTask.score_samples

    def check_weights(task: MultiviewTask, chosen: Sequence[int]) -> list[Any]:
        taken = task.training_step.optimisation.optimiser.state_dict()["state"][0]["step"]  # type: ignore[attr-defined]
        assert read_facts(tmp_path / "weights.safetensors")["steps"] == taken, "the weights of this step are on disk"
        scored.append([task.data.validation.keys[i] for i in chosen])
        return score_samples(task, chosen)

    monkeypatch.setattr(MultiviewTask, "score_samples", check_weights)
    with caplog.at_level("INFO", "panic3d"):
        train_small(
            "reconstructor", data, tmp_path, "steps=60", "validate_every_s=0.2", "validation_share=0.4",
            "snapshot_every_kimg=0.05", "save_every_s=1000",
        )  # fmt: skip
    validations = list_validations(tmp_path)
    assert len(validations) > 1 and {record["validated"] for record in validations} == {32}
    assert len({tuple(keys) for keys in scored}) == 1, "all validations have the same characters"
    decoded = sum(path.stat().st_size for path in (tmp_path / "cache" / "val").glob("*/rgba.bin"))
    assert decoded == 32 * 4 * 32 * 32 * 4, "others are not decoded"
    longest = max(record["validation_seconds"] for record in validations)
    for record in validations[1:-1]:  # the first one's length is not known before, the last one ends the run
        assert record["validation_share"] <= 0.4 + longest / record["seconds"]
    assert any("32 to validate on, of 1200 held out" in line for line in caplog.messages)
    lines = [line for line in caplog.messages if "weights written, then 32 samples validated in" in line]
    assert len(lines) == len(validations) and all("% of the time so far" in line for line in lines)
    pictures = [int(path.stem.partition("-")[2]) for path in sorted(tmp_path.glob("snapshot-*.safetensors"))]
    assert pictures[:2] == [50, 100] and all(count % 50 == 0 for count in pictures)
    assert read_facts(tmp_path / "snapshot-000000050.safetensors")["pictures"] == 50


def test_the_choice_depends_on_the_keys_alone() -> None:
    keys = [f"val{i:04}" for i in range(VALIDATION_CHARACTERS)]
    chosen = {keys[i] for i in choose_by_key(keys, 32)}
    backwards = keys[::-1]
    assert len(chosen) == 32 and chosen == {backwards[i] for i in choose_by_key(backwards, 32)}
    more = [*keys, "another"]
    assert len(chosen & {more[i] for i in choose_by_key(more, 32)}) >= 31, "one more sample replaces at most one"
    assert chosen != set(keys[:32]) and choose_by_key(keys[:5], 32) == choose_by_key(keys[:5], 0) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("seconds", "interval"), [(0.1, 10.0), (2.0, 40.0), (300.0, 6000.0)])
def test_slow_validations_are_rarer(seconds: float, interval: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    monkeypatch.setattr("panic3d.models.engine.validation.time.monotonic", lambda: now_s)
    clock = ValidationClock(10.0, 0.05)
    ended: list[float] = []
    while len(ended) < 5:
        now_s += 0.5
        if clock.is_due():
            now_s += seconds
            clock.add(seconds)
            ended.append(now_s)
    gaps = [later - earlier - seconds for earlier, later in pairwise(ended[1:])]
    assert all(interval * 0.9 <= gap <= interval + 1 for gap in gaps)
    assert clock.compute_share() <= 0.051


def test_two_processes_share_a_validation(data: dict[str, Path], tmp_path: Path) -> None:
    """With a learning rate of 0 both runs have the same weights, so that their scores are equal to the last digit."""
    settings = [*COMMON, *SMALL_TRAININGS["reconstructor"][3], "steps=1", "optimiser.learning_rate=0"]
    scores = []
    for devices in (1, 2):
        command = [sys.executable, "-m", "panic3d", "train", "reconstructor", "--data", str(data["spheres"])]
        arguments = [part for setting in [*settings, f"devices={devices}"] for part in ("--set", setting)]
        run = tmp_path / str(devices)
        subprocess.run([*command, "--out", str(run), *arguments], check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
        (last,) = list_validations(run)
        scores.append({name: value for name, value in last.items() if "psnr" in name or "chamfer" in name})
    assert scores[0] and scores[0] == scores[1]


def test_a_run_that_dies_in_a_validation_has_its_weights(
    data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> list[Any]:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(MultiviewTask, "score_samples", fail)
        with pytest.raises(RuntimeError, match="killed"):
            train_small("reconstructor", data, tmp_path, "steps=3")
    assert read_facts(tmp_path / "weights.safetensors")["steps"] == 3
    train_small("reconstructor", data, tmp_path, "steps=3", resume=True)
    assert read_facts(tmp_path / "best.safetensors")["validation"].keys() >= {"psnr", "psnr_front"}


def test_best_is_kept_over_worse_ones_and_over_a_resume(
    data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = iter([20.0, 25.0, 22.0, 24.0, 26.0])
    monkeypatch.setattr(MultiviewTask, "summarise_scores", lambda *_: {"psnr": next(given)})
    settings = ("validation_limit=1", "validation_share=1", "save_every_s=0")
    monkeypatch.setattr(ValidationClock, "is_due", lambda _: True)
    train_small("reconstructor", data, tmp_path, "steps=2", *settings)  # two in the run, one at its end
    best = read_facts(tmp_path / "best.safetensors")
    assert best["validation"] == {"psnr": 25.0} and best["steps"] == 2
    train_small("reconstructor", data, tmp_path, "steps=3", *settings, resume=True)
    best = read_facts(tmp_path / "best.safetensors")
    assert best["validation"] == {"psnr": 26.0} and best["steps"] == 3


@pytest.mark.parametrize(
    ("scores", "best", "expected"),
    [
        ({"lpips": 0.2, "psnr": 1.0}, {"lpips": 0.3, "psnr": 9.0}, True),
        ({"lpips": 0.3, "psnr": 9.0}, {"lpips": 0.2, "psnr": 1.0}, False),
        ({"psnr": 9.0}, {"psnr": 1.0}, True),
        ({"psnr": float("nan")}, {"psnr": 1.0}, False),
        ({"psnr": 1.0}, {}, True),
        ({"other": 1.0}, {}, False),
    ],
)
def test_better_by_the_first_known_score(scores: dict[str, float], best: dict[str, float], expected: bool) -> None:
    assert is_better(scores, best, ("-lpips", "psnr")) is expected


def test_weights_are_named_by_folder_or_file(data: dict[str, Path], tmp_path: Path) -> None:
    train_small("reconstructor", data, tmp_path, "steps=4", "snapshot_every_kimg=0.004", "validation_limit=1")
    entry = find_entry("panic3d", "method")
    names = {"weights": "latest", "best": "best", "snapshot-000000004": "snapshot-000000004"}
    for stem, name in names.items():
        file = tmp_path / f"{stem}.safetensors"
        assert find_weights(entry, tmp_path / name) == find_weights(entry, file) == file
    assert find_weights(entry, tmp_path).name == "weights.safetensors"
    with pytest.raises(UserError, match=r"that folder has best\.safetensors, snapshot-000000004\.safetensors"):
        find_weights(entry, tmp_path / "snapshot-000000005")
    shutil.rmtree(tmp_path / "cache")
    load = entry.load_factory()
    assert load(tmp_path / "snapshot-000000004").model.config == load(tmp_path / "best").model.config


def test_volume_rendering_too_writes_weights_and_snapshots_before_few_are_validated(
    data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, int]] = []
    score_samples = MultiviewTask.score_samples

    def record_files(task: MultiviewTask, chosen: Sequence[int]) -> list[Any]:
        facts = read_facts(tmp_path / "weights.safetensors")
        seen.append((facts["steps"], len(list(tmp_path.glob("snapshot-*.safetensors"))), len(chosen)))
        return score_samples(task, chosen)

    monkeypatch.setattr(MultiviewTask, "score_samples", record_files)
    train_small(
        "reconstructor by volume rendering", data, tmp_path, "steps=3", "validate_every_s=0", "validation_share=1",
        "validation_limit=3", "snapshot_every_kimg=0.002", "model.inference.rays=8", "model.inference.coarse=8",
        "model.inference.fine=8",
    )  # fmt: skip
    assert seen == [(1, 1, 3), (2, 2, 3), (3, 3, 3), (3, 3, 3)], "after each step, and at the end of the run"
    assert {record["validated"] for record in list_validations(tmp_path)} == {3}
