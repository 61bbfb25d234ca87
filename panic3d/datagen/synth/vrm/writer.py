"""Write a VRM file: binary glTF with skinned meshes, the VRM 1.0 or 0.x block, and MToon materials."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from panic3d.datagen.synth.meshes.mesh import MeshPart, compute_vertex_normals
from panic3d.datagen.synth.vrm.buffer import (
    ARRAY_BUFFER,
    ELEMENT_ARRAY_BUFFER,
    FLOAT,
    UNSIGNED_BYTE,
    UNSIGNED_INT,
    UNSIGNED_SHORT,
    GlbBuffer,
    pack_glb,
)
from panic3d.datagen.synth.vrm.model import ExpressionBinds, VrmCharacter
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton
from panic3d.datagen.synth.vrm.vrm0 import make_vrm0_block
from panic3d.datagen.synth.vrm.vrm1 import make_mtoon_extension, make_spring_bone_extension, make_vrm1_block
from panic3d.runtime.files import write_atomically

FACING_MINUS_Z = np.array([-1.0, 1.0, -1.0])


def encode_texture(picture: UInt8[np.ndarray, "H W 4"]) -> bytes:
    """Encode a texture as PNG, without its alpha channel where it is opaque throughout."""
    image = Image.fromarray(picture if (picture[..., 3] < 255).any() else np.ascontiguousarray(picture[..., :3]))
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=4)
    return stream.getvalue()


def encode_rgb(picture: UInt8[np.ndarray, "H W 3"]) -> bytes:
    """Encode an opaque picture as PNG."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def select_strongest_joints(
    part: MeshPart, bones: list[str]
) -> tuple[UInt8[np.ndarray, "V 4"], Float[np.ndarray, "V 4"]]:
    """Return the indices of the four strongest joints of each vertex, and their weights, which sum to 1."""
    dense = np.zeros((len(part.xyz_head_m), len(bones)), np.float32)
    for bone, weight in (part.weights or {"head": np.ones(len(part.xyz_head_m))}).items():
        dense[:, bones.index(bone)] = np.maximum(weight, 0)
    joints = np.argsort(-dense, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(dense, joints, axis=1)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return np.where(weights > 0, joints, 0).astype(np.uint8), weights.astype(np.float32)


def _make_primitive(
    part: MeshPart, binary: GlbBuffer, bones: list[str], facing: np.ndarray, lift: np.ndarray
) -> dict[str, Any]:
    xyz = ((part.xyz_head_m + lift) * facing).astype(np.float32)
    joints, weights = select_strongest_joints(part, bones)
    normals = (compute_vertex_normals(part.xyz_head_m, part.faces) * facing).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    wide = len(xyz) > 65535
    indices = part.faces.ravel().astype(np.uint32 if wide else np.uint16)
    primitive: dict[str, Any] = {
        "attributes": {
            "POSITION": binary.add_accessor(xyz, FLOAT, "VEC3", ARRAY_BUFFER, bounds=True),
            "NORMAL": binary.add_accessor(normals, FLOAT, "VEC3", ARRAY_BUFFER),
            "TEXCOORD_0": binary.add_accessor(part.uv.astype(np.float32), FLOAT, "VEC2", ARRAY_BUFFER),
            "JOINTS_0": binary.add_accessor(joints, UNSIGNED_BYTE, "VEC4", ARRAY_BUFFER),
            "WEIGHTS_0": binary.add_accessor(weights, FLOAT, "VEC4", ARRAY_BUFFER),
        },
        "indices": binary.add_accessor(
            indices, UNSIGNED_INT if wide else UNSIGNED_SHORT, "SCALAR", ELEMENT_ARRAY_BUFFER
        ),
        "mode": 4,
    }
    return primitive


def write_vrm(path: Path, character: VrmCharacter, vrm: str) -> None:
    """Write the file; see `encode_vrm`."""
    write_atomically(path, encode_vrm(character, vrm))


def encode_vrm(character: VrmCharacter, vrm: str) -> bytes:
    """Return the bytes of a file. VRM 1.0 faces +z and VRM 0.x -z; the soles are at y = 0."""
    facing = np.ones(3) if vrm == "1.0" else FACING_MINUS_Z
    lift = np.array([0.0, -character.skeleton.ground_y_m, 0.0])
    file = _GltfFile(character, facing, lift)
    thumbnail = None if character.thumbnail is None else file.add_image("thumbnail", encode_rgb(character.thumbnail))
    expressions = _bind_expressions(character, file.mesh_nodes, file.morph_names)
    if vrm == "1.0":
        extension = {"VRMC_vrm": make_vrm1_block(character, file.bones, expressions, file.mesh_nodes, thumbnail)}
        used = ["VRMC_vrm", "VRMC_materials_mtoon", "KHR_materials_unlit"]
        if character.springs:
            springs = make_spring_bone_extension(character.springs, character.colliders, file.bones)
            extension["VRMC_springBone"] = springs
            used.append("VRMC_springBone")
    else:
        textures = list(character.textures)
        shades = {name: material.shade_srgb or material.shade for name, material in character.materials.items()}
        rows = [
            (name, material.alpha_mode, material.double_sided, shades[name], textures.index(material.texture))
            for name, material in character.materials.items()
        ]
        extension = {"VRM": make_vrm0_block(character, file.bones, expressions, rows, thumbnail)}
        used = ["VRM", "KHR_materials_unlit"]
    return file.encode(_make_materials(character, vrm), used, extension)


def write_skinned_glb(path: Path, character: VrmCharacter) -> None:
    """Write a GLB in the head frame, facing +z: unlit, with bones and morph targets, without what VRM adds."""
    file = _GltfFile(character, np.ones(3), np.zeros(3))
    write_atomically(path, file.encode(_make_materials(character, None), ["KHR_materials_unlit"], {}))


class _GltfFile:
    """The parts of a file that VRM and plain glTF have in common."""

    def __init__(self, character: VrmCharacter, facing: np.ndarray, lift: np.ndarray) -> None:
        self.character, self.binary = character, GlbBuffer()
        self.bones = list(character.skeleton.parents)
        world = {bone: (place + lift) * facing for bone, place in character.skeleton.positions_head_m.items()}
        self.nodes = _make_bone_nodes(character.skeleton, world)
        self.skin = _make_skin(world, self.binary)
        self.meshes, self.morph_names = _make_meshes(character, self.binary, self.bones, facing, lift)
        self.nodes += [{"name": name, "mesh": index, "skin": 0} for index, name in enumerate(character.meshes)]
        self.mesh_nodes = {name: len(self.bones) + index for index, name in enumerate(character.meshes)}
        self.images: list[dict[str, Any]] = []
        for name, texture in character.textures.items():
            self.add_image(name, encode_texture(texture))

    def add_image(self, name: str, png: bytes) -> int:
        """Add an image and return its index, which is also that of its texture."""
        self.images.append({"name": name, "mimeType": "image/png", "bufferView": self.binary.add_view(png)})
        return len(self.images) - 1

    def encode(self, materials: list[dict[str, Any]], extensions_used: list[str], extensions: dict[str, Any]) -> bytes:
        """Return the bytes of the file."""
        document = {
            "asset": {"version": "2.0", "generator": self.character.generator},
            "scene": 0,
            "scenes": [{"nodes": [0, *self.mesh_nodes.values()]}],
            "nodes": self.nodes,
            "meshes": self.meshes,
            "skins": [self.skin],
            "materials": materials,
            "textures": [{"source": i, "sampler": 0} for i in range(len(self.images))],
            "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}],
            "images": self.images,
            "accessors": self.binary.accessors,
            "bufferViews": self.binary.views,
            "buffers": [{"byteLength": len(self.binary.blob)}],
            "extensionsUsed": extensions_used,
        } | ({"extensions": extensions} if extensions else {})
        return pack_glb(document, bytes(self.binary.blob))


def _make_bone_nodes(skeleton: HumanoidSkeleton, world: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """Make one node per bone, translated from its parent."""
    bones = list(skeleton.parents)
    nodes: list[dict[str, Any]] = []
    for bone, parent in skeleton.parents.items():
        offset = world[bone] - (world[parent] if parent else 0)
        children = [bones.index(child) for child, above in skeleton.parents.items() if above == bone]
        nodes.append({"name": bone, "translation": offset.tolist()} | ({"children": children} if children else {}))
    return nodes


def _make_skin(world: dict[str, np.ndarray], binary: GlbBuffer) -> dict[str, Any]:
    """Make the skin with all bones as joints."""
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(world), 1, 1))
    inverse[:, 3, :3] = [-position for position in world.values()]  # column-major: the translation is the last row
    skin: dict[str, Any] = {"joints": list(range(len(world))), "skeleton": 0}
    skin["inverseBindMatrices"] = binary.add_accessor(inverse.reshape(-1, 16), FLOAT, "MAT4", None)
    return skin


def _make_meshes(
    character: VrmCharacter, binary: GlbBuffer, bones: list[str], facing: np.ndarray, lift: np.ndarray
) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """Make the meshes with their morph targets, and return the names of the morphs of each mesh."""
    material_names = list(character.materials)
    meshes: list[dict[str, Any]] = []
    morph_names: dict[str, list[str]] = {}
    for mesh_name, parts in character.meshes.items():
        morphs = sorted({name for part in parts for name in part.morphs})
        morph_names[mesh_name] = morphs
        primitives = []
        for part in parts:
            primitive = _make_primitive(part, binary, bones, facing, lift)
            primitive["material"] = material_names.index(part.material)
            if morphs:
                zeros = np.zeros_like(part.xyz_head_m)
                shifts = [(part.morphs.get(name, zeros) * facing).astype(np.float32) for name in morphs]
                accessors = [binary.add_accessor(s, FLOAT, "VEC3", ARRAY_BUFFER, bounds=True) for s in shifts]
                primitive["targets"] = [{"POSITION": accessor} for accessor in accessors]
            primitives.append(primitive)
        mesh: dict[str, Any] = {"name": mesh_name, "primitives": primitives}
        if morphs:
            mesh |= {"weights": [0.0] * len(morphs), "extras": {"targetNames": morphs}}
        meshes.append(mesh)
    return meshes, morph_names


def _make_materials(character: VrmCharacter, vrm: str | None) -> list[dict[str, Any]]:
    """Make the materials; None stands for a file without VRM."""
    materials, textures = [], list(character.textures)
    for name, material in character.materials.items():
        texture = textures.index(material.texture)
        record: dict[str, Any] = {
            "name": name,
            "pbrMetallicRoughness": {
                "baseColorTexture": {"index": texture},
                "baseColorFactor": [1.0, 1.0, 1.0, 1.0],
                "metallicFactor": 0.0,
                "roughnessFactor": 0.9,
            },
            "alphaMode": material.alpha_mode,
            "doubleSided": material.double_sided,
            "extensions": {"KHR_materials_unlit": {}},
        }
        if material.alpha_mode == "MASK":
            record["alphaCutoff"] = 0.5
        if vrm == "1.0":
            mtoon = make_mtoon_extension(material.shade, texture, material.alpha_mode)
            record["extensions"]["VRMC_materials_mtoon"] = mtoon
        materials.append(record)
    return materials


def _bind_expressions(
    character: VrmCharacter, mesh_nodes: dict[str, int], morph_names: dict[str, list[str]]
) -> ExpressionBinds:
    """Find the node, mesh and morph target of every expression."""
    meshes = list(character.meshes)
    return {
        preset: [
            (mesh_nodes[mesh], meshes.index(mesh), morph_names[mesh].index(morph), weight)
            for morph, weight in binds.items()
            for mesh in meshes
            if morph in morph_names[mesh]
        ]
        for preset, binds in character.expressions.items()
    }
