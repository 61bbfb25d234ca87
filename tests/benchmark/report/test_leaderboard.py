"""Tables: paired differences, the published row, rows told apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import bootstrap

from panic3d.benchmark.metrics.mean_interval import PairValues, estimate_difference
from panic3d.benchmark.report.leaderboard import (
    LeaderboardTable,
    build_difference_frame,
    build_frame,
    format_markdown,
    group_results,
)
from panic3d.benchmark.results import MethodResult, PairResult, find_results

KEYS = [f"pair{index:02d}" for index in range(40)]


def result(method: str, values: np.ndarray, number: str = "chamfer_mm", **more: object) -> MethodResult:
    fields: dict[str, Any] = {
        "suite": {"name": "s", "version": 1, "sha256": "0" * 64, "folder": "/nowhere"},
        "protocol": {"name": "standard", "version": 2},
        "method": method,
        "input": "render",
        "weights_sha256": None,
        "predictions": "/nowhere",
        "pairs": {
            key: PairResult({number: float(value)}, [], {}, "t", "p") for key, value in zip(KEYS, values, strict=False)
        },
    }
    return MethodResult(**(fields | more))


@pytest.fixture(scope="module")
def hardness() -> np.ndarray:
    return np.random.default_rng(0).gamma(4.0, 3.0, len(KEYS))


def test_a_paired_difference_is_scipys(hardness: np.ndarray) -> None:
    """Two methods whose intervals overlap far may differ beyond doubt, pair by pair."""
    better = hardness - 0.5 + np.random.default_rng(1).normal(0, 0.3, len(KEYS))
    found = estimate_difference(dict(zip(KEYS, better, strict=True)), dict(zip(KEYS, hardness, strict=True)))
    expected = bootstrap(
        (better - hardness,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert found is not None
    assert found.mean == pytest.approx((better - hardness).mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.02)
    assert found.high < 0 and found.count == 40


def test_only_common_pairs_are_compared() -> None:
    a, b = PairValues({"x": 1.0, "y": 2.0}), PairValues({"y": 5.0})
    b.add("z", 9.0)
    difference = a.difference(b)
    assert difference is not None
    assert (difference.mean, difference.low, difference.high, difference.count) == (-3, -3, -3, 1)
    assert a.difference(PairValues({"q": 1.0})) is None and PairValues().mean() is None


def test_the_table_of_differences(hardness: np.ndarray) -> None:
    noise = np.random.default_rng(3).normal(0, 2, len(KEYS))
    board = LeaderboardTable((result("a", hardness), result("b", hardness + 1), result("c", hardness + noise)))
    table = build_difference_frame([board]).set_index(["method", "other"])
    assert table.loc[("a", "b"), "difference"] == pytest.approx(-1)
    assert table.loc[("a", "b"), "better"] == "a", "less chamfer is better"
    assert table.loc[("a", "c"), "better"] == ""
    text = format_markdown(board)
    assert "| a - b " in text and "-1.00 [-1.00, -1.00]" in text


def test_the_published_row_is_marked_and_never_best(hardness: np.ndarray) -> None:
    (board,) = group_results([result("a", hardness + 100), result("b", hardness + 200)])
    table = build_frame([board])
    published = table[table["published"]].set_index("number")["mean"]
    assert published["chamfer_mm"] == 13.29 and published["front_lpips"] == pytest.approx(0.19373)
    assert board.best["chamfer_mm"] == pytest.approx(hardness.mean() + 100)
    text = format_markdown(board)
    assert "*PAniC-3D (published)*" in text and "for orientation, not for comparison" in text


def test_the_published_f_scores_are_marked_as_those_of_one_pair(hardness: np.ndarray) -> None:
    """The paper's script keeps the F-scores of the last of 68 pairs; every other number of its row is a mean."""
    suite = {"name": "animerecon", "version": 1, "sha256": "0" * 64, "folder": "/nowhere"}
    paper = {"name": "paper-without-last_f_score", "version": 1}
    for board in group_results(
        [result("a", hardness, "f_5mm"), result("b", hardness, "f1_5mm", suite=suite, protocol=paper)]
    ):
        (row,) = (line for line in format_markdown(board).splitlines() if "*PAniC-3D (published)*" in line)
        assert row.count("(last pair)") == 2 and "37.7" in row and "65.5" in row.replace("65.498", "65.5")
        assert "of the last of the 68 pairs alone, not means" in board.published_note
        pairs = build_frame([board]).query("published").set_index("number")["pairs"]
        assert {name for name in pairs.index if pairs[name] == 1} == {n for n in pairs.index if n.startswith("f")} - {
            n for n in pairs.index if n.startswith("front")
        }
        assert set(pairs) == {1, 68}


def test_a_bound_is_marked_and_never_best(hardness: np.ndarray) -> None:
    rows = [result("a", hardness + 100), result("b", hardness + 200), result("truth told", hardness, bound=True)]
    (board,) = group_results(rows)
    assert board.best["chamfer_mm"] == pytest.approx(hardness.mean() + 100)
    text = format_markdown(board)
    assert "truth told (bound)" in text
    bold = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|") and "**" in line]
    assert bold == ["a"]
    assert build_frame([board]).set_index("method")["bound"]["truth told"].all()


def test_the_papers_own_numbers_stand_in_its_protocol(hardness: np.ndarray) -> None:
    suite = {"name": "animerecon", "version": 1, "sha256": "0" * 64, "folder": "/nowhere"}
    paper = {"name": "paper", "version": 1}
    (board,) = group_results([result("a", hardness, "f1_5mm", suite=suite, protocol=paper)])
    published = build_frame([board]).query("published").set_index("number")["mean"]
    assert published["cd"] == 1.329 and published["f1_5mm"] == 37.725 and published["spin_clip"] == 84.606
    assert "on the same pairs by the same protocol" in board.published_note
    last = board.averages[0]["f1_5mm"]
    assert "(last pair)" in format_markdown(board) and last is not None and last.mean == hardness[-1]


def test_rows_of_one_name_are_told_apart(hardness: np.ndarray) -> None:
    rows = [result("a", hardness), result("a", hardness, input="drawing"), result("b", hardness), result("b", hardness)]
    (board,) = group_results(rows)
    assert board.labels == ["a (render)", "a (drawing)", "b", "b #2"]
    assert any("different inputs" in warning for warning in board.warnings)


def test_rows_start_with_the_best(hardness: np.ndarray) -> None:
    rows = [result("a", hardness + 2), result("b", hardness), result("c", hardness + 1)]
    (board,) = group_results(rows)
    assert board.main_column.name == "chamfer_mm" and board.labels == ["b", "c", "a"]


@pytest.mark.parametrize("predictions", ["predictions", "predictions-truncated"])
def test_results_are_found_beside_predictions_of_either_protocol(tmp_path: Path, predictions: str) -> None:
    result("row", np.ones(2)).save(tmp_path / "suite" / "standard" / "row.json")
    record = tmp_path / "suite" / predictions / "row" / "method.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    (tmp_path / "suite" / "standard" / "row.json.rank1").write_text("a part")
    assert [found.method for found in find_results((tmp_path,))] == ["row"]
