"""Write the folder of a report: the leaderboard as Markdown, CSV and HTML, and the files that the page loads.

    leaderboard.html  leaderboard.md  leaderboard.csv  differences.csv
    data/board-0.js ...          the pairs, numbers and differences of one leaderboard table
    pictures/SUITE/KEY/*.webp    a strip of images for the truth and for each method
    models/SUITE/KEY/*.js        meshes for the viewer
    vendor/three.min.js          the viewer's library

Chromium refuses to load `fetch` requests and JavaScript modules from disk, so data and library are plain scripts.
"""

import json
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from panic3d.benchmark.predictions import Prediction
from panic3d.benchmark.report.leaderboard import (
    LeaderboardTable,
    build_difference_frame,
    build_frame,
    format_markdown,
    group_results,
)
from panic3d.benchmark.report.page import render_page
from panic3d.benchmark.report.pictures import write_prediction_strip, write_truth_strip
from panic3d.benchmark.report.viewer_meshes import MAX_TRUTH_TRIANGLES, encode_viewer_mesh, write_viewer_mesh
from panic3d.benchmark.results import MethodResult
from panic3d.benchmark.suites.suite import Suite
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.gltf.mesh import read_gltf_mesh
from panic3d.geometry.glb import decode_glb
from panic3d.runtime.files import write_atomically
from panic3d.runtime.folder_lock import lock_folder
from panic3d.runtime.progress import Progress

NAME = "leaderboard"
REPORT_FOLDER = Path(__file__).parent
NUMBER_DIGITS = 6


def write_report(results: Sequence[MethodResult], out: str | Path) -> Path:
    """Write the report of `results` into the folder `out` and return the path of its HTML page.

    Images and meshes that an earlier report made from the same files are kept; those of files that no longer exist are
    removed. Raises UserError if the folder of a suite is missing, or if another process writes a report into `out`.
    """
    with lock_folder(Path(out)):
        return _write_files(group_results(results), Path(out))


def _write_files(tables: Sequence[LeaderboardTable], out: Path) -> Path:
    write_atomically(out / f"{NAME}.md", "\n".join(map(format_markdown, tables)).encode())
    write_atomically(out / f"{NAME}.csv", build_frame(tables).to_csv(index=False).encode())
    write_atomically(out / "differences.csv", build_difference_frame(tables).to_csv(index=False).encode())
    used = {path.relative_to(REPORT_FOLDER).as_posix() for path in (REPORT_FOLDER / "vendor").rglob("*.*")}
    for name in used:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out / name, (REPORT_FOLDER / name).read_bytes())
    (out / "data").mkdir(exist_ok=True)
    for index, table in enumerate(tables):
        pairs = _make_pair_records(table, out)
        used |= {row[kind] for pair in pairs for row in (pair, *pair["rows"]) for kind in ("strip", "model")} - {None}
        content = json.dumps(_make_table_record(table, pairs), ensure_ascii=False, separators=(",", ":"))
        used.add(f"data/board-{index}.js")
        write_atomically(out / f"data/board-{index}.js", f"panic3dBoard({index},{content})\n".encode())
    _remove_unused(out, used)
    write_atomically(out / f"{NAME}.html", render_page(tables).encode())
    return out / f"{NAME}.html"


def _make_table_record(table: LeaderboardTable, pairs: list[dict[str, Any]]) -> dict[str, Any]:
    differences = {
        f"{row}-{other}": {
            name: [round(value, NUMBER_DIGITS) for value in (difference.mean, difference.low, difference.high)]
            for name, difference in found.items()
        }
        for (row, other), found in table.differences.items()
    }
    return {"labels": table.labels, "differences": differences, "pairs": pairs}


def _make_pair_records(table: LeaderboardTable, out: Path) -> list[dict[str, Any]]:
    """Make the record of each pair of a table for the page, and write the images and meshes that are missing."""
    suite = Suite(Path(table.results[0].suite["folder"]))
    keys = [key for key in suite.keys if any(key in result.pairs for result in table.results)]
    with Progress("report", len(keys)) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:

        def make_record(key: str) -> dict[str, Any]:
            pair = _make_pair_record(table, suite, key, out)
            progress.step(key)
            return pair

        return list(pool.map(make_record, keys))


def _make_pair_record(table: LeaderboardTable, suite: Suite, key: str, out: Path) -> dict[str, Any]:
    truth, place = suite.truth(key), f"{_make_file_name(suite.name)}/{key}"
    strip = f"pictures/{place}/truth-{truth.sha256[:8]}.webp"
    if not (out / strip).is_file():
        write_truth_strip(suite, key, out / strip)
    model = f"models/{place}/truth-{truth.sha256[:8]}.js"
    if not (out / model).is_file():
        write_viewer_mesh(decode_glb(truth.archive.read(key, "mesh.glb")), out / model, MAX_TRUTH_TRIANGLES)
    meta = suite.archive.read_meta(key)
    return {
        "key": key,
        "title": meta.get("title") or meta.get("source") or key,
        "credit": ", ".join(str(meta[name]) for name in ("author", "licence") if meta.get(name)),
        "strip": strip,
        "model": model,
        "rows": [
            _make_row_record(index, result, suite, key, place, out)
            for index, result in enumerate(table.results)
            if key in result.pairs
        ],
    }


def _make_row_record(index: int, result: MethodResult, suite: Suite, key: str, place: str, out: Path) -> dict[str, Any]:
    pair = result.pairs[key]
    prediction = Prediction(Path(result.predictions) / key)
    name = f"{_make_file_name(Path(result.predictions).name)}-{pair.prediction_sha256[:8]}"
    strip, model = f"pictures/{place}/{name}.webp", f"models/{place}/{name}.js"
    if not (out / strip).is_file():
        write_prediction_strip(suite, key, prediction, out / strip)
    available: str | None = model
    if not (out / model).is_file():
        try:
            script = encode_viewer_mesh(read_gltf_mesh(prediction.folder / "mesh.glb"), Path(model).stem)
        except (AvatarError, OSError, ValueError, KeyError, IndexError, TypeError):
            available = None  # missing, empty or broken; the faults of the row name the reason
        else:
            (out / model).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(out / model, script)
    numbers = {name: round(value, NUMBER_DIGITS) for name, value in pair.numbers.items()}
    return {"row": index, "strip": strip, "model": available, "numbers": numbers, "faults": pair.faults}


def _remove_unused(out: Path, used: set[str]) -> None:
    for folder in ("data", "vendor", "pictures", "models"):
        for path in (out / folder).rglob("*"):
            if path.is_file() and path.relative_to(out).as_posix() not in used:
                path.unlink()


def _make_file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)
