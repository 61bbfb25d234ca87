"""Results side by side: one table a suite and protocol, as pandas, Markdown and CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from panic3d.benchmark.metrics.mean_interval import MeanInterval
from panic3d.benchmark.protocols.protocol import PUBLISHED_ROW, Number
from panic3d.benchmark.results import MethodResult

SHOWN_FAULTS = 8


@dataclass(frozen=True)
class Board:
    """The rows of one suite, protocol and version."""

    results: tuple[MethodResult, ...]

    @property
    def title(self) -> str:
        suite, protocol = self.results[0].suite, self.results[0].protocol
        return f"{suite['name']}, protocol {protocol['name']} {protocol['version']}"

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """The columns of all rows, each once."""
        return tuple({number.name: number for result in self.results for number in result.numbers}.values())

    @cached_property
    def labels(self) -> list[str]:
        """A name for each row, told apart by the input and by a counter where methods share a name."""
        found: list[str] = []
        for result in self.results:
            same = [other for other in self.results if other.method == result.method]
            label = result.method
            if len({other.input for other in same}) > 1:
                label += f" ({result.input or 'unknown input'})"
            twins = sum(other == label or other.startswith(f"{label} #") for other in found)
            found.append(f"{label} #{twins + 1}" if twins else label)
        return found

    @cached_property
    def averages(self) -> list[dict[str, MeanInterval | None]]:
        """Number to mean, a row each."""
        return [{number.name: result.average(number.name) for number in self.numbers} for result in self.results]

    @cached_property
    def best(self) -> dict[str, float]:
        """The best mean of each number among complete rows of methods; with one row nothing is best."""
        found = {}
        for number in self.numbers:
            means = [
                mean.mean
                for result, row in zip(self.results, self.averages, strict=True)
                if result.is_ranked and (mean := row[number.name]) is not None
            ]
            if len(means) > 1:
                found[number.name] = max(means) if number.higher_is_better else min(means)
        return found

    @cached_property
    def published_note(self) -> str:
        """What may be concluded from the paper's own row on this board."""
        suite, protocol = self.results[0].suite["name"], self.results[0].protocol["name"]
        if suite == "animerecon" and protocol == "paper":
            return "The published row is the paper's own, on the same pairs by the same protocol."
        differs = [
            words
            for words, differ in (
                ("on the 68 AnimeRecon pairs, which are not these", suite != "animerecon"),
                ("by protocol paper, flaws included", protocol != "paper"),
            )
            if differ
        ]
        return f"The published row was measured {' and '.join(differs)}: for orientation, not for comparison."

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
        for label, result in zip(self.labels, self.results, strict=True):
            if result.partial:
                more = len(result.faults) - SHOWN_FAULTS
                listed = "; ".join(result.faults[:SHOWN_FAULTS]) + (f" and {more} more" if more > 0 else "")
                found.append(f"{label} is partial: {listed}.")
        return found

    @cached_property
    def differences(self) -> dict[tuple[int, int], dict[str, MeanInterval]]:
        """Paired differences of each row from every later one, for the numbers that both have."""
        found = {}
        for row, other in combinations(range(len(self.results)), 2):
            first, second = self.results[row], self.results[other]
            both = {
                number.name: first.values(number.name).difference(second.values(number.name))
                for number in self.numbers
                if number.over_pairs == "mean"
            }
            found[row, other] = {name: difference for name, difference in both.items() if difference is not None}
        return found


def group_results(results: Sequence[MethodResult]) -> list[Board]:
    """Results that may stand in one table, the same suite and protocol, together."""
    groups: dict[tuple, list[MethodResult]] = {}
    for result in results:
        identity = (result.suite["name"], result.suite["sha256"], *result.protocol.values())
        groups.setdefault(identity, []).append(result)
    return [Board(tuple(rows)) for rows in groups.values()]


def format_markdown(board: Board, published: bool = True, differences: bool = True) -> str:
    """A table of means with 95% intervals, best in bold, and every row's differences from the first."""
    rows = []
    for label, result, averages in zip(board.labels, board.results, board.averages, strict=True):
        row = {
            "method": label + " (bound)" * result.bound + " (partial)" * result.partial,
            "input": result.input or "not said",
            "pairs": str(len(result.pairs)),
        }
        for number in board.numbers:
            mean = averages[number.name]
            cell = format_interval(mean, number) if mean else result.skipped.get(number.name, "missing")
            best = mean is not None and result.is_ranked and mean.mean == board.best.get(number.name)
            row[format_heading(number)] = f"**{cell}**" if best else cell
        row["s / pair"], row["peak MB"] = (_median(result, field) for field in ("seconds", "peak_mb"))
        rows.append(row)
    if published:
        cells = {format_heading(n): "" if n.published is None else f"{n.published:.{n.digits}f}" for n in board.numbers}
        rows.append({"method": f"*{PUBLISHED_ROW}*", "input": "drawing", "pairs": "68"} | cells)
    parts = [
        f"## {board.title}",
        "Means over pairs with 95% bootstrap intervals; ↑ higher is better, ↓ lower is better.",
        *(f"> {warning}" for warning in board.warnings),
        pd.DataFrame(rows).fillna("").to_markdown(index=False, disable_numparse=True),
        *([board.published_note] if published else []),
        *(_difference_table(board) if differences else []),
        "\n".join(f"- **{format_heading(number)}**: {number.meaning}" for number in board.numbers),
    ]
    return "\n\n".join(parts) + "\n"


def _difference_table(board: Board) -> list[str]:
    """The first row against every other; nothing with one row."""
    rows = []
    for other in range(1, len(board.results)):
        found = board.differences[0, other]
        cells = {"difference": f"{board.labels[0]} - {board.labels[other]}"}
        for number in board.numbers:
            cells[format_heading(number)] = (
                format_interval(found[number.name], number, signed=True) if number.name in found else ""
            )
        rows.append(cells)
    if not rows:
        return []
    words = (
        "Paired differences over the pairs that both methods have, with 95% bootstrap intervals; one that holds 0 does "
        "not say which is better. `differences.csv` has them between all rows."
    )
    return [words, pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)]


def build_frame(all_boards: Sequence[Board]) -> pd.DataFrame:
    """Every mean and interval, one line a method and number; the paper's own row with `published` true."""
    lines = []
    for board in all_boards:
        for label, result, averages in zip(board.labels, board.results, board.averages, strict=True):
            for number in board.numbers:
                mean = averages[number.name]
                lines.append(
                    _describe(board, number)
                    | {
                        "method": label,
                        "input": result.input,
                        "published": False,
                        "partial": result.partial,
                        "bound": result.bound,
                        "mean": mean.mean if mean else np.nan,
                        "low": mean.low if mean else np.nan,
                        "high": mean.high if mean else np.nan,
                        "pairs": mean.count if mean else 0,
                        "skipped": result.skipped.get(number.name, ""),
                    }
                )
        for number in board.numbers:
            if number.published is not None:
                known = {"method": PUBLISHED_ROW, "input": "drawing", "published": True, "mean": number.published}
                lines.append(
                    _describe(board, number) | known | {"partial": False, "bound": False, "pairs": 68, "skipped": ""}
                )
    return pd.DataFrame(lines)


def build_difference_frame(all_boards: Sequence[Board]) -> pd.DataFrame:
    """Every paired difference, one line a number and two rows: `method` minus `other`; `better` is empty where the
    interval holds 0.
    """
    lines = []
    for board in all_boards:
        for (row, other), found in board.differences.items():
            for number in board.numbers:
                if (difference := found.get(number.name)) is None:
                    continue
                winner = row if (difference.mean > 0) == number.higher_is_better else other
                undecided = difference.low <= 0 <= difference.high
                lines.append(
                    _describe(board, number)
                    | {
                        "method": board.labels[row],
                        "other": board.labels[other],
                        "difference": difference.mean,
                        "low": difference.low,
                        "high": difference.high,
                        "pairs": difference.count,
                        "better": "" if undecided else board.labels[winner],
                    }
                )
    return pd.DataFrame(lines)


def _describe(board: Board, number: Number) -> dict[str, object]:
    suite, protocol = board.results[0].suite, board.results[0].protocol
    return {
        "suite": suite["name"],
        "protocol": f"{protocol['name']} {protocol['version']}",
        "number": number.name,
        "unit": number.unit,
        "higher_is_better": number.higher_is_better,
    }


def format_interval(value: MeanInterval, number: Number, signed: bool = False) -> str:
    """`mean [low, high]`; the last pair's value has no interval."""
    digits = f"{'+' if signed else ''}.{number.digits}f"
    if number.over_pairs == "last":
        return f"{value.mean:{digits}} (last pair)"
    return f"{value.mean:{digits}} [{value.low:{digits}}, {value.high:{digits}}]"


def format_heading(number: Number) -> str:
    unit = f" {number.unit}" if number.unit else ""
    return f"{number.group} {number.title}{unit} {'↑' if number.higher_is_better else '↓'}"


def _median(result: MethodResult, field: str) -> str:
    values = [value for pair in result.pairs.values() if (value := getattr(pair, field)) is not None]
    return f"{np.median(values):.1f}" if values else "not measured"
