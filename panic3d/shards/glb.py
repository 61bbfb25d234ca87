"""Reading back `mesh.glb` as `glb_bytes` writes it: one primitive, colours a vertex."""

import numpy as np
import pygltflib as gltf
from jaxtyping import Shaped

from panic3d.shards.mesh import ColouredMesh, srgb_from_linear

DTYPES = {gltf.FLOAT: "<f4", gltf.UNSIGNED_SHORT: "<u2", gltf.UNSIGNED_INT: "<u4"}
WIDTHS = {gltf.SCALAR: 1, gltf.VEC3: 3, gltf.VEC4: 4}


def mesh_of_glb(data: bytes) -> ColouredMesh:
    """The mesh in a `mesh.glb` of this project (head frame, metres); an empty one where the file has no faces."""
    model = gltf.GLTF2.load_from_bytes(data)
    if not model.meshes:
        return ColouredMesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64), np.zeros((0, 3), np.uint8))
    primitive, blob = model.meshes[0].primitives[0], model.binary_blob()
    linear = _array(model, blob, primitive.attributes.COLOR_0)[:, :3] / 65535
    return ColouredMesh(
        vertices_head_m=_array(model, blob, primitive.attributes.POSITION),
        triangles=_array(model, blob, primitive.indices).reshape(-1, 3).astype(np.int64),
        colours=np.round(srgb_from_linear(linear) * 255).astype(np.uint8),
    )


def _array(model: gltf.GLTF2, blob: bytes, index: int) -> Shaped[np.ndarray, "count width"]:
    accessor = model.accessors[index]
    view = model.bufferViews[accessor.bufferView]
    width = WIDTHS[accessor.type]
    offset = (view.byteOffset or 0) + (accessor.byteOffset or 0)
    return np.frombuffer(blob, DTYPES[accessor.componentType], accessor.count * width, offset).reshape(-1, width)
