"""Reading MMD's PMX 2.0 and 2.1: vertices, triangles, textures, materials, bones. Nothing is turned or scaled here.

The layout follows the format's public description (PMX editor's "PMX仕様"). Morphs, display frames, rigid bodies and
what follows do not matter to a character at rest and are not read.
"""

import struct
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from panic3d.datagen.avatars.files.errors import AvatarError

MAGIC = b"PMX "
BDEF1, BDEF2, BDEF4, SDEF, QDEF = range(5)
VERTEX_BYTES = 32
"""Position, normal and texture coordinates; further vectors and the weights follow."""
MIN_MATERIAL_BYTES, MIN_BONE_BYTES = 86, 28


@dataclass(frozen=True)
class PmxMaterial:
    name: str
    diffuse: tuple[float, float, float, float]
    """Encoded as on the screen, straight alpha."""
    double_sided: bool
    vertex_coloured: bool
    """PMX 2.1: the first additional vector of a vertex is its colour."""
    lines: bool
    """PMX 2.1: drawn as points or lines, not as triangles."""
    texture: int
    """Index among the textures; -1 for none."""
    corners: int
    """How many of the corners, in order, are its own."""


@dataclass(frozen=True)
class PmxBone:
    name: str
    english_name: str
    position: tuple[float, float, float]
    parent: int
    turns_with: int
    """The bone of whose turn it takes a share (付与親); -1 for none."""
    share: float


@dataclass(frozen=True)
class PmxVertices:
    positions: Float[np.ndarray, "V 3"]
    uv: Float[np.ndarray, "V 2"]
    colours: Float[np.ndarray, "V 4"]
    """The first additional vector; ones where there is none."""
    deform: Int[np.ndarray, "V"]
    """BDEF1, BDEF2, BDEF4, SDEF or QDEF."""
    bone_of: Int[np.ndarray, "V 4"]
    weights: Float[np.ndarray, "V 4"]
    sdef: Float[np.ndarray, "V 3 3"]
    """C, R0 and R1 of SDEF vertices."""


@dataclass(frozen=True)
class PmxModel:
    """As the file has it: left-handed, facing -z, 0.08 m a unit, clockwise triangles face the viewer."""

    name: str
    english_name: str
    comment: str
    vertices: PmxVertices
    triangles: Int[np.ndarray, "T 3"]
    textures: list[str]
    materials: list[PmxMaterial]
    bones: list[PmxBone]


def read_pmx(data: bytes) -> PmxModel:
    """Parses a file. AvatarError where it is no PMX, is cut short, or claims more than it holds."""
    reader = _Reader(data)
    name, english_name, comment, _ = (reader.text() for _ in range(4))
    vertices = _vertices(reader)
    corners = reader.indices(reader.count(reader.vertex_bytes), reader.vertex_bytes, signed=reader.vertex_bytes == 4)
    if len(corners) and not 0 <= corners.min() <= corners.max() < len(vertices.positions):
        raise AvatarError(f"a triangle uses vertex {corners.max()} of {len(vertices.positions)}")
    triangles = corners[: len(corners) // 3 * 3].reshape(-1, 3)
    textures = [reader.text() for _ in range(reader.count(4))]
    materials = [_material(reader) for _ in range(reader.count(MIN_MATERIAL_BYTES))]
    bones = [_bone(reader) for _ in range(reader.count(MIN_BONE_BYTES))]
    return PmxModel(name, english_name, comment, vertices, triangles, textures, materials, bones)


class _Reader:
    """A position in the file, and the sizes that its header sets."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != MAGIC:
            raise AvatarError("the file is no PMX model")
        self.data, self.at = data, 4
        (version,) = self.values("f")
        if round(version, 3) not in (2.0, 2.1):
            raise AvatarError(f"expected PMX 2.0 or 2.1, found {version:g}")
        sizes = self.take(self.take(1)[0])
        if len(sizes) < 8 or sizes[0] > 1 or sizes[1] > 4 or any(size not in (1, 2, 4) for size in sizes[2:8]):
            raise AvatarError(f"the PMX header sets impossible sizes: {sizes.hex(' ')}")
        self.alphabet = ("utf-16-le", "utf-8")[sizes[0]]
        self.vectors, self.vertex_bytes, self.texture_bytes, _, self.bone_bytes = sizes[1:6]

    def take(self, length: int) -> bytes:
        if length < 0 or self.at + length > len(self.data):
            raise AvatarError(
                f"the PMX model is cut short: {length} bytes wanted at byte {self.at} of {len(self.data)}"
            )
        self.at += length
        return self.data[self.at - length : self.at]

    def values(self, form: str) -> tuple:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def count(self, least_bytes: int) -> int:
        """A number of items, each of which takes at least so many bytes of what is left."""
        (count,) = self.values("i")
        if count < 0 or count * least_bytes > len(self.data) - self.at:
            left = len(self.data) - self.at
            raise AvatarError(
                f"the PMX model claims {count:,} items where {left:,} bytes are left: cut short or broken"
            )
        return int(count)

    def text(self) -> str:
        return self.take(self.count(1)).decode(self.alphabet, "replace").replace("\0", "")

    def index(self, size: int) -> int:
        return int(self.values({1: "b", 2: "h", 4: "i"}[size])[0])

    def indices(self, count: int, size: int, signed: bool) -> Int[np.ndarray, "count"]:
        return np.frombuffer(self.take(count * size), f"<{'i' if signed else 'u'}{size}").astype(np.int32)


def _vertices(reader: _Reader) -> PmxVertices:
    """A vertex takes as many bytes as its kind of deformation says: one pass finds where each begins, then every field
    of all vertices of a kind is read at once.
    """
    bone = reader.bone_bytes
    head = VERTEX_BYTES + 16 * reader.vectors
    bones_of = {BDEF1: 1, BDEF2: 2, BDEF4: 4, SDEF: 2, QDEF: 4}
    floats_of = {BDEF1: 0, BDEF2: 1, BDEF4: 4, SDEF: 10, QDEF: 4}
    sizes = {kind: head + 1 + bones_of[kind] * bone + 4 * floats_of[kind] + 4 for kind in bones_of}
    count = reader.count(sizes[BDEF1])
    data, at = reader.data, reader.at
    starts = np.empty(count, np.int64)
    deform = np.empty(count, np.int32)
    for vertex in range(count):
        kind = data[at + head] if at + head < len(data) else -1
        if kind not in sizes:
            raise AvatarError(f"vertex {vertex} of the PMX model has an unknown kind of deformation, or is cut short")
        starts[vertex], deform[vertex] = at, kind
        at += sizes[kind]
    reader.take(at - reader.at)
    rows = np.frombuffer(data, np.uint8)

    def field(of: np.ndarray, offset: int, dtype: str, width: int) -> np.ndarray:
        size = np.dtype(dtype).itemsize * width
        taken = rows[(starts[of] + offset)[:, None] + np.arange(size)]
        return np.ascontiguousarray(taken).view(dtype).reshape(-1, width)

    everyone = np.arange(count)
    positions, uv = field(everyone, 0, "<f4", 3), field(everyone, 24, "<f4", 2)
    colours = field(everyone, VERTEX_BYTES, "<f4", 4) if reader.vectors else np.ones((count, 4), np.float32)
    bone_of, weights = np.zeros((count, 4), np.int32), np.zeros((count, 4), np.float32)
    sdef = np.zeros((count, 3, 3), np.float32)
    for kind, bones in bones_of.items():
        mine = np.flatnonzero(deform == kind)
        bone_of[mine, :bones] = field(mine, head + 1, f"<i{bone}", bones)
        if not floats_of[kind]:
            weights[mine, 0] = 1
            continue
        floats = field(mine, head + 1 + bones * bone, "<f4", floats_of[kind])
        if bones == 4:
            weights[mine] = floats
        else:
            weights[mine, 0], weights[mine, 1] = floats[:, 0], 1 - floats[:, 0]
        if kind == SDEF:
            sdef[mine] = floats[:, 1:].reshape(-1, 3, 3)
    return PmxVertices(positions, uv, colours, deform, bone_of, weights, sdef)


def _material(reader: _Reader) -> PmxMaterial:
    name, english_name = reader.text(), reader.text()
    diffuse = reader.values("4f")
    reader.take(4 * (3 + 1 + 3))  # specular colour and power, ambient colour
    (flags,) = reader.values("B")
    reader.take(4 * (4 + 1))  # edge colour and width
    texture = reader.index(reader.texture_bytes)
    reader.take(reader.texture_bytes + 1)  # sphere map and how it is mixed
    (shared_toon,) = reader.values("B")
    reader.take(1 if shared_toon else reader.texture_bytes)
    reader.text()  # a note
    (corners,) = reader.values("i")
    return PmxMaterial(
        name or english_name, diffuse, bool(flags & 0x01), bool(flags & 0x20), bool(flags & 0xC0), texture, corners
    )


def _bone(reader: _Reader) -> PmxBone:
    name, english_name = reader.text(), reader.text()
    position = reader.values("3f")
    parent = reader.index(reader.bone_bytes)
    _, flags = reader.values("iH")
    reader.take(reader.bone_bytes if flags & 0x0001 else 12)  # where the bone's tail is
    turns_with, share = -1, 0.0
    if flags & 0x0300:
        turns_with = reader.index(reader.bone_bytes)
        (share,) = reader.values("f")
        if not flags & 0x0100:  # it takes a share of the movement only
            turns_with, share = -1, 0.0
    if flags & 0x0400:
        reader.take(12)  # the axis that it is held to
    if flags & 0x0800:
        reader.take(24)  # its own axes
    if flags & 0x2000:
        reader.take(4)  # a key of something outside
    if flags & 0x0020:  # inverse kinematics
        reader.take(reader.bone_bytes + 8)
        for _ in range(reader.count(reader.bone_bytes + 1)):
            reader.take(reader.bone_bytes)
            if reader.take(1)[0]:
                reader.take(24)
    return PmxBone(name, english_name, position, parent, turns_with, share)
