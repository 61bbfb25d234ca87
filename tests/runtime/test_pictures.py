"""Pictures that claim many pixels are refused before they are decoded."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.png_bombs import make_png_bomb
from panic3d.datasets.pictures import decode_picture
from panic3d.models.portrait.picture import read_picture
from panic3d.runtime.errors import UserError
from panic3d.runtime.pictures import TooManyPixels, open_picture
from panic3d.shards.schema import read_png


@pytest.mark.parametrize("side", [9000, 20_000, 60_000, 1 << 30])
@pytest.mark.parametrize("kind", [(8, 6), (16, 0), (16, 2), (8, 2), (16, 6), (1, 0)])
def test_a_bomb_is_refused(tmp_path: Path, side: int, kind: tuple[int, int]) -> None:
    data = make_png_bomb(side, *kind)
    for read in (read_png, lambda data: decode_picture(data, "front.rgba.png")):
        with pytest.raises(ValueError):
            read(data)
    with pytest.raises(TooManyPixels), open_picture(data):
        pass
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(UserError, match=r"a\.png"):
        read_picture(tmp_path / "a.png")


def test_the_largest_picture_opens() -> None:
    with open_picture(make_png_bomb(8192, 8, 6)) as image:
        assert image.size == (8192, 8192)


def test_broken_pngs_have_two_kinds_of_errors() -> None:
    """Readers of shards report OSError and ValueError; anything else would end a run."""
    random = np.random.default_rng(0)
    for pixels in (np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8), np.uint16), np.zeros((8, 8, 3), np.uint8)):
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        for _ in range(300):
            data = bytearray(buffer.getvalue())
            for at in random.integers(8, len(data), 4):
                data[at] ^= 1 << int(random.integers(8))
            # the checksum of the header is mended, so that its fields are believed
            data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
            try:
                read_png(bytes(data))
            except (OSError, ValueError):
                continue
