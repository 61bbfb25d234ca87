"""A writer of MMD's PMX, and a small character made with it: known colours and marks, every kind of deformation.

All in the format's own terms: left-handed, facing -z, 0.08 m a unit, clockwise triangles face the viewer.
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CULLED, BOTH_SIDES = 0x00, 0x01
VERTEX_COLOUR, LINES = 0x20, 0x80
RED, GREEN, BLUE, YELLOW = (230, 26, 26), (26, 200, 40), (26, 51, 230), (240, 220, 30)
SKIN, HAIR, SHIRT = (250, 220, 200), (90, 60, 160), (40, 120, 90)


@dataclass
class Vertex:
    xyz: tuple[float, float, float]
    uv: tuple[float, float] = (0.0, 0.0)
    bones: tuple[int, ...] = (0,)
    """One, two or four."""
    weights: tuple[float, ...] = ()
    """One for two bones, four for four."""
    sdef: tuple[float, ...] = ()
    """C, R0 and R1 make it SDEF."""
    dual: bool = False
    """Four bones by QDEF."""
    extra: tuple[float, ...] = ()
    """Additional vectors, four numbers each; all vertices have as many."""


@dataclass
class Material:
    name: str
    diffuse: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    texture: int = -1
    flags: int = CULLED
    corners: int = 0


@dataclass
class Bone:
    name: str
    english_name: str = ""
    xyz: tuple[float, float, float] = (0.0, 0.0, 0.0)
    parent: int = -1
    turns_with: int = -1
    share: float = 0.0
    ik: bool = False


@dataclass
class Model:
    name: str = "試験"
    comment: str = "For tests, without rights."
    vertices: list[Vertex] = field(default_factory=list)
    corners: list[int] = field(default_factory=list)
    textures: list[str] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    bones: list[Bone] = field(default_factory=list)

    def add(self, material: Material, vertices: list[Vertex], corners: list[int]) -> None:
        first = len(self.vertices)
        self.vertices += vertices
        self.corners += [corner + first for corner in corners]
        material.corners = len(corners)
        self.materials.append(material)


def encode_pmx(model: Model, utf8: bool = False, index_bytes: int = 2, version: float = 2.0) -> bytes:
    """Encode the model as a file; morphs, frames, bodies and joints are empty lists."""
    signed = {1: "b", 2: "h", 4: "i"}[index_bytes]

    def text(value: str) -> bytes:
        data = value.encode("utf-8" if utf8 else "utf-16-le")
        return struct.pack("<i", len(data)) + data

    def index(*values: int) -> bytes:
        return struct.pack(f"<{len(values)}{signed}", *values)

    vectors = len(model.vertices[0].extra) // 4 if model.vertices else 0
    out = [b"PMX ", struct.pack("<f9B", version, 8, int(utf8), vectors, *[index_bytes] * 6)]
    out += [text(model.name), text(""), text(model.comment), text("")]
    out.append(struct.pack("<i", len(model.vertices)))
    for vertex in model.vertices:
        kind = {1: 0, 2: 1, 4: 2}[len(vertex.bones)]
        kind = 3 if vertex.sdef else 4 if vertex.dual else kind
        out.append(struct.pack("<8f", *vertex.xyz, 0, 0, -1, *vertex.uv))
        out.append(struct.pack(f"<{len(vertex.extra)}f", *vertex.extra))
        out.append(bytes([kind]) + index(*vertex.bones))
        out.append(struct.pack(f"<{len(vertex.weights)}f{len(vertex.sdef)}ff", *vertex.weights, *vertex.sdef, 1.0))
    unsigned = signed.upper() if index_bytes < 4 else signed
    out.append(struct.pack(f"<i{len(model.corners)}{unsigned}", len(model.corners), *model.corners))
    out.append(struct.pack("<i", len(model.textures)))
    out += [text(name) for name in model.textures]
    out.append(struct.pack("<i", len(model.materials)))
    for material in model.materials:
        out += [text(material.name), text("")]
        out.append(struct.pack("<4f3f1f3fB4f1f", *material.diffuse, 0, 0, 0, 5, 0.5, 0.5, 0.5, material.flags,
                               0, 0, 0, 1, 1))  # fmt: skip
        out += [index(material.texture, -1), b"\x00\x01\x03", text("a note"), struct.pack("<i", material.corners)]
    out.append(struct.pack("<i", len(model.bones)))
    for bone in model.bones:
        flags = 0x000E | (0x0100 if bone.turns_with >= 0 else 0) | (0x0020 if bone.ik else 0)
        out += [text(bone.name), text(bone.english_name), struct.pack("<3f", *bone.xyz), index(bone.parent)]
        out.append(struct.pack("<iH3f", 0, flags, 0, 1, 0))
        if bone.turns_with >= 0:
            out.append(index(bone.turns_with) + struct.pack("<f", bone.share))
        if bone.ik:
            out.append(index(0) + struct.pack("<ifi", 40, 1.0, 2))
            out.append(index(0) + b"\x00" + index(0) + b"\x01" + struct.pack("<6f", *[0.0] * 6))
    return b"".join(out) + struct.pack("<4i", 0, 0, 0, 0)


def make_box(
    low: tuple[float, float, float], high: tuple[float, float, float], **attributes: Any
) -> tuple[list[Vertex], list[int]]:
    """A closed box whose faces are clockwise seen from outside, each with the whole texture, upright."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    faces = [  # top left, top right, bottom right, bottom left as one who looks at the face sees it
        [(x0, y1, z0), (x1, y1, z0), (x1, y0, z0), (x0, y0, z0)],  # front: z is least
        [(x1, y1, z1), (x0, y1, z1), (x0, y0, z1), (x1, y0, z1)],  # back
        [(x1, y1, z0), (x1, y1, z1), (x1, y0, z1), (x1, y0, z0)],  # its left
        [(x0, y1, z1), (x0, y1, z0), (x0, y0, z0), (x0, y0, z1)],  # its right
        [(x0, y1, z1), (x1, y1, z1), (x1, y1, z0), (x0, y1, z0)],  # top
        [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],  # bottom
    ]
    vertices: list[Vertex] = []
    corners: list[int] = []
    for face in faces:
        first = len(vertices)
        vertices += [Vertex(p, uv, **attributes) for p, uv in zip(face, [(0, 0), (1, 0), (1, 1), (0, 1)], strict=True)]
        corners += [first, first + 1, first + 2, first, first + 2, first + 3]
    return vertices, corners


BONES = [
    Bone("センター", "center", (0, 8, 0)), Bone("上半身", "upper body", (0, 12, 0), 0),
    Bone("首", "neck", (0, 16, 0), 1), Bone("頭", "head", (0, 17, 0), 2),
    Bone("左腕", "arm_L", (1.2, 15.5, 0), 1), Bone("左ひじ", "", (3.2, 13.8, 0), 4),
    Bone("左手首", "", (5.2, 12.1, 0), 5), Bone("右腕", "arm_R", (-1.2, 15.5, 0), 1),
    Bone("右ひじ", "", (-3.2, 13.8, 0), 7),
    Bone("右手首", "", (-5.2, 12.1, 0), 8), Bone("左腕W", "", (1.2, 15.5, 0), 1, turns_with=4, share=0.5),
    Bone("左足ＩＫ", "", (1, 1, 0), -1, ik=True),
]  # fmt: skip
HEAD, UPPER, LEFT_ARM, RIGHT_ARM, LEFT_HAND, HELPER = 3, 1, 4, 7, 6, 10
TEXTURES = {"tex\\顔.png": "face", "tex\\髪ソ.tga": "hair", "服.bmp": "shirt", "Tex\\Mark.JPG": "mark"}
"""The second has the byte 0x5C, a backslash, inside a Shift-JIS letter; the last is on disk in other case."""


def make_face_picture() -> Image.Image:
    """Make a picture of four quadrants: red, green above; blue, yellow below; a black bar on top."""
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:32, :32], pixels[:32, 32:], pixels[32:, :32], pixels[32:, 32:] = RED, GREEN, BLUE, YELLOW
    pixels[:6] = 0
    return Image.fromarray(pixels)


def make_pictures() -> dict[str, Image.Image]:
    def plain(colour: tuple[int, int, int]) -> Image.Image:
        return Image.new("RGB", (16, 16), colour)

    return {"face": make_face_picture(), "hair": plain(HAIR), "shirt": plain(SHIRT), "mark": plain(RED)}


def make_small_character() -> Model:
    """Make a character: a head with a quartered face, hair cap, red mark on its left ear, body, two A-pose arms."""
    model = Model(textures=list(TEXTURES), bones=list(BONES))
    model.add(Material("顔", texture=0), *_front(make_box((-1, 17, -1), (1, 19.5, 1), bones=(HEAD,))))
    model.add(Material("髪", texture=1), *make_box((-1.1, 18.7, -0.9), (1.1, 20, 1.2), bones=(HEAD,)))
    model.add(Material("しるし", texture=3), *make_box((1.1, 17.8, -0.3), (1.4, 18.4, 0.3), bones=(HEAD,)))
    model.add(Material("服", texture=2), *make_box((-1.2, 10, -0.7), (1.2, 16, 0.7), bones=(UPPER,)))
    flat = Material("肌", diffuse=(SKIN[0] / 255, SKIN[1] / 255, SKIN[2] / 255, 1.0), flags=BOTH_SIDES)
    model.add(flat, *_arm(1, (LEFT_ARM,)))
    model.add(Material("肌2", diffuse=flat.diffuse, flags=BOTH_SIDES), *_arm(-1, (RIGHT_ARM, UPPER), weights=(1.0,)))
    return model


def _front(box_: tuple[list[Vertex], list[int]]) -> tuple[list[Vertex], list[int]]:
    """The front alone shows the picture; the other faces its bottom right corner."""
    for vertex in box_[0][4:]:
        vertex.uv = (0.99, 0.99)
    return box_


def _arm(side: int, bones: tuple[int, ...], **attributes: Any) -> tuple[list[Vertex], list[int]]:
    """A bar from shoulder to wrist, 40 degrees below the horizon."""
    start, end = np.array([1.2 * side, 15.5, 0]), np.array([5.2 * side, 12.1, 0])
    across = np.array([0, 0.3, 0])
    corners = [start + across, end + across, end - across, start - across]
    return [Vertex(tuple(c), bones=bones, **attributes) for c in corners], [0, 1, 2, 0, 2, 3]


def save_character(folder: Path, name: str = "small.pmx", model: Model | None = None, **options: Any) -> Path:
    """Write the character with its pictures beside it, as MMD folders have them (`tex/mark.jpg` in another case)."""
    (folder / "tex").mkdir(parents=True, exist_ok=True)
    for path, picture in TEXTURES.items():
        file = folder / path.replace("\\", "/").replace("Tex/Mark.JPG", "tex/mark.jpg")
        make_pictures()[picture].save(file, quality=100) if file.suffix == ".jpg" else make_pictures()[picture].save(
            file
        )
    (folder / name).write_bytes(encode_pmx(model or make_small_character(), **options))
    return folder / name
