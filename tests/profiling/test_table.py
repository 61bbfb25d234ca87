"""The tables of the benchmarks: ratios, targets, what is printed."""

import subprocess
import sys

from profiling.table import Row, Table, Target


def test_ratios_are_to_the_peer_and_only_in_its_unit() -> None:
    ours, peer, other = Row("ours", 2.0, "s"), Row("peer", 8.0, "s"), Row("iou", 0.999, "mean IoU")
    table = Table("speed", "peer", [ours, peer, other])
    assert [table.ratio(row) for row in table.rows] == [0.25, 1.0, None]
    assert Table("no peer", None, [ours]).ratio(ours) is None
    assert Table("a peer of 0", "zero", [ours, Row("zero", 0.0, "s")]).ratio(ours) is None


def test_the_printed_table_says_what_the_targets_are_and_whether_they_are_met() -> None:
    rows = [
        Row("fast", 0.9, "s", Target("value", "<=", 1.0, "a second per call")),
        Row("slow", 1.1, "s", Target("value", "<=", 1.0, "a second per call")),
        Row("share", 8.0, "samples/s", Target("ratio", ">=", 0.8, "four fifths of decoding alone")),
        Row("all", 10.0, "samples/s"),
    ]
    lines = Table("a title", "all", rows, ["a note"]).format().splitlines()
    assert lines[0] == "a title"
    assert lines[-3:] == [
        "Target of fast: a second per call.",
        "Target of share: four fifths of decoding alone.",
        "a note",
    ]
    met = {line.split("|")[1].strip(): line.split("|")[-2].strip() for line in lines if line.startswith("| ")}
    assert met == {"": "met", "fast": "yes", "slow": "NO", "share": "yes", "all": ""}


def test_a_ratio_that_could_not_be_taken_meets_no_target() -> None:
    assert Target("ratio", ">=", 0.8, "").is_met(9.0, None) is False


def test_a_target_from_times_of_another_machine_says_so_in_the_table() -> None:
    row = Row("view", 2.0, "s", Target("value", "<=", 3.0, "the published system", other_machine=True))
    assert "<= 3 (other machine)" in Table("a title", None, [row]).format()


def test_help_lists_the_benchmarks() -> None:
    result = subprocess.run([sys.executable, "-m", "profiling", "--help"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    for name in ("rendering", "reconstruction", "methods", "reading", "tagger", "scoring"):
        assert f"  {name} " in result.stdout
