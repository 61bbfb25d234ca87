"""Tiny GLB files for tests, written with pygltflib."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib as gltf
from PIL import Image

UPRIGHT = ((0, 1), (1, 1), (1, 0), (0, 0))


def write_glb(
    path: Path,
    quads: Sequence[Mapping[str, Any]],
    nearest: bool = True,
    extensions: dict[str, object] | None = None,
    nodes: list[gltf.Node] | None = None,
) -> Path:
    """Quads: `corners` (4x3, counter-clockwise), optional `rgba`, `factor`, `alpha_mode`, `cutoff`, `double_sided`,
    `colour` (one or four), `uv` and `uv1` (4x2), `tex_coord`, `transform` (KHR_texture_transform), `wrap` (S, T).
    """
    blob, views, accessors, primitives, materials, images = b"", [], [], [], [], []
    samplers: list[gltf.Sampler] = []
    form = gltf.NEAREST if nearest else gltf.LINEAR

    def view(data: bytes) -> int:
        nonlocal blob
        blob += b"\0" * (-len(blob) % 4)
        views.append(gltf.BufferView(buffer=0, byteOffset=len(blob), byteLength=len(data)))
        blob += data
        return len(views) - 1

    def accessor(values: np.ndarray, kind: str, component: int) -> int:
        accessors.append(
            gltf.Accessor(bufferView=view(values.tobytes()), componentType=component, count=len(values), type=kind)
        )
        return len(accessors) - 1

    for quad in quads:
        attributes = gltf.Attributes(
            POSITION=accessor(np.array(quad["corners"], "<f4"), "VEC3", gltf.FLOAT),
            TEXCOORD_0=accessor(np.array(quad.get("uv", UPRIGHT), "<f4"), "VEC2", gltf.FLOAT),
        )
        if "uv1" in quad:
            attributes.TEXCOORD_1 = accessor(np.array(quad["uv1"], "<f4"), "VEC2", gltf.FLOAT)
        if "colour" in quad:
            attributes.COLOR_0 = accessor(np.zeros((4, 4), "<f4") + np.array(quad["colour"], "<f4"), "VEC4", gltf.FLOAT)
        indices = accessor(np.array([0, 1, 2, 0, 2, 3], "<u2"), "SCALAR", gltf.UNSIGNED_SHORT)
        base = gltf.PbrMetallicRoughness(baseColorFactor=list(quad.get("factor", (1, 1, 1, 1))))
        if "rgba" in quad:
            buffer = io.BytesIO()
            Image.fromarray(np.asarray(quad["rgba"], np.uint8)).save(buffer, "PNG")
            images.append(gltf.Image(bufferView=view(buffer.getvalue()), mimeType="image/png"))
            base.baseColorTexture = gltf.TextureInfo(index=len(images) - 1, texCoord=quad.get("tex_coord", 0))
            if "transform" in quad:
                base.baseColorTexture.extensions = {"KHR_texture_transform": quad["transform"]}
            wrap_s, wrap_t = quad.get("wrap", (gltf.REPEAT, gltf.REPEAT))
            samplers.append(gltf.Sampler(magFilter=form, wrapS=wrap_s, wrapT=wrap_t))
        mode = quad.get("alpha_mode", "OPAQUE")
        materials.append(
            gltf.Material(
                pbrMetallicRoughness=base,
                alphaMode=mode,
                alphaCutoff=quad.get("cutoff", 0.5) if mode == "MASK" else None,
                doubleSided=bool(quad.get("double_sided", True)),
            )
        )
        primitives.append(gltf.Primitive(attributes=attributes, indices=indices, material=len(materials) - 1))
    nodes = nodes or [gltf.Node(mesh=0, name="quads")]
    model = gltf.GLTF2(
        asset=gltf.Asset(version="2.0"),
        scene=0,
        scenes=[gltf.Scene(nodes=[0])],
        nodes=nodes,
        meshes=[gltf.Mesh(primitives=primitives)],
        accessors=accessors,
        bufferViews=views,
        buffers=[gltf.Buffer(byteLength=len(blob))],
        materials=materials,
        images=images,
        textures=[gltf.Texture(source=i, sampler=i) for i in range(len(images))],
        samplers=samplers,
        extensions=extensions or {},
    )
    model.set_binary_blob(blob)
    model.save_binary(str(path))
    return path


def make_square(half_m: float, z_m: float = 0.0, flip: bool = False) -> list[list[float]]:
    """Return the corners of a square that faces +z (or -z), bottom left first."""
    corners = [[-half_m, -half_m, z_m], [half_m, -half_m, z_m], [half_m, half_m, z_m], [-half_m, half_m, z_m]]
    return corners[::-1] if flip else corners
