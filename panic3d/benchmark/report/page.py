"""The HTML page: one file with its style and script inside, beside a folder of pictures."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from panic3d.benchmark.leaderboard import Board
from panic3d.benchmark.report.pictures import ERROR_COLOURS, ERROR_SCALE, TILES
from panic3d.benchmark.results import Result

HERE = Path(__file__).parent
TILE_TITLES = {"error": "front error"} | {f"spin{azimuth:03d}": f"{azimuth}°" for azimuth in range(0, 360, 30)}
KEY_NUMBERS = ("front_psnr", "spin_lpips", "chamfer_mm")
"""Shown beside a method's pictures."""


def render_page(parts: Sequence[tuple[Board, list[dict[str, Any]]]]) -> str:
    """The page for boards with their pairs."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(groups=groups, tiles=TILES, tile_titles=TILE_TITLES, medians=medians)
    return environment.get_template("page.html").render(
        parts=parts,
        style=(HERE / "page.css").read_text(),
        script=(HERE / "page.js").read_text(),
        key_numbers=KEY_NUMBERS,
        error_scale=ERROR_SCALE,
        error_colours=[f"rgb({', '.join(str(int(c)) for c in colour)})" for colour in ERROR_COLOURS],
    )


def groups(board: Board) -> list[tuple[str, int]]:
    """The table's upper heading: group and how many columns it spans."""
    return [(name, len(list(numbers))) for name, numbers in groupby(board.numbers, key=lambda number: number.group)]


def medians(result: Result) -> tuple[float | None, float | None]:
    """Seconds and peak memory in MB of a pair; None where nobody measured."""
    measured = ([getattr(pair, name) for pair in result.pairs.values()] for name in ("seconds", "peak_mb"))
    seconds, peak_mb = ([value for value in values if value is not None] for values in measured)
    return (median(seconds) if seconds else None), (median(peak_mb) if peak_mb else None)
