"""All files of a head as one ZIP, written while it is sent."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHUNK_BYTES = 1 << 18


class _Sink:
    """Takes what the writer of the archive gives, until it is sent."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


def stream_zip(files: list[tuple[Path, str]]) -> Iterator[bytes]:
    """Yield an archive of files under the given names; files that are gone are left out."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for path, name in files:
            try:
                source = path.open("rb")
            except OSError:
                continue
            with source, archive.open(name, "w") as target:
                while data := source.read(CHUNK_BYTES):
                    target.write(data)
                    yield sink.take()
    yield sink.take()
