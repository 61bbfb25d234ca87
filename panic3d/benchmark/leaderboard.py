"""Results side by side: one table a suite and protocol, as pandas, Markdown and CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from panic3d.benchmark.protocols import PROTOCOLS, Number
from panic3d.benchmark.results import Result


@dataclass(frozen=True)
class Board:
    """The rows of one suite, protocol and version."""

    results: tuple[Result, ...]

    @property
    def title(self) -> str:
        suite, protocol = self.results[0].suite, self.results[0].protocol
        return f"{suite['name']}, protocol {protocol['name']} {protocol['version']}"

    @property
    def numbers(self) -> tuple[Number, ...]:
        return PROTOCOLS[self.results[0].protocol["name"]].numbers

    @cached_property
    def best(self) -> dict[str, float]:
        """The best mean of each number among complete rows; with one row nothing is best."""
        found = {}
        rows = [result for result in self.results if not result.partial]
        for number in self.numbers:
            means = [mean.mean for result in rows if (mean := result.average(number.name)) is not None]
            if len(means) > 1:
                found[number.name] = max(means) if number.higher_is_better else min(means)
        return found

    @cached_property
    def warnings(self) -> list[str]:
        """What forbids comparing rows: different truth for the same pair, faults, other inputs."""
        found = []
        for key in sorted({key for result in self.results for key in result.pairs}):
            truths = {result.pairs[key].truth_sha256 for result in self.results if key in result.pairs}
            if len(truths) > 1:
                found.append(f"{key}: the methods were scored against {len(truths)} different truths.")
        counts = {len(result.pairs) for result in self.results}
        if len(counts) > 1:
            found.append(
                f"The methods were scored on different numbers of pairs: {', '.join(map(str, sorted(counts)))}."
            )
        if len({result.input for result in self.results}) > 1:
            found.append("The methods were given different inputs (see the column input).")
        for result in self.results:
            if result.partial:
                found.append(f"{result.method} is partial: {'; '.join(result.faults[:8])}{_more(result.faults)}.")
        return found

    def cell(self, result: Result, number: Number) -> str:
        """`mean [low, high]`, or why there is none."""
        mean = result.average(number.name)
        if mean is None:
            return result.skipped.get(number.name, "missing")
        return f"{mean.mean:.{number.digits}f} [{mean.low:.{number.digits}f}, {mean.high:.{number.digits}f}]"


def boards(results: Sequence[Result]) -> list[Board]:
    """Results that may stand in one table, the same suite and protocol, together."""
    groups: dict[tuple, list[Result]] = {}
    for result in results:
        identity = (result.suite["name"], result.suite["sha256"], *result.protocol.values())
        groups.setdefault(identity, []).append(result)
    return [Board(tuple(rows)) for rows in groups.values()]


def markdown(board: Board) -> str:
    """A table of means with 95% intervals, best in bold."""
    rows = []
    for result in board.results:
        row = {"method": label(result), "input": result.input or "not said", "pairs": str(len(result.pairs))}
        for number in board.numbers:
            cell, mean = board.cell(result, number), result.average(number.name)
            best = mean is not None and not result.partial and mean.mean == board.best.get(number.name)
            row[heading(number)] = f"**{cell}**" if best else cell
        row["s / pair"], row["peak MB"] = (_median(result, field) for field in ("seconds", "peak_mb"))
        rows.append(row)
    table = pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)
    meanings = "\n".join(f"- **{heading(number)}**: {number.meaning}" for number in board.numbers)
    warnings = "".join(f"\n> {warning}\n" for warning in board.warnings)
    return (
        f"## {board.title}\n\nMeans over pairs with 95% bootstrap intervals; ↑ higher is better, ↓ lower is better.\n"
        f"{warnings}\n{table}\n\n{meanings}\n"
    )


def frame(all_boards: Sequence[Board]) -> pd.DataFrame:
    """Every mean and interval, one line a method and number."""
    return pd.DataFrame(
        {
            "suite": board.results[0].suite["name"],
            "protocol": f"{result.protocol['name']} {result.protocol['version']}",
            "method": result.method,
            "input": result.input,
            "partial": result.partial,
            "number": number.name,
            "unit": number.unit,
            "higher_is_better": number.higher_is_better,
            "mean": mean.mean if mean else np.nan,
            "low": mean.low if mean else np.nan,
            "high": mean.high if mean else np.nan,
            "pairs": mean.count if mean else 0,
            "skipped": result.skipped.get(number.name, ""),
        }
        for board in all_boards
        for result in board.results
        for number in board.numbers
        for mean in (result.average(number.name),)
    )


def label(result: Result) -> str:
    return f"{result.method} (partial)" if result.partial else result.method


def heading(number: Number) -> str:
    unit = f" {number.unit}" if number.unit else ""
    return f"{number.group} {number.title}{unit} {'↑' if number.higher_is_better else '↓'}"


def _median(result: Result, field: str) -> str:
    values = [value for pair in result.pairs.values() if (value := getattr(pair, field)) is not None]
    return f"{np.median(values):.1f}" if values else "not measured"


def _more(faults: Sequence[str]) -> str:
    return f" and {len(faults) - 8} more" if len(faults) > 8 else ""
