"""The line at the end of a run that says what was skipped."""

from types import SimpleNamespace

from helpers.skip_summary import summarise_skips


def skipped_report(reason: str) -> SimpleNamespace:
    return SimpleNamespace(longrepr=("tests/test_a.py", 3, f"Skipped: {reason}"))


def test_skips_are_counted_by_reason_in_one_line() -> None:
    reports = [skipped_report(reason) for reason in ("no Ray", "no Blender", "no Blender")]
    assert summarise_skips(reports) == "skipped: 2 x no Blender; 1 x no Ray"


def test_without_skips_nothing_is_printed() -> None:
    assert summarise_skips([]) == ""
