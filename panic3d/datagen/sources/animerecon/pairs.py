"""`panic3d data animerecon`: the user's own downloads, sorted into pairs of a 3D model and a drawing.

The folder that it makes is the input of `panic3d benchmark build animerecon --from` and of `panic3d render`:

    models/FRANCHISE/NAME.zip (or .vrm ...)      the model as it was downloaded
    portraits/FRANCHISE/NAME.png                 the drawing, RGBA
    pairs.json                                   which belong together, alignment, region of interest
    names.csv                                    the files of each pair: edit it, and pass it with --names
"""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from panic3d.datagen.avatars.files.archives import Archive
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.sources.animerecon.alignment import Alignment
from panic3d.datagen.sources.animerecon.downloads import Downloads, find_downloads, match_files
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import copy_atomically, write_atomically
from panic3d.runtime.folder_lock import lock_folder
from panic3d.runtime.pictures import open_picture
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import UnsuitableFile, read_file
from panic3d.runtime.sentences import shorten_sentence
from panic3d.shards.key_lists import read_first_column
from panic3d.shards.schema import SCHEMA, encode_json, encode_png

PAIRS_FILE, NAMES_FILE = "pairs.json", "names.csv"
MODEL_SUFFIXES = (".pmx", ".vrm", ".glb", ".gltf")
"""The models that are accepted in archives."""
COLUMNS = ("pair", "model", "portrait")
"""The columns of `names.csv`."""
PAPER_PAIRS = 68
"""The number of pairs in the paper."""


@dataclass(frozen=True)
class Pair:
    """A model and the drawing of the same character."""

    franchise: str
    name: str
    model: Path
    portrait: Path
    alignment: Alignment | None
    """None where the authors' alignment is not known."""


class PairEntry(TypedDict):
    """A pair in `pairs.json`; paths are relative to its folder."""

    franchise: str
    name: str
    model: str
    portrait: str
    align: list[list[float]] | None
    roi: list[float] | None


class PairsFile(TypedDict):
    """The content of `pairs.json`."""

    schema: int
    pairs: list[PairEntry]


@dataclass(frozen=True)
class SortResult:
    """The outcome of sorting."""

    pairs: list[str]
    missing: dict[str, str]
    """Pair to a description of what it lacks."""


def sort_downloads(
    folders: Sequence[Path],
    out: Path,
    listed: Sequence[str] | None,
    names: Mapping[str, tuple[str, str]],
    alignments: Mapping[str, Alignment],
) -> SortResult:
    """Fill `out` with pairs. `listed` are the wanted pairs (None: one per model), `names` override their files.

    Raises UserError where there is nothing to sort, a named file does not exist, or another process fills `out`.
    """
    downloads = find_downloads(folders)
    wanted = list(dict.fromkeys([*(listed if listed is not None else downloads.pairs()), *names]))
    if not wanted:
        where = ", ".join(map(str, folders))
        raise UserError(f"expected models (.zip, .pmx, .vrm, .glb) and portraits in {where}, found no pair")
    with lock_folder(out):
        return _store_pairs(out, wanted, downloads, names, alignments)


def _store_pairs(
    out: Path,
    wanted: Sequence[str],
    downloads: Downloads,
    names: Mapping[str, tuple[str, str]],
    alignments: Mapping[str, Alignment],
) -> SortResult:
    rows, records, missing = [], [], {}
    for pair in wanted:
        model, portrait, lacks = _find_files(pair, downloads, names.get(pair, ("", "")))
        rows.append((pair, str(model or ""), str(portrait or "")))
        if model and portrait and not lacks:
            try:
                records.append(_store_pair(out, pair, model, portrait, alignments.get(pair)))
            except _UnusableFile as error:
                lacks.append(str(error))
        if lacks:
            missing[pair] = "; ".join(lacks)
    write_atomically(_make_parent(out / PAIRS_FILE), encode_json({"schema": SCHEMA, "pairs": records}))
    write_names(out / NAMES_FILE, rows)
    return SortResult([f"{record['franchise']}/{record['name']}" for record in records], missing)


def load_pairs(folder: Path) -> list[Pair]:
    """Load the pairs of a sorted folder. Raises UserError where it is no such folder, or a file is missing."""
    path = folder / PAIRS_FILE
    try:
        content: PairsFile = parse_json(read_file(path), PairsFile)
    except (OSError, ValueError) as error:
        sentence = f"{folder} is no folder of pairs ({error}): make one with `panic3d data animerecon`"
        raise UserError(shorten_sentence(sentence)) from None
    if content["schema"] > SCHEMA:
        raise UserError(f"{path} has schema {content['schema']}, newer than the {SCHEMA} known here: update panic3d")
    return [_parse_pair(folder, record) for record in content["pairs"]]


def read_list(path: Path) -> list[str]:
    """Read a list of pairs, one `franchise/name` per line, as in the authors' `daredemoE_test.csv`.

    Raises UserError where there is none.
    """
    try:
        names = read_first_column(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"expected a list of pairs at {path}, which cannot be read ({reason})") from None
    pairs = ["/".join(name.split("/")[-2:]) for name in names if "/" in name]
    if not pairs:
        raise UserError(f"expected lines franchise/name in {path}, found none")
    return list(dict.fromkeys(pairs))


def read_names(path: Path) -> dict[str, tuple[str, str]]:
    """Read model and portrait by pair from a `names.csv`. Raises UserError where a column is missing."""
    try:
        rows = list(csv.DictReader(io.StringIO(read_file(path).decode("utf-8-sig"), newline="")))
        return {row["pair"]: (row["model"] or "", row["portrait"] or "") for row in rows}
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"expected a table with columns {', '.join(COLUMNS)} at {path}, found else ({error})") from None


def write_names(path: Path, rows: Sequence[tuple[str, str, str]]) -> None:
    """Write a `names.csv` of pair, model and portrait."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    write_atomically(path, text.getvalue().encode(errors="surrogateescape"))


def _find_files(pair: str, downloads: Downloads, named: tuple[str, str]) -> tuple[Path | None, Path | None, list[str]]:
    """Find model and portrait. Returns them, and a list of what is missing."""
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
        fitting = match_files(pair, candidates)
        found.append(fitting[0] if len(fitting) == 1 else None)
        if not fitting:
            lacks.append(f"no {what}{downloads.describe_found_files(pair) if what == 'model' else ''}")
        elif len(fitting) > 1:
            lacks.append(f"{len(fitting)} files may be its {what}: {', '.join(str(path) for path in fitting[:4])}")
    return found[0], found[1], lacks


class _UnusableFile(Exception):
    """A file was found but cannot be used. The message is one sentence."""


def _store_pair(out: Path, pair: str, model: Path, portrait: Path, alignment: Alignment | None) -> dict[str, Any]:
    franchise, _, name = pair.partition("/")
    data = _read_as_png(portrait)
    if model.suffix.lower() == ".zip":
        _check_archive(model)
    target = out / "models" / franchise / f"{name}{model.suffix.lower()}"
    if model.suffix.lower() in (".pmx", ".gltf"):  # its textures lie beside it
        target = out / "models" / franchise / name / target.name
        _copy_model_folder(model, target.parent)
        (target.parent / model.name).replace(target)
    else:
        _link(model, _make_parent(target))
    picture = _make_parent(out / "portraits" / franchise / f"{name}.png")
    write_atomically(picture, data)
    return {
        "franchise": franchise,
        "name": name,
        "model": str(target.relative_to(out)),
        "portrait": str(picture.relative_to(out)),
        "align": alignment.canonical_from_portrait.tolist() if alignment else None,
        "roi": list(alignment.roi) if alignment and alignment.roi else None,
    }


def _parse_pair(folder: Path, record: PairEntry) -> Pair:
    model, portrait = folder / record["model"], folder / record["portrait"]
    for path in (model, portrait):
        if not path.is_file():
            raise UserError(f"{path} is missing: run `panic3d data animerecon` again")
    roi = record["roi"]
    alignment = None
    if record["align"] is not None:
        alignment = Alignment("", np.asarray(record["align"], np.float64), tuple(map(float, roi)) if roi else None)  # type: ignore[arg-type]
    return Pair(record["franchise"], record["name"], model, portrait, alignment)


def _check_archive(path: Path) -> None:
    """Raise _UnusableFile unless there is exactly one model in the archive."""
    try:
        with Archive(path) as archive:
            models = [name for name in archive.names if Path(name).suffix.lower() in MODEL_SUFFIXES]
    except AvatarError as error:
        raise _UnusableFile(str(error)) from None
    if len(models) != 1:
        held = f"{len(models)} models ({', '.join(models[:4])})" if models else "no model"
        advice = "unpack it and name the right one in names.csv" if models else f"expected {', '.join(MODEL_SUFFIXES)}"
        raise _UnusableFile(f"{path} holds {held}: {advice}")


def _read_as_png(path: Path) -> bytes:
    try:
        with open_picture(path) as image:
            return encode_png(np.asarray(image.convert("RGBA")))
    except (UnsuitableFile, OSError, SyntaxError, ValueError) as error:
        raise _UnusableFile(f"{path} is no readable picture ({type(error).__name__})") from None


def _copy_model_folder(model: Path, target: Path) -> None:
    """Copy the folder of a model without the other models in it."""
    for folder, _, names in os.walk(model.parent, followlinks=True):
        for name in names:
            source = Path(folder, name)
            if source.suffix.lower() != model.suffix.lower() or name == model.name:
                copy_atomically(source, _make_parent(target / source.relative_to(model.parent)))


def _link(source: Path, target: Path) -> None:
    """Make a hard link, or a copy where the file system has no hard links."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        copy_atomically(source, target)


def _make_parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
