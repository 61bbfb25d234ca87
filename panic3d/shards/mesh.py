"""A triangle mesh with a colour a vertex, and `mesh.glb` as every room writes it."""

from dataclasses import dataclass

import numpy as np
import pygltflib as gltf
from jaxtyping import Float, Int, UInt8


@dataclass(frozen=True)
class ColouredMesh:
    """Vertices in the head frame, counter-clockwise triangles seen from outside, straight sRGB colours."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]
    colours: UInt8[np.ndarray, "V 3"]


def linear_from_srgb(srgb: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Encoded sRGB in [0, 1] to linear light (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Linear light to encoded sRGB, clipped to [0, 1]."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def glb_bytes(mesh: ColouredMesh, title: str = "head") -> bytes:
    """The mesh as a GLB: unlit, both sides drawn, 16-bit COLOR_0 in linear light as glTF demands.

    The same bytes every time.
    """
    positions = mesh.vertices_head_m.astype("<f4")
    linear = np.round(linear_from_srgb(mesh.colours / 255.0) * 65535).astype("<u2")
    colours = np.concatenate([linear, np.full((len(linear), 1), 65535, "<u2")], axis=1)
    indices = mesh.triangles.astype("<u4")
    blobs = [positions.tobytes(), colours.tobytes(), indices.tobytes()]
    offsets = np.cumsum([0] + [len(blob) for blob in blobs])
    has_faces = len(indices) > 0
    model = gltf.GLTF2(
        asset=gltf.Asset(version="2.0", generator="panic3d"),
        scene=0,
        scenes=[gltf.Scene(nodes=[0])],
        nodes=[gltf.Node(name=title, mesh=0 if has_faces else None)],
        extensionsUsed=["KHR_materials_unlit"] if has_faces else [],
    )
    if has_faces:
        targets = [gltf.ARRAY_BUFFER, gltf.ARRAY_BUFFER, gltf.ELEMENT_ARRAY_BUFFER]
        model.buffers = [gltf.Buffer(byteLength=int(offsets[-1]))]
        model.bufferViews = [
            gltf.BufferView(buffer=0, byteOffset=int(offset), byteLength=len(blob), target=target)
            for offset, blob, target in zip(offsets, blobs, targets, strict=False)
        ]
        model.accessors = [
            gltf.Accessor(
                bufferView=0, componentType=gltf.FLOAT, count=len(positions), type=gltf.VEC3,
                min=positions.min(axis=0).tolist(), max=positions.max(axis=0).tolist(),
            ),
            gltf.Accessor(
                bufferView=1, componentType=gltf.UNSIGNED_SHORT, normalized=True, count=len(colours), type=gltf.VEC4
            ),
            gltf.Accessor(bufferView=2, componentType=gltf.UNSIGNED_INT, count=indices.size, type=gltf.SCALAR),
        ]  # fmt: skip
        model.materials = [
            gltf.Material(
                name="unlit",
                doubleSided=True,
                pbrMetallicRoughness=gltf.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=1.0),
                extensions={"KHR_materials_unlit": {}},
            )
        ]
        attributes = gltf.Attributes(POSITION=0, COLOR_0=1)
        model.meshes = [
            gltf.Mesh(name=title, primitives=[gltf.Primitive(attributes=attributes, indices=2, material=0)])
        ]
        model.set_binary_blob(b"".join(blobs))
    return b"".join(model.save_to_bytes())
