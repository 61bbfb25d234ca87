"""A second way from an avatar file to silhouettes and depth: pygltflib and Open3D, nothing of panic3d.

Alpha test and culling are applied to each hit; what lies outside the box hides nothing. Only `head_from_file` of the
sample's meta is taken over, to compare in one frame; the pose is worked out here again.
"""

import io
import json
import struct
from pathlib import Path

import numpy as np
import open3d as o3d
import pygltflib
from PIL import Image
from scipy.spatial.transform import Rotation

HALF_SIDE_M = 0.35
DTYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
# bone names of the shared avatars that have no VRM block
ARMS = {"Character1_LeftArm": "Character1_LeftForeArm", "Character1_RightArm": "Character1_RightForeArm",
        "upperarm.l": "lowerarm.l", "upperarm.r": "lowerarm.r"}  # fmt: skip
HANDS = ("Character1_LeftHand", "Character1_RightHand", "hand.l", "hand.r")


def read_still_glb(data: bytes) -> tuple[pygltflib.GLTF2, bytes]:
    """Read a binary glTF without its animations and the accessors that only they use; return it and its binary part.

    pygltflib takes a quarter of a minute for the thousands of accessors of an animated character.
    """
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    used = {skin["inverseBindMatrices"] for skin in document.get("skins", ()) if "inverseBindMatrices" in skin}
    for mesh in document["meshes"]:
        for primitive in mesh["primitives"]:
            used |= {primitive["indices"], *primitive["attributes"].values()}
            used |= {index for target in primitive.get("targets", ()) for index in target.values()}
    document.pop("animations", None)
    document["accessors"] = document["accessors"][: max(used) + 1]
    return pygltflib.GLTF2.from_json(json.dumps(document), infer_missing=True), data[28 + length :]


class ReferenceAvatar:
    """All triangles of a file in the head frame, with what decides whether a ray stops at them."""

    def __init__(self, path: Path, head_from_file: np.ndarray) -> None:
        self.gltf, self.blob = read_still_glb(path.read_bytes())
        self.head_from_file = head_from_file
        self.parent = {c: i for i, node in enumerate(self.gltf.nodes) for c in node.children or []}
        world = self._pose({i: self._world(i) for i in range(len(self.gltf.nodes))})
        self.vertices, self.uvs, self.faces, self.materials = [], [], [], []
        first = 0
        for i, node in enumerate(self.gltf.nodes):
            if node.mesh is None or (node.skin is None and self._in_hand(i)):
                continue
            for primitive in self.gltf.meshes[node.mesh].primitives:
                xyz = self._accessor(primitive.attributes.POSITION)
                ones = np.c_[xyz, np.ones(len(xyz))]
                if node.skin is not None:
                    skin = self.gltf.skins[node.skin]
                    inverse = self._accessor(skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
                    joints = np.array([world[j] for j in skin.joints]) @ inverse[: len(skin.joints)]
                    index = self._accessor(primitive.attributes.JOINTS_0).astype(int)
                    weight = self._accessor(primitive.attributes.WEIGHTS_0).astype(float)
                    if weight.max() > 1.5:
                        weight /= 255
                    weight /= weight.sum(axis=1, keepdims=True)
                    xyz = np.einsum("vk,vkij,vj->vi", weight, joints[index], ones)[:, :3]
                else:
                    xyz = (ones @ world[i].T)[:, :3]
                faces = self._accessor(primitive.indices).reshape(-1, 3).astype(int)
                uv = primitive.attributes.TEXCOORD_0
                self.vertices.append(xyz)
                self.uvs.append(self._accessor(uv) if uv is not None else np.zeros((len(xyz), 2)))
                self.faces.append(faces + first)
                self.materials.append(np.full(len(faces), -1 if primitive.material is None else primitive.material))
                first += len(xyz)
        xyz = np.concatenate(self.vertices)
        self.xyz = np.c_[xyz, np.ones(len(xyz))] @ head_from_file.T[:, :3]
        self.uv, self.face = np.concatenate(self.uvs), np.concatenate(self.faces)
        self.material = np.concatenate(self.materials)
        mesh = o3d.t.geometry.TriangleMesh(
            o3d.core.Tensor.from_numpy(self.xyz.astype(np.float32)),
            o3d.core.Tensor.from_numpy(self.face.astype(np.int32)),
        )
        self.scene = o3d.t.geometry.RaycastingScene()
        self.scene.add_triangles(mesh)
        self.alphas = {i: self._alpha(m) for i, m in enumerate(self.gltf.materials)}

    def _accessor(self, index: int) -> np.ndarray:
        accessor = self.gltf.accessors[index]
        view = self.gltf.bufferViews[accessor.bufferView]
        start = (view.byteOffset or 0) + (accessor.byteOffset or 0)
        width, dtype = WIDTHS[accessor.type], np.dtype(DTYPES[accessor.componentType])
        stride = view.byteStride or width * dtype.itemsize
        rows: np.ndarray = np.ndarray((accessor.count, width), dtype, self.blob, start, (stride, dtype.itemsize))
        return rows.astype(float if dtype == np.float32 else dtype)

    def _world(self, index: int) -> np.ndarray:
        node = self.gltf.nodes[index]
        local = np.eye(4)
        if node.matrix is not None:
            local = np.array(node.matrix, float).reshape(4, 4).T
        else:
            local[:3, :3] = Rotation.from_quat(node.rotation or [0, 0, 0, 1]).as_matrix() @ np.diag(
                node.scale or [1] * 3
            )
            local[:3, 3] = node.translation or [0, 0, 0]
        return self._world(self.parent[index]) @ local if index in self.parent else local

    def _arms(self) -> dict[int, int]:
        extensions = self.gltf.extensions or {}
        if "VRM" in extensions:
            bones = {b["bone"]: b["node"] for b in extensions["VRM"]["humanoid"]["humanBones"]}
        elif "VRMC_vrm" in extensions:
            bones = {b: e["node"] for b, e in extensions["VRMC_vrm"]["humanoid"]["humanBones"].items()}
        else:
            names = {node.name: i for i, node in enumerate(self.gltf.nodes)}
            return {names[a]: names[b] for a, b in ARMS.items() if a in names}
        return {bones[f"{s}UpperArm"]: bones[f"{s}LowerArm"] for s in ("left", "right") if f"{s}UpperArm" in bones}

    def _pose(self, world: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        """Arms to 60 degrees below the horizon; the characters face +z or -z, so the turn is about the file's z."""
        posed = dict(world)
        for upper, lower in self._arms().items():
            shoulder, along = world[upper][:3, 3], world[lower][:3, 3] - world[upper][:3, 3]
            wanted = np.array([np.sign(along[0]) * np.cos(np.radians(60)), -np.sin(np.radians(60))])
            angle = np.arctan2(wanted[1], wanted[0]) - np.arctan2(along[1], along[0])
            move = np.eye(4)
            move[:3, :3] = Rotation.from_euler("z", angle).as_matrix()
            move[:3, 3] = shoulder - move[:3, :3] @ shoulder
            for i in world:
                at = i
                while at != upper and at in self.parent:
                    at = self.parent[at]
                if at == upper:
                    posed[i] = move @ world[i]
        return posed

    def _in_hand(self, index: int) -> bool:
        at: int | None = index
        while at is not None:
            if self.gltf.nodes[at].name in HANDS:
                return True
            at = self.parent.get(at)
        return False

    def _alpha(self, material: pygltflib.Material) -> np.ndarray | None:
        """The alpha picture that is tested, None where the material is opaque."""
        base = material.pbrMetallicRoughness and material.pbrMetallicRoughness.baseColorTexture
        if material.alphaMode not in ("MASK", "BLEND") or base is None:
            return None
        image = self.gltf.images[self.gltf.textures[base.index].source]
        view = self.gltf.bufferViews[image.bufferView]
        start = view.byteOffset or 0
        data = self.blob[start : start + view.byteLength]
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[..., 3] / 255

    def cast(self, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Return the ray parameter of the first surface that stops each ray; infinity where none does."""
        return self.first_hits(origins, directions)[0]

    def first_hits(self, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ray parameter as `cast` does, and the triangle that stops each ray; -1 where none does."""
        origins, directions = origins.reshape(-1, 3), directions.reshape(-1, 3)
        start, found = np.full(len(origins), 0.5), np.full(len(origins), np.inf)
        first = np.full(len(origins), -1)
        alive = np.arange(len(origins))
        for _ in range(200):
            shifted = origins[alive] + directions[alive] * start[alive, None]
            rays = np.concatenate([shifted, directions[alive]], axis=1).astype(np.float32)
            hits = self.scene.cast_rays(o3d.core.Tensor.from_numpy(rays))
            t = hits["t_hit"].numpy().astype(float)
            hit = np.isfinite(t)
            alive, t = alive[hit], t[hit]
            if not len(alive):
                break
            triangle = hits["primitive_ids"].numpy()[hit].astype(int)
            bary = hits["primitive_uvs"].numpy()[hit]
            distance = start[alive] + t
            stops = self._stops(
                triangle, bary, directions[alive], origins[alive] + directions[alive] * distance[:, None]
            )
            found[alive[stops]] = distance[stops]
            first[alive[stops]] = triangle[stops]
            start[alive] = distance + 2e-6
            alive = alive[~stops]
        return found, first

    def normals(self, triangles: np.ndarray) -> np.ndarray:
        """Return unit normals of triangles, counter-clockwise outside."""
        a, b, c = (self.xyz[self.face[triangles, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        return normal / np.linalg.norm(normal, axis=1, keepdims=True)

    def _stops(self, triangle: np.ndarray, bary: np.ndarray, direction: np.ndarray, point: np.ndarray) -> np.ndarray:
        corner = self.face[triangle]
        a, b, c = (self.xyz[corner[:, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        stops = (np.abs(point) <= HALF_SIDE_M + 1e-6).all(axis=1)
        uv = sum(self.uv[corner[:, k]] * w[:, None] for k, w in enumerate((1 - bary.sum(1), bary[:, 0], bary[:, 1])))
        for index in np.unique(self.material[triangle]):
            mine = self.material[triangle] == index
            material = self.gltf.materials[index]
            if not material.doubleSided:
                stops[mine] &= (normal[mine] * direction[mine]).sum(axis=1) < 0
            alpha = self.alphas[index]
            if alpha is not None:
                size = np.array(alpha.shape[::-1])
                column, row = np.clip(((uv[mine] % 1) * size).astype(int), 0, size - 1).T
                stops[mine] &= alpha[row, column] >= (material.alphaCutoff or 0.5)
        return stops


def make_orthographic_rays(azimuth_deg: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rays of a view turned about y.

    Pixel (i, j) of the front view starts at x = ((j + .5) / size - .5) * .7, y downwards, z = 1, and looks to -z.
    """
    centre = ((np.arange(size) + 0.5) / size - 0.5) * 0.7
    x, y = np.meshgrid(centre, -centre)
    origins = np.stack([x, y, np.ones_like(x)], axis=-1)
    turn = Rotation.from_euler("y", azimuth_deg, degrees=True).as_matrix()
    return origins @ turn.T, np.broadcast_to(turn @ [0.0, 0.0, -1.0], origins.shape).copy()
