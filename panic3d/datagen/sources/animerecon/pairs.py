"""`panic3d data animerecon`: the user's own downloads, sorted into pairs of a 3D model and a drawing.

What comes out is what `panic3d benchmark build animerecon --from` and `panic3d render FOLDER/models` take:

    models/FRANCHISE/NAME.zip (or .vrm ...)      the model as it was downloaded
    portraits/FRANCHISE/NAME.png                 the drawing, RGBA
    pairs.json                                   which belong together, alignment, region of interest
    names.csv                                    which file was taken for what: edit it, and give it with --names
"""

import csv
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from panic3d.datagen.avatars.files.archives import Archive
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.sources.animerecon.alignment import Alignment
from panic3d.datagen.sources.animerecon.downloads import Downloads, find_downloads, match
from panic3d.runtime.errors import UserError
from panic3d.shards.files import write_atomically
from panic3d.shards.schema import SCHEMA, json_bytes, png_bytes

PAIRS, NAMES = "pairs.json", "names.csv"
IN_ARCHIVES = (".pmx", ".vrm", ".glb", ".gltf")
COLUMNS = ("pair", "model", "portrait")
PAPER_PAIRS = 68


@dataclass(frozen=True)
class Pair:
    """A model and the drawing of the same character."""

    franchise: str
    name: str
    model: Path
    portrait: Path
    alignment: Alignment | None
    """None: nobody has said where the drawing lies on the render."""


@dataclass(frozen=True)
class Sorted:
    """What came of the downloads."""

    pairs: list[str]
    missing: dict[str, str]
    """Pair to what is missing of it, by name."""


def sort_downloads(
    folders: Sequence[Path],
    out: Path,
    listed: Sequence[str] | None,
    names: Mapping[str, tuple[str, str]],
    alignments: Mapping[str, Alignment],
) -> Sorted:
    """Fills `out`. `listed` are the wanted pairs (None: all models'), `names` the user's word on their files.

    UserError where there is nothing to sort, or a named file does not exist.
    """
    downloads = find_downloads(folders)
    wanted = list(dict.fromkeys([*(listed if listed is not None else downloads.pairs()), *names]))
    if not wanted:
        where = ", ".join(map(str, folders))
        raise UserError(f"expected models (.zip, .pmx, .vrm, .glb) and portraits in {where}, found no pair")
    rows, records, missing = [], [], {}
    for pair in wanted:
        model, portrait, lacks = _files(pair, downloads, names.get(pair, ("", "")))
        rows.append((pair, str(model or ""), str(portrait or "")))
        if model and portrait and not lacks:
            try:
                records.append(_put(out, pair, model, portrait, alignments.get(pair)))
            except _Unusable as error:
                lacks.append(str(error))
        if lacks:
            missing[pair] = "; ".join(lacks)
    write_atomically(_ready(out / PAIRS), json_bytes({"schema": SCHEMA, "pairs": records}))
    write_names(out / NAMES, rows)
    return Sorted([f"{record['franchise']}/{record['name']}" for record in records], missing)


def read_pairs(folder: Path) -> list[Pair]:
    """The pairs of a sorted folder. UserError where it is none, or a file of it is gone."""
    path = folder / PAIRS
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] > SCHEMA:
            raise UserError(
                f"{path} has schema {content['schema']}, newer than the {SCHEMA} known here: update panic3d"
            )
        return [_pair(folder, record) for record in content["pairs"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder} is no folder of pairs ({error}): make one with `panic3d data animerecon`") from None


def read_list(path: Path) -> list[str]:
    """`franchise/name` a line, as in the authors' `daredemoE_test.csv`. UserError where there is none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UserError(f"expected a list of pairs at {path}, which cannot be read ({error.strerror})") from None
    pairs = ["/".join(line.split(",")[0].strip().strip('"').split("/")[-2:]) for line in lines if "/" in line]
    if not pairs:
        raise UserError(f"expected lines franchise/name in {path}, found none")
    return list(dict.fromkeys(pairs))


def read_names(path: Path) -> dict[str, tuple[str, str]]:
    """Pair to model and portrait, from a `names.csv`. UserError where a column is missing."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        return {row["pair"]: (row["model"] or "", row["portrait"] or "") for row in rows}
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise UserError(f"expected a table with columns {', '.join(COLUMNS)} at {path}, found else ({error})") from None


def write_names(path: Path, rows: Sequence[tuple[str, str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def _files(pair: str, downloads: Downloads, named: tuple[str, str]) -> tuple[Path | None, Path | None, list[str]]:
    """Model and portrait, and what is missing."""
    lacks = []
    found: list[Path | None] = []
    for what, given, candidates in (
        ("model", named[0], downloads.models),
        ("portrait", named[1], downloads.portraits),
    ):
        if given:
            if not Path(given).is_file():
                raise UserError(f"the names table gives {given} as the {what} of {pair}, which is no file")
            found.append(Path(given))
            continue
        fitting = match(pair, candidates)
        found.append(fitting[0] if len(fitting) == 1 else None)
        if not fitting:
            lacks.append(f"no {what}{downloads.hint(pair) if what == 'model' else ''}")
        elif len(fitting) > 1:
            lacks.append(f"{len(fitting)} files may be its {what}: {', '.join(str(path) for path in fitting[:4])}")
    return found[0], found[1], lacks


class _Unusable(Exception):
    """A file was found and cannot be used; the message is one sentence."""


def _put(out: Path, pair: str, model: Path, portrait: Path, alignment: Alignment | None) -> dict[str, Any]:
    franchise, _, name = pair.partition("/")
    data = _rgba_png(portrait)
    if model.suffix.lower() == ".zip":
        _check_archive(model)
    target = out / "models" / franchise / f"{name}{model.suffix.lower()}"
    if model.suffix.lower() in (".pmx", ".gltf"):  # its textures lie beside it
        target = out / "models" / franchise / name / target.name
        shutil.copytree(model.parent, target.parent, dirs_exist_ok=True, ignore=_other_models(model))
        (target.parent / model.name).replace(target)
    else:
        _link(model, _ready(target))
    picture = _ready(out / "portraits" / franchise / f"{name}.png")
    write_atomically(picture, data)
    return {
        "franchise": franchise,
        "name": name,
        "model": str(target.relative_to(out)),
        "portrait": str(picture.relative_to(out)),
        "align": alignment.canonical_from_portrait.tolist() if alignment else None,
        "roi": list(alignment.roi) if alignment and alignment.roi else None,
    }


def _pair(folder: Path, record: Mapping[str, Any]) -> Pair:
    model, portrait = folder / record["model"], folder / record["portrait"]
    for path in (model, portrait):
        if not path.is_file():
            raise UserError(f"{path} is gone: give `panic3d data animerecon` again")
    roi = record["roi"]
    alignment = None
    if record["align"] is not None:
        alignment = Alignment("", np.asarray(record["align"], np.float64), tuple(map(float, roi)) if roi else None)  # type: ignore[arg-type]
    return Pair(record["franchise"], record["name"], model, portrait, alignment)


def _check_archive(path: Path) -> None:
    """_Unusable unless there is exactly one model in it."""
    try:
        with Archive(path) as archive:
            models = [name for name in archive.names if Path(name).suffix.lower() in IN_ARCHIVES]
    except AvatarError as error:
        raise _Unusable(str(error)) from None
    if len(models) != 1:
        held = f"{len(models)} models ({', '.join(models[:4])})" if models else "no model"
        advice = "unpack it and name the right one in names.csv" if models else f"expected {', '.join(IN_ARCHIVES)}"
        raise _Unusable(f"{path} holds {held}: {advice}")


def _rgba_png(path: Path) -> bytes:
    try:
        with Image.open(path) as image:
            return png_bytes(np.asarray(image.convert("RGBA")))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _Unusable(f"{path} is no readable picture ({type(error).__name__})") from None


def _other_models(model: Path) -> Callable[[str, list[str]], list[str]]:
    def ignore(_folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name.lower().endswith(model.suffix.lower()) and name != model.name]

    return ignore


def _link(source: Path, target: Path) -> None:
    """A second name for the same bytes, where the file system can; else a copy."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _ready(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
