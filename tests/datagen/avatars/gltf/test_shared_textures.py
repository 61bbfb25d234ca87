"""Pictures that a glTF file uses in several textures."""

from pathlib import Path

import numpy as np
import pygltflib

from helpers.avatars.small_glb import make_square, write_glb
from panic3d.datagen.avatars.avatar import load_avatar


def test_textures_of_one_picture_are_one_texture(tmp_path: Path) -> None:
    """An engine holds each texture once: a file may name one large picture in hundreds of them."""
    rgba = np.random.default_rng(0).integers(0, 256, (8, 8, 4))
    wraps = [(10497, 10497), (10497, 10497), (33071, 10497)]
    quads = [
        {"corners": make_square(0.1 + 0.05 * place), "rgba": rgba, "wrap": wrap} for place, wrap in enumerate(wraps)
    ]
    path = write_glb(tmp_path / "a.glb", quads)
    document = pygltflib.GLTF2().load(str(path))
    for texture in document.textures:
        texture.source = 0
    document.save(str(path))
    first, second, third = (surface.material.texture for surface in load_avatar(path).surfaces)
    assert first is second and first is not third
    assert first is not None and third is not None and (first.wrap_u, third.wrap_u) == ("repeat", "clamp")
