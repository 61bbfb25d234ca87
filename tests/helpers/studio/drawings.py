"""A drawing of a generated character, made by the commands that a user has for it."""

import tarfile
import tempfile
from functools import cache
from pathlib import Path

from helpers.panic3d_command import run_panic3d

SEED, INDEX = 11, 2
"""A character whose face is free of hair, so that its blinking is seen."""


@cache
def make_drawing() -> bytes:
    """Return the drawing as PNG, 512 pixels square, with a transparent background."""
    with tempfile.TemporaryDirectory() as folder:
        characters, shards = Path(folder) / "characters", Path(folder) / "shards"
        options = ("--count", INDEX + 1, "--seed", SEED, "--families", "train2", "--workers", 1)
        made = run_panic3d("synth", *options, "--out", characters)
        assert made.returncode == 0, made.stderr
        avatar = characters / f"synth-{SEED}-{INDEX:06}.vrm"
        drawn = run_panic3d(
            "render", avatar, "--out", shards, "--rig", "ortho4", "--engine", "pyrender", "--illustrate"
        )
        assert drawn.returncode == 0, drawn.stderr
        (path,) = shards.glob("shard-*.tar")
        with tarfile.open(path) as tar:
            (name,) = (name for name in tar.getnames() if name.endswith(".illustration.png"))
            member = tar.extractfile(name)
            assert member is not None
            return member.read()
