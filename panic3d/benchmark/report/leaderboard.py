"""Compare results in leaderboard tables, one per suite and protocol, as pandas frames, Markdown and CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from panic3d.benchmark.metrics.mean_interval import MeanInterval
from panic3d.benchmark.protocols.protocol import PUBLISHED_ROW, MetricColumn
from panic3d.benchmark.results import MethodResult

ORDER_BY = ("spin_lpips", "spin_psnr")
"""At first, rows and pairs are sorted by the first of these columns that has values; the page can sort by any other."""
PUBLISHED_PAIRS = 68
SHOWN_FAULTS = 8
"""Number of faults that a warning lists."""


@dataclass(frozen=True)
class LeaderboardTable:
    """The results of several methods on one suite by one version of a protocol; each result is a row."""

    results: tuple[MethodResult, ...]

    @property
    def title(self) -> str:
        suite, protocol = self.results[0].suite, self.results[0].protocol
        return f"{suite['name']}, protocol {protocol['name']} {protocol['version']}"

    @cached_property
    def columns(self) -> tuple[MetricColumn, ...]:
        """The columns of all rows, without duplicates."""
        return tuple({column.name: column for result in self.results for column in result.columns}.values())

    @cached_property
    def labels(self) -> list[str]:
        """One unique label per row: the method's name, with its input and a counter if several rows share the name."""
        found: list[str] = []
        for result in self.results:
            same = [other for other in self.results if other.method == result.method]
            label = result.method
            if len({other.input for other in same}) > 1:
                label += f" ({result.input or 'unknown input'})"
            earlier = sum(other == label or other.startswith(f"{label} #") for other in found)
            found.append(f"{label} #{earlier + 1}" if earlier else label)
        return found

    @cached_property
    def averages(self) -> list[dict[str, MeanInterval | None]]:
        """One dictionary per row, from the name of a column to its average; None where no pair has the value."""
        return [{column.name: result.average(column.name) for column in self.columns} for result in self.results]

    @cached_property
    def main_column(self) -> MetricColumn:
        """The column by which rows and pairs are sorted at first."""
        measured = {name for row in self.averages for name, mean in row.items() if mean is not None}
        with_values = {column.name: column for column in self.columns if column.name in measured}
        first = next(iter(with_values.values()), self.columns[0])
        return next((with_values[name] for name in ORDER_BY if name in with_values), first)

    def sort(self) -> "LeaderboardTable":
        """Return the table with the best row of the main column first; rows without a value come last."""
        column = self.main_column
        means = [row[column.name] for row in self.averages]
        sign = -1 if column.higher_is_better else 1

        def rank(index: int) -> tuple[bool, float]:
            mean = means[index]
            return mean is None, sign * mean.mean if mean else 0.0

        return LeaderboardTable(tuple(self.results[index] for index in sorted(range(len(means)), key=rank)))

    @cached_property
    def best(self) -> dict[str, float]:
        """The best mean of each column among the rows that are ranked; a column with only one mean has no best."""
        found = {}
        for column in self.columns:
            means = [
                mean.mean
                for result, row in zip(self.results, self.averages, strict=True)
                if result.is_ranked and (mean := row[column.name]) is not None
            ]
            if len(means) > 1:
                found[column.name] = max(means) if column.higher_is_better else min(means)
        return found

    @cached_property
    def published_note(self) -> str:
        """Sentences on whether the paper's published row can be compared with the rows of this table."""
        suite, protocol = self.results[0].suite["name"], self.results[0].protocol["name"]
        alone = [column.title for column in self.columns if column.published_over == "last"]
        last = f" Its {' and '.join(alone)} are those of the last of the 68 pairs alone, not means." if alone else ""
        if suite == "animerecon" and protocol == "paper":
            return f"The published row is the paper's own, on the same pairs by the same protocol.{last}"
        differs = [
            reason
            for reason, differ in (
                ("on the 68 AnimeRecon pairs, which are not these", suite != "animerecon"),
                ("by protocol paper, flaws included", protocol != "paper"),
            )
            if differ
        ]
        return f"The published row was measured {' and '.join(differs)}: for orientation, not for comparison.{last}"

    @cached_property
    def warnings(self) -> list[str]:
        """Why rows cannot be compared: different truths of a pair, different inputs or pairs, notes, or faults."""
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
            if result.notes:
                found.append(f"{label}: {result.notes}.")
            if result.partial:
                more = len(result.faults) - SHOWN_FAULTS
                listed = "; ".join(result.faults[:SHOWN_FAULTS]) + (f" and {more} more" if more > 0 else "")
                found.append(f"{label} is partial: {listed}.")
        return found

    @cached_property
    def differences(self) -> dict[tuple[int, int], dict[str, MeanInterval]]:
        """Paired differences of each row from every later row, by their indices, for the columns that both have."""
        found = {}
        for row, other in combinations(range(len(self.results)), 2):
            first, second = self.results[row], self.results[other]
            both = {
                column.name: first.values(column.name).difference(second.values(column.name))
                for column in self.columns
                if column.over_pairs == "mean"
            }
            found[row, other] = {name: difference for name, difference in both.items() if difference is not None}
        return found


def group_results(results: Sequence[MethodResult]) -> list[LeaderboardTable]:
    """Group results into sorted tables: results of the same suite and the same protocol share a table."""
    groups: dict[tuple, list[MethodResult]] = {}
    for result in results:
        identity = (result.suite["name"], result.suite["sha256"], *result.protocol.values())
        groups.setdefault(identity, []).append(result)
    return [LeaderboardTable(tuple(rows)).sort() for rows in groups.values()]


def format_markdown(table: LeaderboardTable, published: bool = True, differences: bool = True) -> str:
    """Format a table as Markdown: means with 95% intervals, the best in bold.

    `published` adds the paper's own row; `differences` adds the differences of the first row from every other row.
    """
    rows = []
    for label, result, averages in zip(table.labels, table.results, table.averages, strict=True):
        row = {
            "method": label + " (bound)" * result.bound + " (partial)" * result.partial,
            "input": result.input or "not said",
            "pairs": str(len(result.pairs)),
        }
        for column in table.columns:
            mean = averages[column.name]
            cell = format_interval(mean, column) if mean else result.skipped.get(column.name, "missing")
            best = mean is not None and result.is_ranked and mean.mean == table.best.get(column.name)
            row[format_heading(column)] = f"**{cell}**" if best else cell
        row["s / pair"] = _format_median(result, "seconds")
        row["peak MB"] = _format_median(result, "peak_mb")
        rows.append(row)
    if published:
        cells = {format_heading(column): format_published(column) for column in table.columns}
        rows.append({"method": f"*{PUBLISHED_ROW}*", "input": "drawing", "pairs": str(PUBLISHED_PAIRS)} | cells)
    parts = [
        f"## {table.title}",
        "Means over pairs with 95% bootstrap intervals; ↑ higher is better, ↓ lower is better.",
        *(f"> {warning}" for warning in table.warnings),
        pd.DataFrame(rows).fillna("").to_markdown(index=False, disable_numparse=True),
        *([table.published_note] if published else []),
        *(_format_differences(table) if differences else []),
        "\n".join(f"- **{format_heading(column)}**: {column.meaning}" for column in table.columns),
    ]
    return "\n\n".join(parts) + "\n"


def _format_differences(table: LeaderboardTable) -> list[str]:
    """Format the differences of the first row from every other row; returns nothing for a table with one row."""
    rows = []
    for other in range(1, len(table.results)):
        found = table.differences[0, other]
        cells = {"difference": f"{table.labels[0]} - {table.labels[other]}"}
        for column in table.columns:
            cells[format_heading(column)] = (
                format_interval(found[column.name], column, signed=True) if column.name in found else ""
            )
        rows.append(cells)
    if not rows:
        return []
    explanation = (
        "Paired differences over the pairs that both methods have, with 95% bootstrap intervals; one that holds 0 does "
        "not say which is better. `differences.csv` has them between all rows."
    )
    return [explanation, pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)]


def build_frame(tables: Sequence[LeaderboardTable]) -> pd.DataFrame:
    """Return all means and intervals with one line per method and column.

    In the lines of the paper's own row `published` is true.
    """
    lines = []
    for table in tables:
        for label, result, averages in zip(table.labels, table.results, table.averages, strict=True):
            for column in table.columns:
                mean = averages[column.name]
                lines.append(
                    _describe_column(table, column)
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
                        "skipped": result.skipped.get(column.name, ""),
                    }
                )
        for column in table.columns:
            if column.published is not None:
                known = {"method": PUBLISHED_ROW, "input": "drawing", "published": True, "mean": column.published}
                lines.append(
                    _describe_column(table, column)
                    | known
                    | {"partial": False, "bound": False, "skipped": ""}
                    | {"pairs": PUBLISHED_PAIRS if column.published_over == "mean" else 1}
                )
    return pd.DataFrame(lines)


def build_difference_frame(tables: Sequence[LeaderboardTable]) -> pd.DataFrame:
    """Return all paired differences, `method` minus `other`, with one line per column and pair of rows.

    `better` is the label of the better row; it is empty if the interval contains 0.
    """
    lines = []
    for table in tables:
        for (row, other), found in table.differences.items():
            for column in table.columns:
                if (difference := found.get(column.name)) is None:
                    continue
                winner = row if (difference.mean > 0) == column.higher_is_better else other
                undecided = difference.low <= 0 <= difference.high
                lines.append(
                    _describe_column(table, column)
                    | {
                        "method": table.labels[row],
                        "other": table.labels[other],
                        "difference": difference.mean,
                        "low": difference.low,
                        "high": difference.high,
                        "pairs": difference.count,
                        "better": "" if undecided else table.labels[winner],
                    }
                )
    return pd.DataFrame(lines)


def _describe_column(table: LeaderboardTable, column: MetricColumn) -> dict[str, object]:
    suite, protocol = table.results[0].suite, table.results[0].protocol
    return {
        "suite": suite["name"],
        "protocol": f"{protocol['name']} {protocol['version']}",
        "number": column.name,
        "unit": column.unit,
        "higher_is_better": column.higher_is_better,
    }


def format_interval(value: MeanInterval, column: MetricColumn, signed: bool = False) -> str:
    """Format an average as `mean [low, high]`, or without an interval if it is the value of the last pair only."""
    number_format = f"{'+' if signed else ''}.{column.digits}f"
    if column.over_pairs == "last":
        return f"{value.mean:{number_format}} (last pair)"
    return value.format(number_format)


def format_published(column: MetricColumn) -> str:
    """Format the paper's number of a column, marked where it is no mean; empty if there is none."""
    if column.published is None:
        return ""
    return f"{column.published:.{column.digits}f}{' (last pair)' if column.published_over == 'last' else ''}"


def format_heading(column: MetricColumn) -> str:
    """Format the heading of a column: group, title, unit and an arrow that points to better values."""
    unit = f" {column.unit}" if column.unit else ""
    return f"{column.group} {column.title}{unit} {'↑' if column.higher_is_better else '↓'}"


def _format_median(result: MethodResult, field: Literal["seconds", "peak_mb"]) -> str:
    median = result.median(field)
    return "not measured" if median is None else f"{median:.1f}"
