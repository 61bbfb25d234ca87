"""The report's folder: leaderboard.md, .csv, .html, and what the page loads on demand.

    leaderboard.html  leaderboard.md  leaderboard.csv  differences.csv
    data/board-0.js ...          a board's pairs, numbers and differences
    pictures/SUITE/KEY/*.webp    a strip of pictures for the truth and for each method
    models/SUITE/KEY/*.js        meshes for the viewer
    vendor/three.min.js          the viewer's library

Chromium refuses to `fetch` from disk, and modules too: data and library are plain scripts.
"""

import json
import os
import re
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from panic3d.benchmark.predictions import Prediction
from panic3d.benchmark.report.leaderboard import (
    Board,
    build_difference_frame,
    build_frame,
    format_markdown,
    group_results,
)
from panic3d.benchmark.report.page import render_page
from panic3d.benchmark.report.pictures import write_prediction_strip, write_truth_strip
from panic3d.benchmark.report.viewer_meshes import TRUE_MESH_TRIANGLES, read_prediction_mesh, write_viewer_mesh
from panic3d.benchmark.results import MethodResult
from panic3d.benchmark.suites.suite import Suite
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.geometry.glb import decode_glb
from panic3d.runtime.progress import Progress
from panic3d.shards.files import write_atomically

NAME = "leaderboard"
HERE = Path(__file__).parent
NUMBER_DIGITS = 6


def write_report(results: Sequence[MethodResult], out: str | Path) -> Path:
    """Writes the folder and gives the page. Pictures and meshes that an earlier report made of the same files are
    kept, those of files that are gone are removed.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    tables = group_results(results)
    write_atomically(out / f"{NAME}.md", "\n".join(map(format_markdown, tables)).encode())
    write_atomically(out / f"{NAME}.csv", build_frame(tables).to_csv(index=False).encode())
    write_atomically(out / "differences.csv", build_difference_frame(tables).to_csv(index=False).encode())
    for folder in ("data", "vendor"):
        shutil.rmtree(out / folder, ignore_errors=True)
    shutil.copytree(HERE / "vendor", out / "vendor")
    (out / "data").mkdir()
    used: set[str] = set()
    for index, board in enumerate(tables):
        pairs = _pairs(board, out)
        used |= {row[kind] for pair in pairs for row in (pair, *pair["rows"]) for kind in ("strip", "model")} - {None}
        content = json.dumps(_board_record(board, pairs), ensure_ascii=False, separators=(",", ":"))
        write_atomically(out / "data" / f"board-{index}.js", f"panic3dBoard({index},{content})\n".encode())
    _remove_unused(out, used)
    write_atomically(out / f"{NAME}.html", render_page(tables).encode())
    return out / f"{NAME}.html"


def _board_record(board: Board, pairs: list[dict[str, Any]]) -> dict[str, Any]:
    differences = {
        f"{row}-{other}": {
            name: [round(value, NUMBER_DIGITS) for value in (difference.mean, difference.low, difference.high)]
            for name, difference in found.items()
        }
        for (row, other), found in board.differences.items()
    }
    return {"labels": board.labels, "differences": differences, "pairs": pairs}


def _pairs(board: Board, out: Path) -> list[dict[str, Any]]:
    """What the page says of each pair of a board; makes the pictures and meshes that are missing."""
    suite = Suite(Path(board.results[0].suite["folder"]))
    keys = [key for key in suite.keys if any(key in result.pairs for result in board.results)]
    with Progress("report", len(keys)) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:

        def one(key: str) -> dict[str, Any]:
            pair = _pair(board, suite, key, out)
            progress.step(key)
            return pair

        return list(pool.map(one, keys))


def _pair(board: Board, suite: Suite, key: str, out: Path) -> dict[str, Any]:
    truth, place = suite.truth(key), f"{_file_name(suite.name)}/{key}"
    strip = f"pictures/{place}/truth-{truth.sha256[:8]}.webp"
    if not (out / strip).is_file():
        write_truth_strip(suite, key, out / strip)
    model = f"models/{place}/truth-{truth.sha256[:8]}.js"
    if not (out / model).is_file():
        write_viewer_mesh(decode_glb(truth.archive.read(key, "mesh.glb")), out / model, TRUE_MESH_TRIANGLES)
    meta = json.loads(suite.archive.read(key, "meta.json"))
    return {
        "key": key,
        "title": meta.get("title") or meta.get("source") or key,
        "credit": ", ".join(str(meta[name]) for name in ("author", "licence") if meta.get(name)),
        "strip": strip,
        "model": model,
        "rows": [
            _row(index, result, suite, key, place, out)
            for index, result in enumerate(board.results)
            if key in result.pairs
        ],
    }


def _row(index: int, result: MethodResult, suite: Suite, key: str, place: str, out: Path) -> dict[str, Any]:
    pair = result.pairs[key]
    prediction = Prediction(Path(result.predictions) / key)
    name = f"{_file_name(Path(result.predictions).name)}-{pair.prediction_sha256[:8]}"
    strip, model = f"pictures/{place}/{name}.webp", f"models/{place}/{name}.js"
    if not (out / strip).is_file():
        write_prediction_strip(suite, key, prediction, out / strip)
    shown: str | None = model
    if not (out / model).is_file():
        try:
            write_viewer_mesh(read_prediction_mesh(prediction.folder / "mesh.glb"), out / model)
        except (AvatarError, OSError, ValueError, KeyError, IndexError, TypeError):
            shown = None  # missing, empty or broken: the row's faults say so
    numbers = {name: round(value, NUMBER_DIGITS) for name, value in pair.numbers.items()}
    return {"row": index, "strip": strip, "model": shown, "numbers": numbers, "faults": pair.faults}


def _remove_unused(out: Path, used: set[str]) -> None:
    for folder in ("pictures", "models"):
        for path in (out / folder).rglob("*"):
            if path.is_file() and path.relative_to(out).as_posix() not in used:
                path.unlink()


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)
