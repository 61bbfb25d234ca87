"""Read MMD's PMX 2.0 and 2.1: vertices, triangles, textures, materials, bones. Nothing is rotated or scaled here.

The layout follows the public description of the format (PMX editor's "PMX仕様"). Morphs, display frames, rigid bodies
and everything after them do not affect a character at rest and are not read.
"""

from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.pmx.byte_reader import PmxByteReader
from panic3d.datagen.avatars.pmx.model import PmxBone, PmxMaterial, PmxModel
from panic3d.datagen.avatars.pmx.vertices import read_vertices

MIN_MATERIAL_BYTES, MIN_BONE_BYTES = 86, 28
"""The smallest records, from which the largest possible counts follow."""


def read_pmx(data: bytes) -> PmxModel:
    """Parse a PMX file. Raises AvatarError where it is no PMX file, is cut short, or claims more than it holds."""
    reader = PmxByteReader(data)
    name, english_name, comment, _ = (reader.read_text() for _ in range(4))
    vertices = read_vertices(reader)
    corners = reader.read_indices(
        reader.read_count(reader.vertex_bytes), reader.vertex_bytes, signed=reader.vertex_bytes == 4
    )
    if len(corners) and not 0 <= corners.min() <= corners.max() < len(vertices.positions):
        raise AvatarError(f"a triangle uses vertex {corners.max()} of {len(vertices.positions)}")
    triangles = corners[: len(corners) // 3 * 3].reshape(-1, 3)
    textures = [reader.read_text() for _ in range(reader.read_count(4))]
    materials = [_read_material(reader) for _ in range(reader.read_count(MIN_MATERIAL_BYTES))]
    bones = [_read_bone(reader) for _ in range(reader.read_count(MIN_BONE_BYTES))]
    return PmxModel(name, english_name, comment, vertices, triangles, textures, materials, bones)


def _read_material(reader: PmxByteReader) -> PmxMaterial:
    name, english_name = reader.read_text(), reader.read_text()
    diffuse = reader.unpack("4f")
    reader.read_bytes(4 * (3 + 1 + 3))  # specular colour and power, ambient colour
    (flags,) = reader.unpack("B")
    reader.read_bytes(4 * (4 + 1))  # edge colour and width
    texture = reader.read_index(reader.texture_bytes)
    reader.read_bytes(reader.texture_bytes + 1)  # sphere map and how it is mixed
    (shared_toon,) = reader.unpack("B")
    reader.read_bytes(1 if shared_toon else reader.texture_bytes)
    reader.read_text()  # a note
    (corners,) = reader.unpack("i")
    return PmxMaterial(
        name or english_name, diffuse, bool(flags & 0x01), bool(flags & 0x20), bool(flags & 0xC0), texture, corners
    )


def _read_bone(reader: PmxByteReader) -> PmxBone:
    name, english_name = reader.read_text(), reader.read_text()
    position = reader.unpack("3f")
    parent = reader.read_index(reader.bone_bytes)
    _, flags = reader.unpack("iH")
    reader.read_bytes(reader.bone_bytes if flags & 0x0001 else 12)  # where the bone's tail is
    turns_with, share = -1, 0.0
    if flags & 0x0300:
        turns_with = reader.read_index(reader.bone_bytes)
        (share,) = reader.unpack("f")
        if not flags & 0x0100:  # it takes a share of the movement only
            turns_with, share = -1, 0.0
    if flags & 0x0400:
        reader.read_bytes(12)  # the axis that it is held to
    if flags & 0x0800:
        reader.read_bytes(24)  # its own axes
    if flags & 0x2000:
        reader.read_bytes(4)  # a key of something outside
    if flags & 0x0020:  # inverse kinematics
        reader.read_bytes(reader.bone_bytes + 8)
        for _ in range(reader.read_count(reader.bone_bytes + 1)):
            reader.read_bytes(reader.bone_bytes)
            if reader.read_bytes(1)[0]:
                reader.read_bytes(24)
    return PmxBone(name, english_name, position, parent, turns_with, share)
