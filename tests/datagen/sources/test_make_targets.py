"""`make dataset-...`: one command from a site, or from a folder, to checked shards with splits."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pandas
import pytest

from helpers.heads.textured_characters import make_character, make_portrait
from helpers.sites.local_site import Reply
from helpers.sites.local_vroid_hub import LocalVroidHub
from helpers.sites.local_wiki import LocalWiki
from helpers.sites.official_tree import write_vroid
from panic3d.datagen.sources.vroid_hub.login import Token, get_token_path, save_token
from panic3d.models.portrait.faces.pose import estimate_face_pose, explain_not_neutral
from panic3d.shards.archive import SampleArchive
from panic3d.shards.schema import decode_depth, encode_png, read_png

ROOT = Path(__file__).parents[3]
KEYS = ["1000050438984538394", "1000840261433614040", "1001275948686780577", "1001275948686780571"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / ".venv").is_dir(), reason="no .venv: make setup"),
]


def make(target: str, *variables: str, code: int = 0) -> str:
    """The target without its `setup`."""
    done = subprocess.run(
        ["make", "--no-print-directory", "-o", "setup", target, *variables],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    words = done.stdout + done.stderr
    assert done.returncode == code, words
    return words


def test_vroid_models_from_a_hub_become_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated characters stand for the models; the paper's lists divide them."""
    panic3d = str(ROOT / ".venv" / "bin" / "panic3d")
    synth = [panic3d, "synth", "--count", str(len(KEYS)), "--seed", "5", "--out", str(tmp_path / "models")]
    subprocess.run(synth, check=True, capture_output=True, timeout=120)
    models = sorted((tmp_path / "models").glob("*.vrm"))
    for i, name in enumerate(("train", "val", "test")):
        (tmp_path / f"rutileEB_{name}.csv").write_text("\n".join(KEYS[i : i + 1] if i else [KEYS[0], KEYS[3]]))
    (tmp_path / "ids.txt").write_text("\n".join(KEYS))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with LocalVroidHub(KEYS) as hub:
        for key, model in zip(KEYS, models, strict=True):
            hub.storage.answers[f"GET /bucket/{key}.vrm"] = Reply(body=model.read_bytes())
        hub.records[KEYS[1]]["is_downloadable"] = True
        save_token(Token(hub.address, "token-one", "", time.time() + 9000), get_token_path())
        words = make(
            "dataset-vroid", f"DATA={tmp_path / 'data'}", f"IDS={tmp_path / 'ids.txt'}", f"SPLITS={tmp_path}",
            f"VROID=--site {hub.address} --interval 0",
        )  # fmt: skip
    archive = SampleArchive(tmp_path / "data" / "vroid")
    skipped = {key for key in KEYS if f"skipped: {key}.vrm: check " in words}
    assert len(skipped) < 2, "the paper's filters leave few generated characters out"
    for name, wanted in {"train": {KEYS[0], KEYS[3]}, "val": {KEYS[1]}, "test": {KEYS[2]}}.items():
        assert {key.rpartition("-")[0] for key in archive.keys(name)} == wanted - skipped, words
    assert (tmp_path / "data" / "vroid" / "sheet.png").stat().st_size > 10_000
    for key in archive.keys():  # noqa: SIM118
        assert len(json.loads(archive.read(key, "meta.json"))["views"]) == 13
        assert np.isfinite(decode_depth(read_png(archive.read(key, "persp3.depth.png")))).mean() > 0.05


def test_the_authors_vroid_tree_becomes_shards(tmp_path: Path) -> None:
    write_vroid(tmp_path / "tree", {"train": ["11", "12"], "val": ["13"], "test": ["14"]}, 512)
    words = make("dataset-vroid", f"DATA={tmp_path / 'data'}", f"OFFICIAL={tmp_path / 'tree'}")
    assert "split val: 1 of 1 listed (the paper: 1171)" in words
    assert "4 avatars in 1 shards" in words


def render_neutral_characters() -> Iterator[bytes]:
    """Yield fronts of generated characters as PNGs: noise has no face, and portraits need neutral ones."""
    for portrait in (make_portrait(*make_character(index)) for index in count()):
        assert portrait.landmarks_px is not None
        if explain_not_neutral(estimate_face_pose(portrait.landmarks_px)) is None:
            yield encode_png(portrait.original)


def test_vtuber_portraits_from_a_wiki_become_shards(tmp_path: Path) -> None:
    with LocalWiki() as wiki:
        wiki.categories = {"Hololive": ["A"], "Nijisanji": ["B"], "VShojo": ["C"]}
        wiki.infobox = {"A": "A.png", "B": "B.png", "C": "C.png"}
        for name, picture in zip("ABC", render_neutral_characters(), strict=False):
            wiki.add(f"{name}.png", picture)
        variables = (f"DATA={tmp_path}", f"VTUBER=--site {wiki.site.address} --interval 0")
        make("dataset-vtuber", *variables)
    table = pandas.read_parquet(tmp_path / "vtuber-wiki" / "metadata.parquet")
    assert sorted(table["category"]) == ["Hololive", "Nijisanji", "VShojo"]
    index = pandas.read_parquet(tmp_path / "vtuber" / "index.parquet")
    assert list(index["status"]) == ["ok"] * 3


def test_what_must_be_given_is_asked_for() -> None:
    assert "needs IDS=list-of-model-ids" in make("dataset-vroid", code=2)
    assert "needs DOWNLOADS=folder" in make("dataset-animerecon", code=2)
