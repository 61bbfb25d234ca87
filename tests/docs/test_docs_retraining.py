"""docs/guides/retraining.md: its commands run in order on a tiny dataset, or parse where they need a download."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers.avatars.small_glb import make_square, write_glb
from helpers.docs.click_words import check_click
from helpers.docs.markdown import ROOT, find_code_blocks
from helpers.docs.shell_lines import ShellCommand, split_commands
from helpers.heads.small_suite import make_one_pair_suite
from helpers.requirements import needs_blender
from helpers.sites.official_tree import write_animerecon, write_vroid
from helpers.small_trainings import BACKBONE, DISCRIMINATOR, SMALL_TRAININGS
from panic3d.cli import panic3d
from panic3d.weights.catalogue import get_weights_folder

PAGE = ROOT / "docs" / "guides" / "retraining.md"
COMMANDS = [command for block in find_code_blocks(PAGE) for command in split_commands(block.text)]
OURS = re.compile(r"\S*/bin/panic3d (.+?)(?= \|\||;|$)", re.MULTILINE)
ON_CPU = ("accelerator=cpu", "bf16=off", "validation_limit=1")
VOLUME = (
    *BACKBONE, *DISCRIMINATOR, "batch=2", "steps=1", "readers=0", "model.superresolution.size=32",
    "model.superresolution.channels=4", "volume.rays=16", "volume.coarse=8", "volume.fine=8",
    "adversarial.network.size=32", "model.inference.rays=32", "model.inference.coarse=8", "model.inference.fine=8",
    *ON_CPU,
)  # fmt: skip


def join_settings(*settings: str) -> str:
    return " ".join(f"--set {setting}" for setting in settings)


def get_small(name: str, *more: str) -> tuple[str, ...]:
    """Return the options that make a training of a preset small."""
    settings = (*SMALL_TRAININGS[name][3], "steps=1", *more, *ON_CPU)
    return tuple(join_settings(*settings).split())


@dataclass(frozen=True)
class Run:
    """How a command of the page is run here: words in place of others, and words that are added."""

    replaced: tuple[tuple[str, str], ...] = ()
    added: tuple[str, ...] = ()


PARSED = None
"""Of commands that need a download; `make dataset-...` of them run in tests/datagen/sources/test_make_targets.py."""
TRAIN = "--set batch=16 --set steps=12500"
HOW: dict[str, Run | None] = {
    "make setup": PARSED,
    "panic3d weights": PARSED,
    "panic3d data login": PARSED,
    "make dataset-vroid IDS": PARSED,
    "make dataset-vtuber": PARSED,
    "make dataset-animerecon DOWNLOADS": PARSED,
    "make dataset-vroid OFFICIAL": Run((("_data/lustrous", "tree"),)),
    "make dataset-animerecon OFFICIAL": Run((("_data/lustrous", "tree"),)),
    "make dataset-drawn": Run((("COUNT=11236", "COUNT=3"),)),
    "panic3d benchmark build animerecon-open": PARSED,  # a suite of one pair takes its place
    "make train-paper ": Run(
        (("GPUS=4", "GPUS=1"), (TRAIN, join_settings(*VOLUME, "model.backbone.semantic_channels=0")))
    ),
    "make train-paper-open": Run(
        (
            ("GPUS=4", "GPUS=1"),
            (TRAIN, join_settings(*VOLUME, "model.backbone.channel_base=4096", "model.backbone.channel_max=512")),
        ),
        (f"TAGGER={join_settings('steps=1', 'batch=2', 'rarest=1', 'validation=0', 'accelerator=cpu', 'bf16=off')}",),
    ),
    "panic3d train line-removal --preset paper --data data/drawn": Run(added=get_small("line-removal")),
    "panic3d train line-removal --preset paper --data data/vtuber": PARSED,
    "panic3d train pixelnerf": Run(added=get_small("pixelnerf")),
    "panic3d train pifu": Run(added=get_small("pifu")),
    "panic3d train eg3d": Run(added=tuple(join_settings(*VOLUME).split())),
    "panic3d benchmark run": Run((("auto", "cpu"),), ("--pairs", "1")),
    "panic3d benchmark report": Run(),
}
"""Beginning of a command of the page: how it is run."""


def find_way(command: ShellCommand) -> Run | None:
    line = " ".join(command.words) + " "
    longest = max((start for start in HOW if line.startswith(start)), key=len, default=None)
    assert longest is not None, f"say how {command.line} is run"
    return HOW[longest]


def expand(command: ShellCommand) -> str:
    """Return what a `make` command would run."""
    words = ["make", "--no-print-directory", "-n", "-o", "setup", "-o", "weights", *command.words[1:]]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.replace("\\\n", " ")


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.program == "make"], ids=lambda c: " ".join(c.words))
def test_what_a_target_runs_parses(command: ShellCommand) -> None:
    """The commands inside the targets, with the variables of the page, have all their options and settings."""
    find_way(command)
    if command.words[1] == "setup":
        return
    lines = OURS.findall(expand(command))
    assert lines
    for line in lines:
        (inner,) = split_commands("panic3d " + line.replace("$how", "--preset resnet50"))
        check_click(panic3d, list(inner.words[1:]))


def test_every_command_has_a_way() -> None:
    ways = [find_way(command) for command in COMMANDS]
    assert len([way for way in ways if way is not None]) >= 9


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the authors' tree, a suite, and LPIPS's weights if this machine has them."""
    weights = tmp_path / "weights"
    weights.mkdir()
    for file in get_weights_folder().glob("lpips*"):
        (weights / file.name).symlink_to(file)
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(weights))
    write_vroid(tmp_path / "tree", {"train": ["11", "12"], "val": ["13"], "test": ["14"]}, 512)
    model = tmp_path / "model.glb"
    write_glb(model, [{"corners": make_square(0.1), "factor": (0.5, 0.5, 0.5, 1.0)}])
    write_animerecon(tmp_path / "tree", ["genshin/albedo"], model, ((40, 60), (380, 300)), 512)
    shutil.copytree(make_one_pair_suite(), tmp_path / "data" / "animerecon-open")
    return tmp_path


@pytest.mark.slow
@needs_blender
@pytest.mark.skipif(not (ROOT / ".venv").is_dir(), reason="no .venv: make setup")
def test_the_commands_lead_to_a_table(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    for command in COMMANDS:
        way = find_way(command)
        if way is None:
            continue
        words = [*command.words, *way.added]
        for old, new in way.replaced:
            words = [word.replace(old, new) for word in words]
        if command.program == "make":
            places = [f"DATA={folder / 'data'}", f"RUNS={folder / 'runs'}"]
            words = [word.replace("=tree", f"={folder / 'tree'}") for word in words]
            words = ["make", "--no-print-directory", "-o", "setup", "-o", "weights", *words[1:], *places]
            where = ROOT
        else:
            words, where = [sys.executable, "-m", "panic3d", *words[1:]], folder
        done = subprocess.run(words, cwd=where, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command.line}\n{done.stdout}{done.stderr}"
    table = (folder / "report" / "leaderboard.md").read_text()
    for row in ("panic3d", "pixelnerf", "pifu", "eg3d-pti", "PAniC-3D (published)"):
        assert row in table, row
