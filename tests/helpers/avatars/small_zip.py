"""Zip archives with file names in any alphabet, unmarked, as Japanese and Chinese Windows write them."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path


class _RawName(zipfile.ZipInfo):
    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 (zipfile's own name)
        return self.raw, self.flag_bits & ~0x800


def encode_zip(files: Mapping[str, bytes], alphabet: str = "cp932") -> bytes:
    """Return an archive of the files under names encoded in `alphabet`, without zip's UTF-8 mark."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, (name, data) in enumerate(files.items()):
            info = _RawName(str(index))
            info.raw = name.encode(alphabet)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def read_folder(folder: Path, above: str = "") -> dict[str, bytes]:
    """Return every file below a folder by its path in it, with `above` as a prefix."""
    return {
        above + path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
