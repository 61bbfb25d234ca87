"""A render that is killed leaves no file of Blender anywhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.avatars.small_glb import make_square, write_glb
from helpers.requirements import needs_blender

pytestmark = needs_blender
DIE_WITH_A_PICTURE = """
import os, signal, sys
from pathlib import Path
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.engines import blender

def die(data):
    assert data[:4] == b"v/1\\x01", "the picture is complete"
    os.kill(os.getpid(), signal.SIGKILL)

blender.read_exr = die
blender.render_views(load_avatar(Path(sys.argv[1])).surfaces, [make_view_camera("front")], 64, 1, 1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux'")
def test_a_killed_render_leaves_no_file_of_blender(tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", [{"corners": make_square(0.1)}])
    places = [tmp_path / "temporary", Path("/dev/shm")]
    places[0].mkdir()
    before = {path.name for path in places[1].iterdir()}
    environment = {**os.environ, "TMPDIR": str(places[0])}
    words = [sys.executable, "-c", DIE_WITH_A_PICTURE, str(tmp_path / "a.glb")]
    result = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert result.returncode == -9, result.stderr
    left = [path for place in places for path in place.iterdir() if path.name not in before]
    assert [path for path in left if path.name.startswith(("tmp", "blender_"))] == []
