"""The HTML page: one file with its style and script inside; what it shows of pairs it loads as scripts."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from panic3d.benchmark.protocols.protocol import PUBLISHED_ROW
from panic3d.benchmark.report.leaderboard import Board
from panic3d.benchmark.report.pictures import ERROR_COLOURS, ERROR_SCALE, TILES, TRUTH_TILES
from panic3d.benchmark.results import MethodResult

HERE = Path(__file__).parent
KEY_NUMBERS = ("front_psnr", "spin_lpips", "spin_psnr", "chamfer_mm", "cd", "f_5mm", "f1_5mm")
"""Shown beside a method's pictures, where a protocol has them."""
ORDER_BY = ("spin_lpips", "spin_psnr")
"""Pairs stand in the order of the first of these that is there, until the reader chooses another."""


def render_page(tables: Sequence[Board]) -> str:
    """The page of some boards."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(groups=groups, medians=medians, pair_count=pair_count, columns=columns, skipped=skipped)
    return environment.get_template("page.html").render(
        boards=tables,
        style=(HERE / "page.css").read_text(),
        script=(HERE / "page.js").read_text() + (HERE / "viewer.js").read_text(),
        settings={"tiles": TILES, "truthTiles": TRUTH_TILES},
        published=PUBLISHED_ROW,
        error_scale=ERROR_SCALE,
        error_colours=[f"rgb({', '.join(str(int(c)) for c in colour)})" for colour in ERROR_COLOURS],
    )


def columns(board: Board) -> list[dict[str, Any]]:
    """What the script needs to know of each number."""
    there = {name for row in board.averages for name, mean in row.items() if mean is not None}
    order = next((name for name in ORDER_BY if name in there), board.numbers[0].name)
    return [
        {
            "name": number.name,
            "title": number.title if number.group == "geometry" else f"{number.group} {number.title}",
            "unit": number.unit,
            "higher": number.higher_is_better,
            "digits": number.digits,
            "key": number.name in KEY_NUMBERS,
            "order": number.name == order,
        }
        for number in board.numbers
    ]


def skipped(board: Board) -> list[str]:
    """Which numbers this or another machine could not compute, and why, a line a reason."""
    found: dict[str, set[str]] = {}
    for result in board.results:
        for number in board.numbers:
            if number.name in result.skipped:
                found.setdefault(result.skipped[number.name], set()).add(number.title)
    return [f"{', '.join(sorted(titles))} {reason}." for reason, titles in found.items()]


def groups(board: Board) -> list[tuple[str, int]]:
    """The table's upper heading: group and how many columns it spans."""
    return [(name, len(list(numbers))) for name, numbers in groupby(board.numbers, key=lambda number: number.group)]


def pair_count(board: Board) -> int:
    return len({key for result in board.results for key in result.pairs})


def medians(result: MethodResult) -> tuple[float | None, float | None]:
    """Seconds and peak memory in MB of a pair; None where nobody measured."""
    measured = ([getattr(pair, name) for pair in result.pairs.values()] for name in ("seconds", "peak_mb"))
    seconds, peak_mb = ([value for value in values if value is not None] for values in measured)
    return (median(seconds) if seconds else None), (median(peak_mb) if peak_mb else None)
