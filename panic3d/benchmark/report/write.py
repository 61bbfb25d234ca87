"""The report's folder: leaderboard.md, leaderboard.csv, leaderboard.html and pictures."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from panic3d.benchmark.leaderboard import Board, boards, frame, markdown
from panic3d.benchmark.predictions import Prediction
from panic3d.benchmark.report.page import render_page
from panic3d.benchmark.report.pictures import prediction_strip, truth_strip
from panic3d.benchmark.results import Result
from panic3d.benchmark.suites import Suite
from panic3d.progress import Progress
from panic3d.shards.files import write_atomically

NAME = "leaderboard"
ORDER_BY = "spin_psnr"
"""Pairs stand in the order of the methods' mean of this number, worst first."""


def write_report(results: Sequence[Result], out: Path) -> Path:
    """Writes the folder and gives the page. Pictures that an earlier report made of the same files are kept."""
    out.mkdir(parents=True, exist_ok=True)
    tables = boards(results)
    write_atomically(out / f"{NAME}.md", "\n".join(map(markdown, tables)).encode())
    write_atomically(out / f"{NAME}.csv", frame(tables).to_csv(index=False).encode())
    page = render_page([(board, _pairs(board, out)) for board in tables])
    write_atomically(out / f"{NAME}.html", page.encode())
    return out / f"{NAME}.html"


def _pairs(board: Board, out: Path) -> list[dict[str, Any]]:
    """What the page says of each pair of a board, worst first; makes the pictures that are missing."""
    suite = Suite(Path(board.results[0].suite["folder"]))
    keys = [key for key in suite.keys if any(key in result.pairs for result in board.results)]
    with Progress("report", len(keys)) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:

        def one(key: str) -> dict[str, Any]:
            pair = _pair(board, suite, key, out)
            progress.step(key)
            return pair

        return sorted(pool.map(one, keys), key=lambda pair: pair["order"])


def _pair(board: Board, suite: Suite, key: str, out: Path) -> dict[str, Any]:
    folder = Path("pictures") / suite.name / key
    truth = folder / f"truth-{suite.truth(key).sha256[:8]}.webp"
    if not (out / truth).is_file():
        truth_strip(suite, key, out / truth)
    rows: list[dict[str, Any]] = []
    for result in board.results:
        if key not in result.pairs:
            continue
        strip = folder / f"{result.method}-{result.pairs[key].prediction_sha256[:8]}.webp"
        if not (out / strip).is_file():
            prediction_strip(suite, key, Prediction(Path(result.predictions) / key), out / strip)
        rows.append({"result": result, "pair": result.pairs[key], "strip": strip.as_posix()})
    values = [row["pair"].numbers[ORDER_BY] for row in rows if ORDER_BY in row["pair"].numbers]
    meta = json.loads(suite.archive.read(key, "meta.json"))
    return {
        "key": key,
        "title": meta.get("title") or meta.get("source") or key,
        "credit": ", ".join(str(meta[name]) for name in ("author", "licence") if meta.get(name)),
        "truth": truth.as_posix(),
        "rows": rows,
        "order": float(np.mean(values)) if values else -np.inf,
    }
