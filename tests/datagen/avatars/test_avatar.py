"""Bringing files into the head frame, and what is said of files that cannot be."""

import base64
import json
import struct
from pathlib import Path

import numpy as np
import open3d as o3d
import pytest
import trimesh

from helpers.avatars.small_glb import make_square, write_glb
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.character.clipping import clip_to_box
from panic3d.datagen.avatars.character.materials import Material
from panic3d.datagen.avatars.character.surfaces import MaterialSurface, build_coloured_mesh
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.options import AvatarOptions


def test_facing_minus_z_is_turned_about_y(tmp_path: Path) -> None:
    path = write_glb(tmp_path / "a.glb", [{"corners": [[0, 0, 0], [0.2, 0, 0.1], [0.2, 0.1, 0.1], [0, 0.1, 0]]}])
    plain, turned = (load_avatar(path, AvatarOptions(facing=facing)).surfaces[0] for facing in ("+z", "-z"))
    assert np.allclose(plain.xyz_head_m * [-1, 1, -1], turned.xyz_head_m, atol=1e-6)


def test_a_head_too_large_is_scaled_to_fit_with_2_cm_to_spare(tmp_path: Path) -> None:
    path = write_glb(tmp_path / "a.glb", [{"corners": make_square(0.66)}])
    avatar = load_avatar(path)
    assert avatar.scale == pytest.approx(0.33 / 0.66)
    assert np.abs(avatar.surfaces[0].xyz_head_m[:, 0]).max() == pytest.approx(0.33)
    assert load_avatar(path, AvatarOptions(fit=False)).scale == 1.0


def test_clipping_agrees_with_open3d() -> None:
    sphere = trimesh.creation.icosphere(3, 0.45)
    zeros = np.zeros(len(sphere.vertices))
    surface = MaterialSurface(
        sphere.vertices.astype(np.float32),
        sphere.faces.astype(np.int32),
        np.stack([zeros, zeros], axis=1).astype(np.float32),
        np.ones((len(zeros), 4), np.float32),
        zeros.astype(bool),
        Material(),
    )
    ours = clip_to_box(surface)
    theirs = o3d.t.geometry.TriangleMesh(sphere.vertices.astype(np.float32), sphere.faces.astype(np.int32))
    for axis in np.eye(3):
        for sign in (1, -1):
            theirs = theirs.clip_plane(sign * axis * 0.35, -sign * axis)
    vertices, faces = theirs.vertex.positions.numpy(), theirs.triangle.indices.numpy()
    mesh = build_coloured_mesh([ours])
    assert trimesh.Trimesh(mesh.vertices_head_m, mesh.triangles).area == pytest.approx(
        trimesh.Trimesh(vertices, faces).area, rel=1e-4
    )
    assert np.abs(ours.xyz_head_m).max() <= 0.35 + 1e-6


def broken_files(folder: Path) -> dict[str, bytes]:
    good = write_glb(
        folder / "good.glb", [{"corners": make_square(0.2), "rgba": np.zeros((2, 2, 4), np.uint8)}]
    ).read_bytes()
    length = struct.unpack_from("<I", good, 12)[0]
    document = json.loads(good[20 : 20 + length])

    def with_document(change: dict) -> bytes:
        text = json.dumps({**document, **change}).encode()
        text += b" " * (-len(text) % 4)
        rest = good[20 + length :]
        return struct.pack("<IIIII", 0x46546C67, 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest

    accessors = document["accessors"]
    return {
        "text.vrm": b"this is not an avatar",
        "zip.vrm": b"PK\x03\x04" + bytes(100),
        "empty.vrm": b"",
        "cut.glb": good[: len(good) // 2],
        "old.glb": with_document({"asset": {"version": "1.0"}}),
        "huge.glb": with_document({"accessors": [{**accessors[0], "count": 100_000_000}, *accessors[1:]]}),
        "no_triangles.glb": with_document({"meshes": []}),
        "outside.glb": with_document({"images": [{"uri": "../../secret.png"}]}),
        "missing.glb": with_document({"images": [{"uri": "gone.png"}]}),
        "cycle.glb": with_document({"nodes": [{"children": [1], "mesh": 0}, {"children": [0]}]}),
        "draco.glb": with_document({"extensionsRequired": ["KHR_draco_mesh_compression"]}),
        "nan.glb": with_document({"nodes": [{"mesh": 0, "translation": [1e400, 0, 0]}]}),
        "headless.vrm": with_document({"extensions": {"VRM": {"humanoid": {"humanBones": []}}}}),
        "list.gltf": b"[]",
    }


def test_broken_files_give_one_sentence(tmp_path: Path) -> None:
    for name, data in broken_files(tmp_path).items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(AvatarError) as caught:
            load_avatar(tmp_path / name)
        assert "\n" not in str(caught.value) and len(str(caught.value)) > 15, name


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_never_do_worse_than_a_reason(tmp_path: Path, seed: int) -> None:
    good = bytearray(write_glb(tmp_path / "a.glb", [{"corners": make_square(0.2)}]).read_bytes())
    random = np.random.default_rng(seed)
    for place in random.integers(0, len(good), 6):
        good[place] = random.integers(256)
    (tmp_path / "b.glb").write_bytes(good)
    try:
        avatar = load_avatar(tmp_path / "b.glb")
    except AvatarError:
        return
    assert avatar.surfaces
    assert all(np.isfinite(part.xyz_head_m).all() for part in avatar.surfaces)


def test_gltf_with_files_beside_it(tmp_path: Path) -> None:
    """Buffers and pictures in other files: percent-encoded, in another case, in a folder, or as data; never outside."""
    rgba = np.full((2, 2, 4), (10, 200, 30, 255), np.uint8)
    glb = write_glb(tmp_path / "a.glb", [{"corners": make_square(0.2), "rgba": rgba}]).read_bytes()
    length = struct.unpack_from("<I", glb, 12)[0]
    document, binary = json.loads(glb[20 : 20 + length]), glb[28 + length :]
    view = document["bufferViews"][document["images"][0]["bufferView"]]
    picture = binary[view.get("byteOffset", 0) :][: view["byteLength"]]
    folder = tmp_path / "model"
    (folder / "Tex tures").mkdir(parents=True)
    (folder / "data.bin").write_bytes(binary)
    (folder / "Tex tures" / "Körper.PNG").write_bytes(picture)
    (tmp_path / "outside.png").write_bytes(picture)
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    document["buffers"] = [{"uri": "data.bin", "byteLength": len(binary)}]
    as_data = "data:image/png;base64," + base64.b64encode(picture).decode()
    for uri in ("tex%20tures/K%C3%B6rper.png", "./Tex tures/../tex tures\\KÖRPER.png", as_data):
        document["images"] = [{"uri": uri}]
        (folder / "a.gltf").write_text(json.dumps(document))
        texture = load_avatar(folder / "a.gltf").surfaces[0].material.texture
        assert texture is not None and (texture.rgba == rgba).all()
    for uri in ("../outside.png", "%2e%2e/outside.png", str(tmp_path / "outside.png"), "link.png"):
        document["images"] = [{"uri": uri}]
        (folder / "a.gltf").write_text(json.dumps(document))
        with pytest.raises(AvatarError, match="points outside the avatar's folder"):
            load_avatar(folder / "a.gltf")
