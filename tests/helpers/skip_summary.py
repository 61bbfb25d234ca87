"""One line at the end of a run that says how many tests were skipped, and why."""

from collections import Counter
from typing import Any

import pytest


def summarise_skips(reports: list[Any]) -> str:
    """Return `skipped: 3 x a reason; 1 x another`, most frequent first; empty without reports."""
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in reports)
    return "skipped: " + "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common()) if reasons else ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the line; pytest's own list of skips is off (`addopts` in pyproject.toml)."""
    line = summarise_skips(terminalreporter.stats.get("skipped", []))
    if line:
        terminalreporter.write_line(line)
