"""Named checks: what they leave out, what is said of it, and that each can be turned off."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib as gltf
import pytest

from helpers.avatars.small_glb import make_square, write_glb
from helpers.requirements import needs_blender
from panic3d.cameras.view import View
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.checks import AvatarChecks
from panic3d.datagen.avatars.files.errors import AvatarSkipped
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.runtime.errors import WrongUsage


def vrm(path: Path, bones: dict[str, int], far_m: float = 0.3) -> Path:
    """A VRM 1.0 with a square about its head and a strip that reaches `far_m` behind it."""
    strip = [[-0.1, 1.3, -far_m], [0.1, 1.3, -far_m], [0.1, 1.3, 0], [-0.1, 1.3, 0]]
    head = [[x, y + 1.5, z] for x, y, z in make_square(0.2)]
    humanoid = {bone: {"node": node} for bone, node in bones.items()}
    nodes = [
        gltf.Node(mesh=0, children=[1]),
        gltf.Node(name="n", translation=[0, 1.3, 0], children=[2]),
        gltf.Node(name="h", translation=[0, 0.1, 0]),
    ]
    extension = {"specVersion": "1.0", "humanoid": {"humanBones": humanoid}}
    return write_glb(path, [{"corners": head}, {"corners": strip}], extensions={"VRMC_vrm": extension}, nodes=nodes)


def reason(path: Path, **options: Any) -> str:
    """What the checks that look at the file say; nothing where it passes."""
    try:
        load_avatar(path, AvatarOptions(**options))
    except AvatarSkipped as skipped:
        return str(skipped)
    return ""


def test_check_humanoid_wants_a_head_bone(tmp_path: Path) -> None:
    whole = vrm(tmp_path / "a.vrm", {"neck": 1, "head": 2})
    no_neck = vrm(tmp_path / "b.vrm", {"head": 2})
    headless = vrm(tmp_path / "c.vrm", {"neck": 1})
    plain = write_glb(tmp_path / "d.glb", [{"corners": [[x, y + 1.5, z] for x, y, z in make_square(0.2)]}])
    assert [reason(path) for path in (whole, no_neck, plain)] == ["", "", ""], "VRM 1.0 needs no neck, a GLB no bones"
    assert reason(headless) == "check humanoid: the file names no head bone"
    assert reason(headless, no_check="humanoid") == ""
    assert reason(whole, checks="paper") == ""
    assert reason(no_neck, checks="paper") == "check humanoid: the file names no neck bone"
    assert reason(plain, checks="paper") == "check humanoid: the file names no head and no neck bone"
    assert reason(plain, checks="paper", no_check="humanoid") == ""


def turned_vrm(path: Path, left_x_m: float) -> Path:
    """A VRM 1.0 with its head and two upper arms."""
    arms = {"leftUpperArm": {"node": 2}, "rightUpperArm": {"node": 3}}
    humanoid = {"neck": {"node": 1}, "head": {"node": 1}, **arms}
    nodes = [
        gltf.Node(mesh=0, children=[1, 2, 3]),
        gltf.Node(name="h", translation=[0, 1.4, 0]),
        gltf.Node(name="l", translation=[left_x_m, 1.2, 0]),
        gltf.Node(name="r", translation=[-left_x_m, 1.2, 0]),
    ]
    head = [[x, y + 1.5, 0.1] for x, y, _ in make_square(0.2)]
    extension = {"specVersion": "1.0", "humanoid": {"humanBones": humanoid}}
    return write_glb(path, [{"corners": head}], extensions={"VRMC_vrm": extension}, nodes=nodes)


def test_check_facing_wants_the_left_arm_on_the_left(tmp_path: Path) -> None:
    good, backwards = turned_vrm(tmp_path / "a.vrm", 0.1), turned_vrm(tmp_path / "b.vrm", -0.1)
    assert reason(good) == reason(good, facing="-z") == reason(backwards, checks="paper") == ""
    assert reason(backwards).startswith("check facing: ") and "--facing -z" in reason(backwards)
    assert reason(backwards, no_check="facing") == ""


def test_facing_turns_a_vrm_that_faces_backwards_and_no_other(tmp_path: Path) -> None:
    options = AvatarOptions(facing="-z")
    for name, left_x_m, z_m in (("a", 0.1, 0.1), ("b", -0.1, -0.1)):
        avatar = load_avatar(turned_vrm(tmp_path / f"{name}.vrm", left_x_m), options)
        turned = avatar.head_from_file[0, 0] < 0
        assert turned == (left_x_m < 0)
        z_head_m = avatar.surfaces[0].xyz_head_m[:, 2]
        assert np.allclose(z_head_m - z_head_m.mean(), 0)
        assert np.sign(z_head_m[0] - avatar.head_from_file[2, 3]) == np.sign(z_m)


def test_check_bounds_wants_a_character_of_usual_extent(tmp_path: Path) -> None:
    bones = {"neck": 1, "head": 2}
    assert reason(vrm(tmp_path / "a.vrm", bones, far_m=0.74)) == ""
    tail = vrm(tmp_path / "b.vrm", bones, far_m=0.76)
    assert reason(tail).startswith(
        "check bounds: meshes reach x -0.20 to 0.20, y 1.30 to 1.70, z -0.76 to 0.00, outside"
    )
    assert reason(tail, no_check="bounds") == ""
    large = write_glb(tmp_path / "c.glb", [{"corners": make_square(3.0)}])
    assert reason(large) == "", "a GLB is scaled to fit, whatever its unit"
    assert reason(large, checks="paper", no_check="humanoid").startswith("check bounds")


def test_check_opaque_wants_opaque_pixels() -> None:
    def views(**shares: float) -> dict[str, View]:
        made = {}
        for name, share in shares.items():
            rgba = np.zeros((16, 16, 4), np.uint8)
            rgba.reshape(-1, 4)[: round(share * 256)] = 255
            made[name] = View(rgba, np.full((16, 16), np.nan, np.float32))
        return made

    AvatarChecks().check_views(views(front=0.01, left=0.0))
    with pytest.raises(AvatarSkipped, match="not one opaque pixel in any view"):
        AvatarChecks().check_views(views(front=0.0, left=0.0))
    AvatarChecks(off="opaque").check_views(views(front=0.0, left=0.0))
    paper = AvatarChecks("paper")
    paper.check_views(views(front=0.3, left=0.1, top=0.1, persp0=0.7))
    with pytest.raises(AvatarSkipped, match=r"check opaque: 20\.3% of front is opaque, not between 25% and 75%"):
        paper.check_views(views(front=0.203, left=0.5))
    with pytest.raises(AvatarSkipped, match=r"80\.1% of persp3"):
        paper.check_views(views(front=0.5, persp3=0.8))
    AvatarChecks("paper", off="bounds,opaque").check_views(views(front=0.9))


def test_an_unknown_check_is_named() -> None:
    with pytest.raises(WrongUsage, match="unknown check 'colour': choose from humanoid, facing, bounds, opaque"):
        AvatarChecks(off="bounds,colour")


@needs_blender
def test_what_fails_is_skipped_in_the_manifest(tmp_path: Path) -> None:
    folder, out = tmp_path / "avatars", tmp_path / "D"
    folder.mkdir()
    vrm(folder / "good.vrm", {"head": 2})
    vrm(folder / "headless.vrm", {"neck": 1})
    vrm(folder / "tail.vrm", {"head": 2}, far_m=2.0)
    write_glb(folder / "ghost.glb", [{"corners": make_square(0.2), "factor": (1, 1, 1, 0.2), "alpha_mode": "MASK"}])
    (folder / "textures.zip").write_bytes(b"PK\x05\x06" + bytes(18))  # an empty archive
    command = [sys.executable, "-m", "panic3d", "render", folder, "--out", out, "--size", 32, "--rig", "ortho4"]
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    records = {
        Path(record["source"]).name: record
        for record in map(json.loads, (out / "manifest.jsonl").read_text().splitlines())
    }
    assert {name: record["status"] for name, record in records.items()} == {
        "good.vrm": "ok", "headless.vrm": "skipped", "tail.vrm": "skipped", "ghost.glb": "skipped",
        "textures.zip": "skipped",
    }  # fmt: skip
    assert "check opaque" in records["ghost.glb"]["reason"] and "holds no model" in records["textures.zip"]["reason"]
    more = ("--no-check", "humanoid", "--no-check", "bounds", "--no-check", "opaque")
    command[command.index(out)] = tmp_path / "E"
    result = subprocess.run([*map(str, command), *more], capture_output=True, text=True, timeout=300)
    assert "4 ok, 1 skipped, 0 failed" in result.stdout, result.stdout + result.stderr
