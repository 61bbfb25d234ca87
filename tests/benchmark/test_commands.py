"""`benchmark run` and `report` from the outside, on the scratch suite."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from helpers.heads.small_suite import make_two_pair_suite, write_training_heads
from panic3d.benchmark.commands import benchmark
from panic3d.benchmark.protocols.standard import StandardProtocol
from panic3d.benchmark.running import BenchmarkEntry, find_training_pairs
from panic3d.benchmark.suites.suite import Suite
from panic3d.models.engine.checkpoint import encode_avatars, read_avatars, save_weights
from panic3d.models.reconstructor.weights import change_inference
from panic3d.models.training import load_run_config
from panic3d.runtime.errors import ItemsFailed, UserError


def invoke(*words: object) -> Result:
    return CliRunner().invoke(benchmark, [str(word) for word in words])


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite, training heads, and a run of two methods without LPIPS."""
    folder = tmp_path_factory.mktemp("ground")
    write_training_heads(folder / "data", range(3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANIC3D_WEIGHTS", str(folder / "cache"))
        done = run(folder)
    assert done.exit_code == 0, done.output
    assert "skipped: LPIPS weights not found" in done.output
    return folder


@pytest.fixture(autouse=True)
def cache(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(ground / "cache"))


def run(ground: Path) -> Result:
    methods = [f"{name}={ground / 'data'}" for name in ("mean", "relief")]
    return invoke(
        "run",
        "--suite",
        make_two_pair_suite(),
        "--method",
        methods[0],
        "--method",
        methods[1],
        "--out",
        ground / "results",
    )


def test_a_few_pairs_first_and_the_rest_later(ground: Path, tmp_path: Path) -> None:
    words = ["run", "--suite", make_two_pair_suite(), "--method", f"mean={ground / 'data'}", "--out", tmp_path]
    assert invoke(*words, "--pairs", 1).exit_code == 0
    path = tmp_path / "suite" / "standard" / "mean.json"
    first = json.loads(path.read_text())["pairs"]
    assert len(first) == 1
    assert invoke(*words).exit_code == 0
    both = json.loads(path.read_text())["pairs"]
    assert len(both) == 2 and both.items() >= first.items()


def test_a_bound_s_record_says_that_it_was_shown_the_truth(ground: Path, tmp_path: Path) -> None:
    words = ["run", "--suite", make_two_pair_suite(), "--out", tmp_path, "--pairs", 1]
    assert invoke(*words, "--method", "visual-hull").exit_code == 0
    assert json.loads((tmp_path / "suite" / "standard" / "visual-hull.json").read_text())["bound"] is True
    assert json.loads((ground / "results" / "suite" / "standard" / "mean.json").read_text())["bound"] is False


def test_a_run_prints_one_table_of_all_methods(ground: Path) -> None:
    lines = run(ground).output.splitlines()
    head = next(line for line in lines if line.split() == ["mean", "relief"])
    table = [line for line in lines[lines.index(head) + 1 :] if len(line) == len(head)]
    assert len(table) > 8 and sum(line.startswith("geometry chamfer mm") for line in table) == 1


def test_pairs_of_the_training_data_are_named(tmp_path: Path) -> None:
    data = write_training_heads(tmp_path / "data", (10, 30))
    words = ["run", "--suite", make_two_pair_suite(), "--out", tmp_path / "results"]
    assert invoke(*words, "--method", f"mean={data}").exit_code == 0
    record = json.loads((tmp_path / "results" / "suite" / "standard" / "mean.json").read_text())
    assert record["notes"].startswith("1 of 2 pairs are in the training data of the method")
    assert record["notes"].endswith(": head10")
    assert invoke("report", tmp_path / "results", "--out", tmp_path / "report").exit_code == 0
    assert f"mean: {record['notes']}." in (tmp_path / "report" / "leaderboard.md").read_text()


def test_pairs_that_weights_were_trained_on_are_named(tmp_path: Path) -> None:
    suite = Suite(make_two_pair_suite())
    path = tmp_path / "weights.safetensors"
    config = load_run_config("reconstructor")
    save_weights(path, {"a": torch.zeros(1)}, config, {}, encode_avatars([suite.keys[1], "someone-00000000"]))
    for given in (path, tmp_path):
        assert find_training_pairs(BenchmarkEntry("a", "panic3d", given), suite) == [suite.keys[1]]
    save_weights(path, {"a": torch.zeros(1)}, config, {})
    assert find_training_pairs(BenchmarkEntry("a", "panic3d", path), suite) == []
    assert find_training_pairs(BenchmarkEntry("a", "panic3d", tmp_path / "nothing"), suite) == []
    assert find_training_pairs(BenchmarkEntry("a", "panic3d", None), suite) == []


def test_weights_with_other_inference_settings_keep_the_avatars(tmp_path: Path) -> None:
    save_weights(tmp_path / "a", {"a": torch.zeros(1)}, load_run_config("reconstructor"), {}, "0123abcd 9876fedc")
    change_inference(tmp_path / "a", ["model.inference.stitch=false"], tmp_path / "b")
    assert read_avatars(tmp_path / "b") == {"0123abcd", "9876fedc"}


def test_build_takes_an_engine(tmp_path: Path) -> None:
    words = ("build", tmp_path / "none", "--out", tmp_path / "suite", "--engine")
    assert "no such file" in str(invoke(*words, "pyrender").exception)
    assert "is not one of 'cycles', 'pyrender'" in invoke(*words, "eevee").output


def test_a_run_leaves_files_and_a_record(ground: Path) -> None:
    predictions = ground / "results" / "suite" / "predictions" / "mean"
    with Image.open(predictions / "head10" / "spin330.png") as picture:
        assert (picture.size, picture.mode) == ((512, 512), "RGB")
    record = json.loads((ground / "results" / "suite" / "standard" / "mean.json").read_text())
    assert record["suite"]["name"] == "suite"
    assert record["protocol"] == {"name": "standard", "version": StandardProtocol.version}
    assert record["input"] == "render" and len(record["weights_sha256"]) == 64
    pair = record["pairs"]["head10"]
    assert pair["seconds"] > 0 and pair["peak_mb"] > 50
    assert len(pair["truth_sha256"]) == len(pair["prediction_sha256"]) == 64
    mean = record["means"]["chamfer_mm"]
    assert mean["low"] <= mean["mean"] <= mean["high"] and mean["count"] == 2
    assert {"torch", "open3d", "panic3d"} <= set(record["versions"]) and record["machine"]["cores"] > 0


def test_a_second_run_changes_nothing_and_mends_what_is_missing(ground: Path) -> None:
    record = ground / "results" / "suite" / "standard" / "mean.json"
    removed = ground / "results" / "suite" / "predictions" / "mean" / "head10" / "back.png"
    kept = removed.parent.parent / "head11" / "back.png"
    before, stamp, numbers = removed.read_bytes(), kept.stat().st_mtime_ns, json.loads(record.read_text())["means"]
    removed.unlink()
    assert run(ground).exit_code == 0
    assert removed.read_bytes() == before
    assert kept.stat().st_mtime_ns == stamp
    assert json.loads(record.read_text())["means"] == numbers


def test_report_is_a_folder_that_needs_nothing_else(ground: Path) -> None:
    done = invoke("report", ground / "results", "--out", ground / "report")
    assert done.exit_code == 0, done.output
    page = (ground / "report" / "leaderboard.html").read_text()
    assert not re.search(r"(src|href)\s*=\s*\"(https?:)?//", page), "the page asks the network"
    data = (ground / "report" / "data" / "board-0.js").read_text()
    board = json.loads(data[data.index(",") + 1 : data.rindex(")")])
    shown = [entry for pair in board["pairs"] for entry in (pair, *pair["rows"])]
    assert len(shown) == 2 * 3, "the truth and two methods for each pair"
    for entry in shown:
        with Image.open(ground / "report" / entry["strip"]) as strip:
            assert strip.size == ((9 if "row" in entry else 7) * 264 - 8, 256)
        assert (ground / "report" / entry["model"]).stat().st_size < 150_000
    assert board["differences"]["0-1"]["front_psnr"][1] <= board["differences"]["0-1"]["front_psnr"][2]
    assert "LPIPS skipped: LPIPS weights not found" in page
    table = pd.read_csv(ground / "report" / "leaderboard.csv")
    assert set(table["method"]) == {"mean", "relief", "PAniC-3D (published)"}
    front = table[(table["number"] == "front_psnr")].set_index("method")["mean"]
    assert front["relief"] > front["mean"], "relief wears the portrait's own pixels"
    markdown = (ground / "report" / "leaderboard.md").read_text()
    assert f"**{front['relief']:.2f} [" in markdown


def test_a_new_report_keeps_what_is_the_same_and_drops_what_is_gone(ground: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    assert invoke("report", ground / "results", "--out", report).exit_code == 0
    stamps = {path: path.stat().st_mtime_ns for path in (report / "pictures").rglob("*.webp")}
    one = ground / "results" / "suite" / "standard" / "mean.json"
    assert invoke("report", one, "--out", report).exit_code == 0
    kept = {path: path.stat().st_mtime_ns for path in (report / "pictures").rglob("*.webp")}
    assert len(stamps) == 6 and len(kept) == 4 and all(stamps[path] == stamp for path, stamp in kept.items())


def test_two_of_one_method_need_labels(ground: Path, tmp_path: Path) -> None:
    twice = ("--method", f"mean={ground / 'data'}", "--method", f"mean={ground / 'data'}")
    wrong = invoke("run", "--suite", make_two_pair_suite(), *twice, "--out", tmp_path)
    assert isinstance(wrong.exception, UserError) and "LABEL:NAME=WEIGHTS" in str(wrong.exception)


def test_rows_that_saw_different_truth_are_flagged(ground: Path, tmp_path: Path) -> None:
    for name in ("mean", "relief"):
        record = json.loads((ground / "results" / "suite" / "standard" / f"{name}.json").read_text())
        if name == "mean":
            record["pairs"]["head10"]["truth_sha256"] = "0" * 64
        (tmp_path / f"{name}.json").write_text(json.dumps(record))
    assert invoke("report", tmp_path, "--out", tmp_path / "report").exit_code == 0
    assert (
        "head10: the methods were scored against 2 different truths"
        in (tmp_path / "report" / "leaderboard.md").read_text()
    )


def test_scoring_a_partial_folder_ends_with_3(ground: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "head10").mkdir(parents=True)
    done = invoke("score", folder, "--suite", make_two_pair_suite(), "--out", tmp_path / "results")
    assert isinstance(done.exception, ItemsFailed) and done.exception.exit_code == 3
    assert "head10/front.png is missing" in done.output and "head11 is missing" in done.output
    assert json.loads((tmp_path / "results" / "suite" / "standard" / "mine.json").read_text())["partial"]


def test_mistakes_get_a_sentence(ground: Path, tmp_path: Path) -> None:
    suite = ("--suite", make_two_pair_suite(), "--out", tmp_path)
    wrong = invoke("run", *suite, "--method", "maen")
    assert isinstance(wrong.exception, UserError) and "did you mean 'mean'" in str(wrong.exception)
    wrong = invoke("run", *suite, "--method", f"mean={tmp_path / 'nowhere'}")
    assert "found nothing there" in str(wrong.exception)
    wrong = invoke("run", *suite, "--method", "mean")
    assert "--method mean=DATA" in str(wrong.exception)
    assert invoke("run", *suite, "--method", "mean", "--input", "photo").exit_code == 2
    wrong = invoke("score", tmp_path / "nowhere", *suite)
    assert "expected a folder of predictions" in str(wrong.exception)
    wrong = invoke("report", tmp_path / "nowhere.json", "--out", tmp_path)
    assert "nowhere.json" in str(wrong.exception)


def test_the_command_lists_the_methods() -> None:
    assert {"mean", "nearest", "relief", "panic3d"} <= set(re.findall(r"^(\S+):", invoke("methods").output, re.M))
