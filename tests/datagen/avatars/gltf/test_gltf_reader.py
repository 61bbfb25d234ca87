"""glTF files with buffers and images beside them."""

import base64
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from helpers.avatars.small_glb import make_square, write_glb
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.files.errors import AvatarError


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
