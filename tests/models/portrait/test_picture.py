"""Any picture is read as what it shows; whatever is broken is one sentence."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from panic3d.models.portrait.picture import KEPT_PX, read_picture
from panic3d.runtime.errors import UserError


def scene(width: int = 96, height: int = 64) -> Image.Image:
    """Red on the left, blue on the right, transparent above."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[:, : width // 2], pixels[:, width // 2 :] = [200, 30, 30, 255], [30, 30, 200, 255]
    pixels[: height // 4, :, 3] = 0
    return Image.fromarray(pixels)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    data = BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def read(tmp_path: Path, data: bytes, name: str = "picture") -> tuple[np.ndarray, list[str]]:
    (tmp_path / name).write_bytes(data)
    picture = read_picture(tmp_path / name)
    return picture.rgba, list(picture.notes)


SOUND = {
    "rgba png": lambda: encoded(scene(), "PNG"),
    "palette png": lambda: encoded(scene().quantize(8), "PNG"),
    "palette gif": lambda: encoded(scene(), "GIF"),
    "webp": lambda: encoded(scene(), "WEBP", lossless=True),
    "tiff": lambda: encoded(scene(), "TIFF", compression="tiff_deflate"),
    "ico": lambda: encoded(scene(64, 64), "ICO", sizes=[(64, 64)]),
}


@pytest.mark.parametrize("kind", SOUND)
def test_colours_and_transparency_of_every_kind(tmp_path: Path, kind: str) -> None:
    rgba, said = read(tmp_path, SOUND[kind]())
    assert not said
    width = rgba.shape[1]
    assert rgba[2, :, 3].max() == 0
    assert np.abs(rgba[-4, 4].astype(int) - [200, 30, 30, 255]).max() < 12
    assert np.abs(rgba[-4, width - 4].astype(int) - [30, 30, 200, 255]).max() < 12


def test_grey_pictures_of_every_depth_are_read(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 1, 128), (64, 1))
    kinds = {
        "8": encoded(Image.fromarray((ramp * 255).round().astype(np.uint8)), "PNG"),
        "16": encoded(Image.fromarray((ramp * 65535).round().astype(np.uint16)), "PNG"),
        "32": encoded(Image.fromarray((ramp * 65535).round().astype(np.int32)), "TIFF"),
        "float": encoded(Image.fromarray(ramp.astype(np.float32)), "TIFF"),
    }
    for kind, data in kinds.items():
        rgba, _ = read(tmp_path, data, kind)
        assert np.abs(rgba[10, :, :3].astype(int) - (ramp[10, :, None] * 255)).max() <= 1, kind
        assert rgba[..., 3].min() == 255


def test_cmyk_and_bilevel_pictures_are_read(tmp_path: Path) -> None:
    rgba, _ = read(tmp_path, encoded(scene().convert("RGB").convert("CMYK"), "JPEG", quality=95))
    assert np.abs(rgba[-8, 8, :3].astype(int) - [200, 30, 30]).max() < 40
    rgba, _ = read(tmp_path, encoded(scene().convert("L").point(lambda v: 255 * (v > 60)).convert("1"), "PNG"))
    assert set(np.unique(rgba[..., :3])) <= {0, 255}


def test_exif_turns_the_picture_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera turned: rotate by 90 degrees clockwise to see it upright
    rgba, _ = read(tmp_path, encoded(scene().convert("RGB"), "JPEG", exif=exif, quality=95))
    assert rgba.shape[:2] == (96, 64)
    assert rgba[8, 8, 0] > 150
    assert rgba[-8, 8, 2] > 150


def test_the_first_of_several_pictures_is_taken_and_said_so(tmp_path: Path) -> None:
    frames = [scene().convert("RGB"), Image.new("RGB", (96, 64), "green")]
    for kind in ("GIF", "PNG", "WEBP"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        rgba, said = read(tmp_path, data, kind)
        assert rgba[-4, 4, 0] > 150
        assert "several pictures" in said[0]


def test_large_pictures_are_kept_smaller(tmp_path: Path) -> None:
    data = encoded(Image.new("RGB", (8000, 64), "red"), "PNG")
    (tmp_path / "long.png").write_bytes(data)
    picture = read_picture(tmp_path / "long.png")
    assert picture.rgba.shape[1] <= KEPT_PX
    assert picture.shrink == 2


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_picture(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert path.name in sentence
    return sentence


def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path: Path) -> None:
    cases = {
        "text.png": (b"no picture", "is not a picture"),
        "nothing.jpg": (b"", "is not a picture"),
        "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture"),
        "postscript.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", "is not a picture"),
        "tiny.png": (encoded(Image.new("RGB", (16, 200)), "PNG"), "at least 64"),
        "wide.png": (encoded(Image.new("1", (8001, 64)), "PNG"), "at most 8000"),
        "clear.png": (encoded(Image.new("RGBA", (80, 80)), "PNG"), "is empty"),
    }
    for name, (data, message) in cases.items():
        (tmp_path / name).write_bytes(data)
        assert message in refused(tmp_path / name)
    assert "is a folder" in refused(tmp_path)
    assert "no file" in refused(tmp_path / "absent.png")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(10**6)))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b""))
    assert "too many pixels" in refused(tmp_path / "bomb.png") or "at most 8000" in refused(tmp_path / "bomb.png")
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200 * 10**6)))
    sound = encoded(scene(), "PNG")
    (tmp_path / "text.png").write_bytes(sound[:33] + text + sound[33:])
    said = read_or_refuse(tmp_path / "text.png")
    assert said is None or "\n" not in said


def read_or_refuse(path: Path) -> str | None:
    try:
        read_picture(path)
    except UserError as error:
        return str(error)
    return None


def test_two_hundred_damaged_files_crash_nothing(tmp_path: Path) -> None:
    generator = np.random.Generator(np.random.PCG64(3))
    formats = [SOUND[kind]() for kind in SOUND]
    formats += [encoded(scene().convert("RGB"), kind) for kind in ("JPEG", "BMP", "PPM", "JPEG2000", "AVIF", "DDS")]
    path, refusals = tmp_path / "damaged", 0
    for i in range(240):
        data = bytearray(formats[i % len(formats)])
        if i % 3 == 0:
            data = data[: generator.integers(1, len(data))]
        else:
            for place in generator.integers(0, len(data), 1 + i % 40):
                data[place] = generator.integers(0, 256)
        path.write_bytes(data)
        said = read_or_refuse(path)
        refusals += said is not None
        assert said is None or "\n" not in said
    assert refusals > 100
