"""The frame of the benches: ratios, bounds, the printed table."""

import subprocess
import sys

from profiling.table import Asked, Row, Table


def test_ratios_are_to_the_peer_and_only_in_its_unit() -> None:
    ours, peer, other = Row("ours", 2.0, "s"), Row("peer", 8.0, "s"), Row("iou", 0.999, "mean IoU")
    table = Table("speed", "peer", [ours, peer, other])
    assert [table.ratio(row) for row in table.rows] == [0.25, 1.0, None]
    assert Table("no peer", None, [ours]).ratio(ours) is None


def test_the_printed_table_says_what_was_asked_and_whether_it_holds() -> None:
    rows = [
        Row("fast", 0.9, "s", Asked("value", "<=", 1.0)),
        Row("slow", 1.1, "s", Asked("value", "<=", 1.0)),
        Row("share", 8.0, "samples/s", Asked("ratio", ">=", 0.8)),
        Row("all", 10.0, "samples/s"),
    ]
    lines = Table("a title", "all", rows, ["a note"]).text().splitlines()
    assert lines[0] == "a title"
    assert "a note" in lines
    held = {line.split("|")[1].strip(): line.split("|")[-2].strip() for line in lines if line.startswith("| ")}
    assert held == {"": "held", "fast": "yes", "slow": "NO", "share": "yes", "all": ""}
    assert Asked("ratio", ">=", 0.8).holds(9.0, None) is False, "a ratio that could not be taken holds nothing"


def test_help_lists_the_benches() -> None:
    result = subprocess.run([sys.executable, "-m", "profiling", "--help"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "rendering" in result.stdout
