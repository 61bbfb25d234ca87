"""`panic3d dataset`: counts, sheets, broken shards, splits."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from panic3d.datasets.commands import dataset
from panic3d.runtime.errors import ItemsFailed, UserError
from panic3d.shards.plan import DatasetInfo, load_dataset_info, make_shard_record
from panic3d.shards.schema import encode_json, encode_png
from panic3d.shards.writer import store_sample, write_shard


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five samples of one colour each in two shards."""
    keys = [f"someone{i}-{i:08x}" for i in range(5)]
    made = DatasetInfo("ortho5", 32, "cycles", {}, {}, per_shard=3)
    made.extend(keys)
    for group, members in enumerate(made.plan):
        for key in members:
            rgba = np.full((32, 32, 4), (50 * int(key[7]), 0, 0, 255), np.uint8)
            meta = encode_json({"views": {"front": {}, "left": {}}, "cut": False})
            pictures = {f"{view}.rgba.png": encode_png(rgba) for view in ("left", "front")}
            pictures |= {f"{view}.depth.png": encode_png(np.zeros((32, 32), np.uint16)) for view in ("left", "front")}
            store_sample(tmp_path, group, key, {"meta.json": meta, **pictures})
        write_shard(tmp_path, group)
    made.shards = [make_shard_record(tmp_path, group) for group in range(2)]
    made.save(tmp_path)
    return tmp_path


def invoke(*words: object) -> str:
    result = CliRunner().invoke(dataset, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_inspect_counts_and_draws_a_sheet(folder: Path) -> None:
    said = invoke("inspect", folder, "--sheet", folder / "sheet.png", "--cell", 16)
    assert "5 avatars in 2 shards" in said and "10 views" in said
    sheet = np.asarray(Image.open(folder / "sheet.png"))
    assert sheet.shape == (5 * (16 + 14), 2 * 16, 3)
    assert sheet[14 + 8 :: 30, 8].tolist() == [[50 * i, 0, 0] for i in range(5)]


def test_inspect_names_a_truncated_shard(folder: Path) -> None:
    shard = folder / "shard-000001.tar"
    shard.write_bytes(shard.read_bytes()[:700])
    with pytest.raises(ItemsFailed, match="1 problems"):
        invoke("inspect", folder)


def test_split_is_by_content_and_repeatable(folder: Path) -> None:
    invoke("split", folder, "--test", 0.4)
    first = load_dataset_info(folder).splits
    assert len(first["test"]) == 2 and not set(first["test"]) & set(first["train"])
    invoke("split", folder, "--test", 0.4)
    assert load_dataset_info(folder).splits == first


def test_split_from_lists_of_ids(folder: Path, tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.txt"
    train.write_text('\ufeffsomeone0,VRoid\n# a comment\n\n"vroid/Someone1.vrm",x\nnobody\n', encoding="utf-8")
    test.write_text("someone4-00000004\n")
    said = invoke("split", folder, "--ids", f"train={train}", "--ids", f"test={test}")
    assert load_dataset_info(folder).splits == {
        "train": ["someone0-00000000", "someone1-00000001"],
        "test": ["someone4-00000004"],
    }
    assert "1 of the 3 ids for train have no avatar here: nobody" in said
    assert "2 avatars stand in no list" in said and "2 train, 1 test" in said


@pytest.mark.parametrize(
    ("second", "sentence"),
    [("someone0", "stands in the lists of both train and test"), ("nobody", None), (None, "cannot read the list")],
)
def test_lists_that_cannot_be_right(folder: Path, tmp_path: Path, second: str | None, sentence: str | None) -> None:
    (tmp_path / "train").write_text("someone0" if sentence else "noone")
    if second is not None:
        (tmp_path / "test").write_text(second)
    before = load_dataset_info(folder).splits
    with pytest.raises(UserError, match=sentence or "no id of the lists is an avatar here"):
        invoke("split", folder, "--ids", f"train={tmp_path / 'train'}", "--ids", f"test={tmp_path / 'test'}")
    assert load_dataset_info(folder).splits == before


def test_a_folder_without_a_dataset_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no dataset folder"):
        invoke("inspect", tmp_path)


def test_a_shard_that_gains_a_sample_keeps_the_others(folder: Path) -> None:
    before = (folder / "shard-000001.tar").read_bytes()
    store_sample(folder, 1, "late-00000009", {"meta.json": json.dumps({}).encode()})
    write_shard(folder, 1)
    with tarfile.open(folder / "shard-000001.tar") as tar:
        names = tar.getnames()
    assert names[0] == "late-00000009.meta.json" and len(names) == 1 + 2 * 5
    with tarfile.open(fileobj=io.BytesIO(before)) as old, tarfile.open(folder / "shard-000001.tar") as new:
        for name in old.getnames():
            one, other = old.extractfile(name), new.extractfile(name)
            assert one is not None and other is not None
            assert one.read() == other.read()
