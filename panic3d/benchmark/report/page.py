"""Render the HTML page of a report: one file with its style and script inside, which loads the data of pairs."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from panic3d.benchmark.protocols.protocol import PUBLISHED_ROW
from panic3d.benchmark.report.leaderboard import LeaderboardTable, format_published
from panic3d.benchmark.report.pictures import ERROR_COLOURS, ERROR_SCALE, TILES, TRUTH_TILES

REPORT_FOLDER = Path(__file__).parent
KEY_COLUMNS = ("front_psnr", "spin_lpips", "spin_psnr", "chamfer_mm", "cd", "f_5mm", "f1_5mm")
"""The columns whose values stand beside the images of a method, where a protocol has them."""


def render_page(tables: Sequence[LeaderboardTable]) -> str:
    """Return the HTML page of leaderboard tables."""
    environment = Environment(
        loader=FileSystemLoader(REPORT_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    functions = (list_column_groups, count_pairs, describe_columns, list_skipped, format_published)
    environment.globals.update({function.__name__: function for function in functions})
    return environment.get_template("page.html").render(
        tables=tables,
        style=(REPORT_FOLDER / "page.css").read_text(),
        script=(REPORT_FOLDER / "page.js").read_text() + (REPORT_FOLDER / "viewer.js").read_text(),
        settings={"tiles": TILES, "truthTiles": TRUTH_TILES},
        published=PUBLISHED_ROW,
        error_scale=ERROR_SCALE,
        error_colours=[f"rgb({', '.join(str(int(c)) for c in colour)})" for colour in ERROR_COLOURS],
    )


def describe_columns(table: LeaderboardTable) -> list[dict[str, Any]]:
    """Describe each column for the script of the page."""
    return [
        {
            "name": column.name,
            "title": column.title if column.group == "geometry" else f"{column.group} {column.title}",
            "unit": column.unit,
            "higher": column.higher_is_better,
            "digits": column.digits,
            "key": column.name in KEY_COLUMNS,
            "order": column == table.main_column,
        }
        for column in table.columns
    ]


def list_skipped(table: LeaderboardTable) -> list[str]:
    """Return one line per reason for which columns could not be computed on this or another machine."""
    found: dict[str, set[str]] = {}
    for result in table.results:
        for column in table.columns:
            if column.name in result.skipped:
                found.setdefault(result.skipped[column.name], set()).add(column.title)
    return [f"{', '.join(sorted(titles))} {reason}." for reason, titles in found.items()]


def list_column_groups(table: LeaderboardTable) -> list[tuple[str, int]]:
    """Return the groups of the table's upper heading, each with the number of columns that it spans."""
    return [(name, len(list(columns))) for name, columns in groupby(table.columns, key=lambda column: column.group)]


def count_pairs(table: LeaderboardTable) -> int:
    """Return the number of different pairs over all rows of a table."""
    return len({key for result in table.results for key in result.pairs})
