"""Whether the files that a command has written are whole, and what in them is the same in every run."""

import csv
import hashlib
import io
import json
import re
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import torch
import yaml
from PIL import Image, ImageSequence
from safetensors import safe_open

TIMES = {"seconds", "peak_mb", "attempts", "machine", "times", "reason"}
"""Entries that differ between two runs of the same command."""
TEMPORARY = re.compile(r"\.tmp$|\.part$|\.partial$|^\.lock|\.broken$")
METRICS = "metrics.jsonl"
PENDING = ".partial"
"""The folder of a dataset in which finished samples wait for their shard."""
TABLE, ROW = re.compile(r"(?:^\|.*\n)+", re.MULTILINE), re.compile(r"^\|[^-].*$", re.MULTILINE)
"""A table of Markdown, and the rows in it without the line of dashes."""
CELL_EDGE = re.compile(r"(?<!\\)\|")
GLB_HEADER = struct.Struct("<4sII")


def list_faults(folder: Path) -> list[str]:
    """List what is wrong in a folder: files that are cut, and files of temporary names."""
    faults = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if TEMPORARY.search(path.name) and path.name != PENDING:
            faults.append(f"{name} was left behind")
        elif path.is_file():
            try:
                READERS.get(path.suffix, read_other)(path)
            except Exception as error:
                faults.append(f"{name} is cut ({path.stat().st_size} bytes, {type(error).__name__}: {error})")
    return faults


def describe_folder(folder: Path) -> dict[str, str]:
    """Return a hash of what every file holds, without times, by name. Empty folders and locks do not count."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith(".lock"):
            content = READERS.get(path.suffix, read_other)(path)
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(repr(content).encode()).hexdigest()
    return found


def describe_training(folder: Path) -> dict[str, str]:
    """Describe the files that two runs of a training have in common.

    The sheets and scores of a validation are taken at moments of the clock: those of the last step count.
    """
    found = describe_folder(folder)
    sheets = sorted(name for name in found if name.startswith("samples/"))
    found = {name: content for name, content in found.items() if name not in sheets[:-1]}
    records = read_json_lines(folder / METRICS)
    steps = [record for record in records if not any(name.startswith("validation_") for name in record)]
    return found | {METRICS: json.dumps(steps)}


def remove_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: remove_times(item) for name, item in value.items() if name not in TIMES}
    return [remove_times(item) for item in value] if isinstance(value, list) else value


def read_json(path: Path) -> Any:
    return remove_times(json.loads(path.read_bytes()))


def read_json_lines(path: Path) -> Any:
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        raise ValueError("the last line has no end")
    return [remove_times(json.loads(line)) for line in data.split(b"\n")[:-1]]


def read_tar(path: Path) -> Any:
    data = path.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is None or len(file.read()) != member.size:
                raise ValueError(f"{member.name} is cut")
    if not data.endswith(bytes(1024)):
        raise ValueError("the tar has no end")
    return data


def read_picture(path: Path) -> Any:
    with Image.open(path) as image:
        return image.size, [frame.tobytes() for frame in ImageSequence.Iterator(image)]


def read_glb(path: Path) -> Any:
    data = path.read_bytes()
    kind, _, size = GLB_HEADER.unpack(data[: GLB_HEADER.size])
    if kind != b"glTF" or size != len(data):
        raise ValueError(f"the header says {size} bytes")
    return data


def read_safetensors(path: Path) -> Any:
    with safe_open(path, "np") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name).tobytes() for name in sorted(file.keys())}
    return tensors, {name: remove_times(yaml.safe_load(text)) for name, text in sorted(metadata.items())}


def read_state(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        if cut := archive.testzip():
            raise ValueError(f"{cut} is cut")
    return describe_state(torch.load(path, weights_only=True))


def describe_state(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: describe_state(item) for name, item in value.items() if name not in TIMES}
    if isinstance(value, list | tuple):
        return [describe_state(item) for item in value]
    return value.contiguous().view(-1).numpy().tobytes() if isinstance(value, torch.Tensor) else value


def read_arrays(path: Path) -> Any:
    with np.load(path) as arrays:
        return {name: arrays[name].tobytes() for name in arrays}


def read_csv(path: Path) -> Any:
    text = path.read_text()
    rows = list(csv.reader(text.splitlines()))
    if not text.endswith("\n") or len({len(row) for row in rows}) > 1:
        raise ValueError("the last line is cut")
    return remove_time_columns([*rows[:1], *(row for row in rows[1:] if not TIMES & set(row[1:]))])


def remove_time_columns(rows: list[list[str]]) -> list[list[str]]:
    head = [place for place, name in enumerate(rows[0]) if not TIMES & set(name.split("_"))]
    return [[row[place] for place in head] for row in rows]


def read_table(path: Path) -> Any:
    table = pandas.read_parquet(path)
    return table[[name for name in table.columns if name not in TIMES]].to_json()


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def read_page(path: Path) -> Any:
    text = path.read_text()
    if not text.rstrip().endswith("</html>"):
        raise ValueError("the page has no end")
    return re.sub(r"\d+(\.\d+)? s\b", "", text)


def read_text(path: Path) -> Any:
    text = path.read_text()
    if text and not text.endswith("\n"):
        raise ValueError("the last line has no end")
    text = re.sub(r"\d+(\.\d+)? (s|MB)\b", "", text)
    return TABLE.sub("", text), [remove_time_columns(split_table(table)) for table in TABLE.findall(text)]


def split_table(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in CELL_EDGE.split(row)] for row in ROW.findall(table)]


def read_archive(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        if cut := archive.testzip():
            raise ValueError(f"{cut} is cut")
    return path.read_bytes()


def read_other(path: Path) -> Any:
    data = path.read_bytes()
    if not data:
        raise ValueError("the file is empty")
    return data


READERS: dict[str, Callable[[Path], Any]] = {
    ".json": read_json, ".jsonl": read_json_lines, ".tar": read_tar, ".png": read_picture, ".webp": read_picture,
    ".jpg": read_picture, ".glb": read_glb, ".vrm": read_glb, ".safetensors": read_safetensors, ".pt": read_state,
    ".npz": read_arrays, ".csv": read_csv, ".parquet": read_table, ".yaml": read_yaml, ".html": read_page,
    ".md": read_text, ".txt": read_text, ".js": read_text, ".zip": read_archive,
    ".lock": lambda path: None,
}  # fmt: skip
