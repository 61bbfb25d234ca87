"""Fuzzed files by kind: makers of valid files, one random damage of one of them, and the readers that meet it."""

import io
import json
import pickle
import random
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from helpers.fuzzing.kind import FuzzedKind, Report, change_file
from helpers.fuzzing.mutations import (
    mutate_bytes,
    mutate_json,
    mutate_png,
    mutate_safetensors_header,
    mutate_weights_config,
)
from helpers.heads.sphere_shards import ANGLES_DEG, make_sphere_views
from panic3d.benchmark.report.leaderboard import build_difference_frame, build_frame, format_markdown, group_results
from panic3d.benchmark.report.page import render_page
from panic3d.benchmark.report.write import write_report
from panic3d.benchmark.results import MethodResult, PairResult, find_results
from panic3d.datasets import inspection
from panic3d.datasets.reader import iterate_samples
from panic3d.datasets.sheet import make_contact_sheet
from panic3d.datasets.source import load_cached_characters, open_shard_characters
from panic3d.models.line_removal import painter
from panic3d.models.portrait.faces.landmark_detector import NetworkFaceDetector
from panic3d.models.portrait.picture import read_picture
from panic3d.models.published_files import import_official
from panic3d.shards.index import write_index
from panic3d.shards.manifest import ManifestRecord, load_manifest
from panic3d.shards.plan import DatasetInfo, load_dataset_info, make_shard_record
from panic3d.shards.schema import encode_json
from panic3d.shards.writer import store_sample, write_shard
from panic3d.weights.pickles import load_tensors

PACKAGE = Path(inspection.__file__).parents[1]
PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "ICO", "JPEG2000", "AVIF", "QOI", "DDS")
VIEWS = tuple(ANGLES_DEG)
SIZE = 32
CHARACTERS = 3


def make_pictures(folder: Path) -> None:
    rng = np.random.default_rng(0)
    rgba = np.kron(rng.integers(0, 256, (10, 9, 4)), np.ones((10, 10, 1))).astype(np.uint8)
    rgba[..., 3] |= 128
    image = Image.fromarray(rgba)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.init()
    for kind in PICTURE_FORMATS:
        if kind not in Image.SAVE:
            continue
        plain = image if kind in ("PNG", "WEBP", "TIFF", "ICO", "DDS", "QOI") else image.convert("RGB")
        plain.save(folder / f"a.{kind.lower()}", kind, exif=exif)
    grey = Image.fromarray(np.kron(rng.integers(0, 65536, (10, 9)), np.ones((10, 10))).astype(np.uint16))
    grey.save(folder / "grey16.png")
    image.quantize(16).save(folder / "palette.png", transparency=3)
    image.quantize(16).save(folder / "animated.gif", save_all=True, append_images=[image.rotate(9).quantize(16)])
    Image.fromarray(rgba[..., 0].astype(np.float32)).save(folder / "grey32.tiff")
    image.convert("CMYK").save(folder / "cmyk.jpeg")


def damage_picture(rng: random.Random, folder: Path) -> str:
    path = rng.choice(sorted(folder.iterdir()))
    change = mutate_png if path.suffix == ".png" and rng.random() < 0.7 else mutate_bytes
    return change_file(path, change, rng)


def list_picture_readers(path: Path) -> list[Callable[[Report], object]]:
    return [lambda report: read_picture(path)]


def make_dataset(folder: Path) -> None:
    keys = [f"someone{i}-{i:08x}" for i in range(CHARACTERS)]
    info = DatasetInfo("ortho5", SIZE, "cycles", {"normals": False}, {}, per_shard=2, splits={"train": keys[:2]})
    info.extend(keys)
    lines = []
    for group, members in enumerate(info.plan):
        for key in members:
            views = make_sphere_views(0.2, 0.05, SIZE, painted=True)
            labels = {"family": "train", "tags": ["a"], "landmarks_head_m": [[0.0, 0.1, 0.2]] * 28}
            meta = {**json.loads(views["meta.json"]), "cut": False, "scale": 1.0, "source": "a.vrm", "labels": labels}
            store_sample(folder, group, key, {**views, "meta.json": encode_json(meta)})
            lines.append(json.dumps(ManifestRecord(key, "a.vrm", "ok").__dict__))
        write_shard(folder, group)
    info.shards = [make_shard_record(folder, group) for group in range(len(info.plan))]
    info.save(folder)
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    write_index(folder, info, load_manifest(folder))


def damage_dataset(rng: random.Random, folder: Path) -> str:
    shard, chosen = folder / "shard-000000.tar", rng.random()
    if chosen < 0.35:
        return change_file(shard, mutate_bytes, rng)
    if chosen < 0.6:
        return _change_member(shard, rng)
    if chosen < 0.75:
        return change_file(folder / "dataset.json", rng.choice((mutate_json, mutate_bytes)), rng)
    if chosen < 0.9:
        path = folder / "manifest.jsonl"
        first, rest = path.read_bytes().split(b"\n", 1)
        path.write_bytes(rng.choice((mutate_json, mutate_bytes))(rng, first) + b"\n" + rest)
        return path.name
    return change_file(folder / "index.parquet", mutate_bytes, rng)


def list_dataset_readers(path: Path) -> list[Callable[[Report], object]]:
    folder = path.parent

    def inspect(report: Report) -> None:
        info, manifest = load_dataset_info(folder), load_manifest(folder)
        for sentence in inspection.find_problems(folder, info):
            report(sentence)
        list(inspection.describe_folder(folder, info, write_index(folder, info, manifest)))
        make_contact_sheet(folder, 16, 200, report=report)

    def read_characters(report: Report) -> None:
        characters = open_shard_characters(folder, VIEWS, SIZE // 2, report)
        rgba, depth = (list(np.zeros((len(VIEWS), SIZE // 2, SIZE // 2), kind)) for kind in (np.uint32, np.uint16))
        for place in range(len(characters)):
            characters.read_into(place, VIEWS, rgba, depth)

    return [
        inspect,
        lambda report: list(iterate_samples(folder, report)),
        read_characters,
        lambda report: load_cached_characters(folder, folder / "cache", VIEWS, SIZE // 2, report),
    ]


def make_weights(folder: Path) -> None:
    for name in ("models/line_removal/small.safetensors", "models/portrait/landmarks.safetensors"):
        shutil.copy(PACKAGE / name, folder)
    random_numbers = torch.Generator().manual_seed(0)
    tensors = {"a": torch.randn(3, 4, generator=random_numbers), "half": torch.zeros(5).half(), "long": torch.arange(4)}
    network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Softplus())
    state = {"generator.0.weight": torch.randn(4, 4, 3, 3, generator=random_numbers), **tensors}
    content = {"state_dict": state, "hyper_parameters": {"width": 4}, "network": network, "mean": np.arange(3.0)}
    for protocol in (2, 4):
        (folder / f"protocol{protocol}.pkl").write_bytes(pickle.dumps(content, protocol))
    torch.save({**content, "network": None}, folder / "zip.ckpt")
    torch.save({**content, "network": None}, folder / "legacy.ckpt", _use_new_zipfile_serialization=False)


def damage_weights(rng: random.Random, folder: Path) -> str:
    path = rng.choice(sorted(folder.iterdir()))
    changes = [mutate_bytes]
    if path.suffix == ".safetensors":
        changes += [mutate_safetensors_header, mutate_weights_config, mutate_weights_config]
    return change_file(path, rng.choice(changes), rng)


def list_weight_readers(path: Path) -> list[Callable[[Report], object]]:
    if path.name == "landmarks.safetensors":
        return [lambda report: NetworkFaceDetector(path)]
    if path.name == "small.safetensors":
        return [lambda report: painter.load(path)]
    return [lambda report: load_tensors(path), lambda report: import_official(path, path.parent / "imported")]


def make_results(folder: Path) -> None:
    for place, method in enumerate(("first", "second")):
        pairs = {
            f"pair{i}": PairResult({"chamfer_mm": i + place}, [], {"front_lpips": "none"}, "t", "p", 1.0, 10.0)
            for i in range(4)
        }
        MethodResult(
            suite={"name": "s", "version": 1, "sha256": "0", "folder": "nowhere"},
            protocol={"name": "standard", "version": 2}, method=method, input="render", weights_sha256=None,
            predictions="nowhere", pairs=pairs, machine={"cores": 2, "processor": "p", "gpu": None}, versions={},
        ).save(folder / f"{method}.json")  # fmt: skip


def damage_results(rng: random.Random, folder: Path) -> str:
    return change_file(folder / "first.json", mutate_bytes if rng.random() < 0.25 else mutate_json, rng)


def list_result_readers(path: Path) -> list[Callable[[Report], object]]:
    def compare(report: Report) -> None:
        tables = group_results(find_results((path.parent,)))
        for table in tables:
            format_markdown(table).encode()
        build_frame(tables).to_csv(index=False).encode()
        build_difference_frame(tables).to_csv(index=False).encode()
        render_page(tables).encode()

    return [compare, lambda report: write_report(find_results((path.parent,)), path.parent / "report")]


def _change_member(shard: Path, rng: random.Random) -> str:
    """Damage one member of a shard, whose headers stay whole."""
    with tarfile.open(shard) as tar:
        members = [(entry.name, tar.extractfile(entry).read()) for entry in tar]  # type: ignore[union-attr]
    chosen = rng.randrange(len(members))
    with tarfile.open(shard, "w") as tar:
        for place, (name, data) in enumerate(members):
            if place == chosen:
                change = mutate_json if name.endswith(".json") else mutate_png
                data = rng.choice((change, mutate_bytes))(rng, data)
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return shard.name


PICTURES = FuzzedKind(make_pictures, damage_picture, list_picture_readers)
SHARDS = FuzzedKind(make_dataset, damage_dataset, list_dataset_readers)
WEIGHTS = FuzzedKind(make_weights, damage_weights, list_weight_readers)
RESULTS = FuzzedKind(make_results, damage_results, list_result_readers)
