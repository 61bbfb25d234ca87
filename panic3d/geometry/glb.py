"""`mesh.glb`: one unlit primitive with one colour per vertex, written and read."""

from typing import Literal

import numpy as np
import pygltflib as gltf
from jaxtyping import Shaped

from panic3d.cameras.colour import linear_from_srgb, srgb_from_linear
from panic3d.geometry.mesh import ColouredMesh

DTYPES = {gltf.FLOAT: "<f4", gltf.UNSIGNED_SHORT: "<u2", gltf.UNSIGNED_INT: "<u4"}
WIDTHS = {gltf.SCALAR: 1, gltf.VEC3: 3, gltf.VEC4: 4}


def encode_glb(mesh: ColouredMesh, title: str = "head", colour_type: Literal["uint16", "float32"] = "uint16") -> bytes:
    """Encode a mesh as GLB: unlit, double-sided, COLOR_0 in linear light, as glTF requires.

    Datasets and predictions have 16-bit colours. trimesh keeps only the low byte of those, but reads float32 colours
    right, with `skip_materials=True`. The same mesh gives the same bytes.
    """
    positions = mesh.vertices_head_m.astype("<f4")
    opaque = np.concatenate([linear_from_srgb(mesh.colours / 255.0), np.ones((len(mesh.colours), 1))], axis=1)
    in_floats = colour_type == "float32"
    colours = opaque.astype("<f4") if in_floats else np.round(opaque * 65535).astype("<u2")
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
                bufferView=1, componentType=gltf.FLOAT if in_floats else gltf.UNSIGNED_SHORT,
                normalized=not in_floats, count=len(colours), type=gltf.VEC4,
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


def decode_glb(data: bytes) -> ColouredMesh:
    """Decode the mesh of a `mesh.glb` of this project (head frame, metres); empty if the file has no faces."""
    model = gltf.GLTF2.load_from_bytes(data)
    if not model.meshes:
        return ColouredMesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64), np.zeros((0, 3), np.uint8))
    primitive, blob = model.meshes[0].primitives[0], model.binary_blob()
    linear = _read_accessor(model, blob, primitive.attributes.COLOR_0)[:, :3]
    if linear.dtype.kind == "u":
        linear = linear / 65535
    return ColouredMesh(
        vertices_head_m=_read_accessor(model, blob, primitive.attributes.POSITION),
        triangles=_read_accessor(model, blob, primitive.indices).reshape(-1, 3).astype(np.int64),
        colours=np.round(srgb_from_linear(linear) * 255).astype(np.uint8),
    )


def _read_accessor(model: gltf.GLTF2, blob: bytes, index: int) -> Shaped[np.ndarray, "count width"]:
    accessor = model.accessors[index]
    view = model.bufferViews[accessor.bufferView]
    width = WIDTHS[accessor.type]
    offset = (view.byteOffset or 0) + (accessor.byteOffset or 0)
    return np.frombuffer(blob, DTYPES[accessor.componentType], accessor.count * width, offset).reshape(-1, width)
