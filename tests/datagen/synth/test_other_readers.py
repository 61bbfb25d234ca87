"""Files read by what we did not write: Khronos' validator, the VRM add-on of Blender, three-vrm in a browser."""

import functools
import http.server
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpers.requirements import needs_blender, require_package
from helpers.sites.browser import find_chromium, open_page
from helpers.sites.npm import THREE, VALIDATOR, find_gltf_errors, npm_folder
from panic3d.datagen.synth.generate import write_character


@pytest.mark.browser
def test_khronos_validator_finds_no_error_in_fifty_files(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = npm_folder(tmp_path_factory, VALIDATOR)
    for i in range(50):
        write_character(tmp_path / f"{i}.vrm", 8, i, "train" if i % 2 else "heldout", "1.0" if i % 4 < 2 else "0.x")
    errors = find_gltf_errors(folder, sorted(tmp_path.glob("*.vrm")))
    assert len(errors) == 50
    assert {file: found for file, found in errors.items() if found} == {}


@pytest.mark.browser
@pytest.mark.parametrize("vrm", ["1.0", "0.x"])
def test_three_vrm_shows_the_character(tmp_path_factory: pytest.TempPathFactory, vrm: str) -> None:
    find_chromium()
    folder = npm_folder(tmp_path_factory, *THREE)
    write_character(folder / "a.vrm", 8, 1, "train", vrm)
    shutil.copy(Path(__file__).with_name("three_vrm.html"), folder / "page.html")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with open_page(f"http://127.0.0.1:{server.server_port}/page.html?file=a.vrm", 512, 700) as page:
            page.wait_for_function("document.title === 'done'")
            facts = json.loads(page.locator("#report").inner_text())
    finally:
        server.shutdown()
    assert "error" not in facts, facts
    assert facts["version"] == ("1" if vrm == "1.0" else "0")
    assert {"hips", "spine", "head", "leftUpperArm", "rightFoot"} <= set(facts["bones"])
    assert {"blink", "aa", "happy"} <= set(facts["expressions"])
    assert 0.10 < facts["drawn"] < 0.9, "the character fills part of the picture"
    assert all(pixels > 50 for pixels in facts["changed"].values()), facts["changed"]


@needs_blender
@pytest.mark.slow
@pytest.mark.parametrize("vrm", ["1.0", "0.x"])
def test_the_vrm_add_on_imports_it_into_blender(tmp_path: Path, vrm: str) -> None:
    require_package("io_scene_vrm")
    path = tmp_path / "a.vrm"
    write_character(path, 8, 2, "train", vrm)
    script = (
        "import bpy, json, os\n"
        "bpy.ops.preferences.addon_enable(module='io_scene_vrm')\n"
        f"result = bpy.ops.import_scene.vrm(filepath={str(path)!r})\n"
        "armature = next(o for o in bpy.data.objects if o.type == 'ARMATURE')\n"
        "meshes = [o.name for o in bpy.data.objects if o.type == 'MESH']\n"
        "print('FACTS', json.dumps([list(result), [b.name for b in armature.data.bones], meshes]), flush=True)\n"
        "os._exit(0)\n"  # the add-on's threads keep Blender's module from ending
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    line = next((line for line in result.stdout.splitlines() if line.startswith("FACTS ")), None)
    assert line, result.stderr[-2000:]
    outcome, bones, meshes = json.loads(line.removeprefix("FACTS "))
    assert outcome == ["FINISHED"]
    assert {"head", "hips", "leftUpperArm"} <= set(bones)
    assert {"Face", "Hair", "Body"} <= set(meshes)
