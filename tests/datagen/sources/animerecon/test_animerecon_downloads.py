"""`panic3d data animerecon`: downloads as users have them, sorted into pairs."""

import csv
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from panic3d.cli import panic3d
from panic3d.datagen.sources.animerecon.pairs import load_pairs, read_list
from panic3d.runtime.errors import UserError


def archive(path: Path, *names: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        for name in names or (f"{path.stem}.pmx", "tex/face.png"):
            file.writestr(name, name)
    return path


def picture(path: Path, mode: str = "RGBA") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (40, 60), "red").save(path)
    return path


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """Every way in which a file may lie that is named after its character, and some that are not."""
    root = tmp_path / "downloads"
    archive(root / "genshin" / "Albedo.zip")
    picture(root / "genshin" / "Character_Albedo_Card.png")
    archive(root / "genshin" / "amber" / "【安柏】.zip")
    picture(root / "genshin" / "amber" / "portrait.jpg", "RGB")
    loose = root / "hololive" / "Gawr Gura" / "model"
    loose.mkdir(parents=True)
    (loose / "gura.pmx").write_bytes(b"Pmx ")
    picture(loose / "tex" / "gawr_gura.png")
    picture(root / "hololive" / "Gawr Gura" / "Gawr_Gura_Portrait.webp")
    archive(root / "genshin" / "Bennett.zip")
    picture(root / "hololive" / "bennett.png")
    (root / "genshin" / "Diluc.rar").write_bytes(b"Rar!")
    picture(root / "genshin" / "diluc.png")
    archive(root / "genshin" / "Eula_v1.zip")
    archive(root / "genshin" / "Eula_v2.zip")
    picture(root / "genshin" / "eula.png")
    return root


PAIRS = ["albedo", "amber", "bennett", "diluc", "eula"]


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(panic3d, ["data", "animerecon", *map(str, arguments)])
    if done.exception and not isinstance(done.exception, UserError | SystemExit):
        raise done.exception
    words = done.output + str(done.exception or "")
    assert getattr(done.exception, "exit_code", done.exit_code) == code, words
    return words


def test_pairs_and_what_is_missing_by_name(downloads: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("\n".join([f"genshin/{name}" for name in PAIRS] + ["hololive/gawr_gura"]))
    words = run(downloads, "--out", tmp_path / "out", "--list", tmp_path / "list.csv", code=3)
    pairs = {f"{pair.franchise}/{pair.name}": pair for pair in load_pairs(tmp_path / "out")}
    assert sorted(pairs) == ["genshin/albedo", "genshin/amber", "hololive/gawr_gura"]
    assert "3 of 6 pairs (the paper has 68)" in words
    assert "missing: genshin/bennett: no portrait" in words, "a namesake of the other franchise is not taken"
    assert f"no model ({downloads / 'genshin' / 'Diluc.rar'} must be unpacked first)" in words
    assert "missing: genshin/eula: 2 files may be its model" in words
    assert pairs["genshin/albedo"].model.read_bytes() == (downloads / "genshin" / "Albedo.zip").read_bytes()
    assert pairs["genshin/amber"].model.name == "amber.zip"
    gura = pairs["hololive/gawr_gura"]
    assert gura.model == tmp_path / "out" / "models" / "hololive" / "gawr_gura" / "gawr_gura.pmx"
    assert (gura.model.parent / "tex" / "gawr_gura.png").is_file(), "a loose model keeps its textures"
    with Image.open(gura.portrait) as image:
        assert (image.mode, image.size, image.format) == ("RGBA", (40, 60), "PNG")
    assert all(pair.alignment is None for pair in pairs.values())


def test_the_users_word_settles_the_rest(downloads: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("genshin/albedo\ngenshin/eula\n")
    run(downloads, "--out", tmp_path / "out", "--list", tmp_path / "list.csv", code=3)
    with (tmp_path / "out" / "names.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in rows] == [str(downloads / "genshin" / "Albedo.zip"), ""]
    rows[1]["model"] = str(downloads / "genshin" / "Eula_v2.zip")
    with (tmp_path / "names.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    run(downloads, "--out", tmp_path / "out", "--list", tmp_path / "list.csv", "--names", tmp_path / "names.csv")
    eula = load_pairs(tmp_path / "out")[1]
    assert eula.model.read_bytes() == (downloads / "genshin" / "Eula_v2.zip").read_bytes()


def test_without_a_list_every_model_is_wanted(downloads: Path, tmp_path: Path) -> None:
    words = run(downloads, "--out", tmp_path / "out", code=3)
    assert [pair.name for pair in load_pairs(tmp_path / "out")] == ["Albedo", "amber", "Gawr Gura"]
    assert "missing: genshin/Eula_v1: no portrait" in words


def test_alignment_and_region_of_the_authors(downloads: Path, tmp_path: Path) -> None:
    matrix = np.array([[0.5, 0, 3.0], [0, 0.5, 4], [0, 0, 1]])
    records = {
        f"daredemoE/fandom_align/genshin/{name}/front": {
            "source": "x",
            "transformation": matrix,
            "area_of_interest": ((10, 20), (300, np.float32(200))),
        }
        for name in ("albedo", "amber")
    }
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(records))
    run(downloads, "--out", tmp_path / "out", "--alignment", tmp_path / "a.pkl")
    pairs = load_pairs(tmp_path / "out")
    assert [pair.name for pair in pairs] == ["albedo", "amber"], "the alignment lists the pairs"
    alignment = pairs[0].alignment
    assert alignment is not None
    assert np.array_equal(alignment.canonical_from_portrait, matrix)
    assert alignment.roi == (10.0, 20.0, 300.0, 200.0)


def test_what_cannot_be_sorted_is_told(downloads: Path, tmp_path: Path) -> None:
    assert "expected a folder of downloads at" in run(tmp_path / "none", "--out", tmp_path / "out", code=1)
    (tmp_path / "list.csv").write_text("genshin/nobody\n")
    words = run(downloads, "--out", tmp_path / "out", "--list", tmp_path / "list.csv", code=1)
    assert "none of 1 pairs is complete" in words
    assert "genshin/nobody: no model; no portrait" in words
    (tmp_path / "bad.csv").write_text("x,y\n1,2\n")
    assert "expected a table with columns pair, model, portrait" in run(
        downloads, "--out", tmp_path / "out", "--names", tmp_path / "bad.csv", code=1
    )
    (downloads / "genshin" / "diluc.png").write_bytes(b"no picture")
    archive(downloads / "genshin" / "diluc.zip")
    (tmp_path / "list.csv").write_text("genshin/diluc\n")
    words = run(downloads, "--out", tmp_path / "out", "--list", tmp_path / "list.csv", code=1)
    assert "diluc.png is no readable picture" in words
    picture(downloads / "genshin" / "diluc.png")
    archive(downloads / "genshin" / "diluc.zip", "a.pmx", "b.PMX")
    words = run(downloads, "--out", tmp_path / "out", "--list", tmp_path / "list.csv", code=1)
    assert "diluc.zip holds 2 models (a.pmx, b.PMX): unpack it and name the right one in names.csv" in words
    (downloads / "genshin" / "diluc.zip").write_bytes(b"<html>log in</html>")
    words = run(downloads, "--out", tmp_path / "out", "--list", tmp_path / "list.csv", code=1)
    assert "diluc.zip is not a whole zip archive" in words
    with pytest.raises(UserError, match="expected lines franchise/name"):
        (tmp_path / "empty.csv").write_text("albedo\n")
        read_list(tmp_path / "empty.csv")
    content = {"schema": 99, "pairs": []}
    (tmp_path / "out" / "pairs.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match="schema 99, newer"):
        load_pairs(tmp_path / "out")
